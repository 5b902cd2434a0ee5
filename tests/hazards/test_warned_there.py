"""How a township stands by its warnings, against a slow night that keeps for each warning where it is in force."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from geo_housing.hazards.ground_phase import (
    EXPIRED,
    IN_FORCE,
    LIFTED,
    OUTSIDE,
    Warned,
    is_lifted_by_townships,
    warned_there,
    wholly_lifted,
)
from tests.fixtures.examples import examples
from tests.toy_county import COUNTY

A, B, C, D = TOWNSHIPS = [f"{COUNTY}{n}00" for n in (1, 2, 3, 4)]
KINDS = ["rainstorm", "flash_flood"]


@dataclass
class Live:
    """A warning in force: where it is, of which divisions it speaks, which zones are its own or were kept for it."""

    kind: str
    holds: set[str]
    codes: set[str]
    zones: set[str]
    taken_out: set[str] = field(default_factory=set)


@dataclass
class Night:
    """One act after the other, and what is known of each township after it."""

    rows: list[Warned] = field(default_factory=list)
    live: dict[int, Live] = field(default_factory=dict)
    zones: list[tuple[int, str]] = field(default_factory=list)
    stands: dict[str, str] = field(default_factory=lambda: dict.fromkeys(TOWNSHIPS, OUTSIDE))
    # Where something that was in force has been lifted, ever.
    lifted: set[str] = field(default_factory=set)
    # Lifted for itself, and taken out of the zones afterwards: by the zones that stand nobody can tell what came first.
    unsure: set[str] = field(default_factory=set)

    def issue(self, kind: str, codes: set[str]) -> None:
        self._begin("issue", kind, codes, Live(kind, set(codes), set(codes), set(codes)))

    def change(self, old: int, codes: set[str], *, drops: bool) -> None:
        """Another warning takes the place of one; with ``drops`` what it does not name is out of the zones."""
        before = self.live.pop(old)
        kept = set() if drops and codes else before.zones - codes
        named = codes or before.codes
        new = Live(
            before.kind, named | (before.holds & kept), named | (before.codes & kept), (codes or before.zones) | kept
        )
        new.taken_out = (before.taken_out | before.holds) - new.holds
        self.unsure |= before.codes - new.codes - before.holds
        self._end(old)
        if codes:
            family = self._family(len(self.rows) + 1, also=old)
            self.zones = [(id, code) for id, code in self.zones if id not in family or code in kept]
        self._begin("change", before.kind, codes, new)

    def _family(self, id: int, *, also: int) -> set[int]:
        found = {id, also}
        while more := {one.id for one in self.rows if one.ended_by in found} - found:
            found |= more
        return found

    def lift(self, kind: str, codes: set[str]) -> None:
        """It ends what it covers everywhere, and holds for a part of the others."""
        number, gone = len(self.rows) + 1, set()
        for id, one in list(self.live.items()):
            if one.kind != kind:
                continue
            if wholly_lifted(one.codes, codes):
                gone |= one.holds | one.taken_out
                self._end(id)
                del self.live[id]
            else:
                gone |= (one.holds | one.taken_out) & codes
                one.holds -= codes
                one.taken_out -= codes
        self.rows.append(Warned(number, "lift", kind, tuple(sorted(codes)), is_ended=False))
        self.lifted |= gone
        held = {code for one in self.live.values() for code in one.holds}
        named = any(one.action != "lift" for one in self.rows)
        for code in TOWNSHIPS:
            if code not in held and ((code in gone) or (named and not held)):
                self.stands[code] = LIFTED
                self.lifted.add(code)

    def _end(self, old: int) -> None:
        one = self.rows[old - 1]
        self.rows[old - 1] = Warned(one.id, one.action, one.kind, one.codes, is_ended=True, ended_by=len(self.rows) + 1)

    def _begin(self, action: str, kind: str, codes: set[str], new: Live) -> None:
        number = len(self.rows) + 1
        self.rows.append(Warned(number, action, kind, tuple(sorted(codes)), is_ended=False))
        self.live[number] = new
        self.zones += [(number, code) for code in codes]
        held = {code for one in self.live.values() for code in one.holds}
        for code in TOWNSHIPS:
            if code in held:
                self.stands[code] = IN_FORCE
            elif code in new.taken_out and self.stands[code] == IN_FORCE:
                self.stands[code] = LIFTED if code in self.lifted else OUTSIDE

    def seen(self) -> list[Warned]:
        """As the database has it: with the zones that stand."""
        return [
            Warned(
                one.id, one.action, one.kind, one.codes, one.is_ended, ended_by=one.ended_by,
                standing=tuple(sorted(code for id, code in self.zones if id == one.id)),
            )
            for one in self.rows
        ]  # fmt: skip


CODES = st.sets(st.sampled_from(TOWNSHIPS), max_size=3)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "change", "change", "lift", "lift"]), st.sampled_from(KINDS), CODES, st.booleans()
    ),
    max_size=9,
)


def play(night: Night, act: tuple[str, str, set[str], bool]) -> None:
    what, kind, codes, flag = act
    if what == "issue" and codes:
        night.issue(kind, codes)
    elif what == "change" and night.live:
        night.change(max(night.live) if flag else min(night.live), codes, drops=kind == "flash_flood")
    elif what == "lift":
        night.lift(kind, codes)


@settings(max_examples=examples(300))
@given(ACTS)
def test_at_each_moment_each_township_stands_as_its_own_warnings_say(
    acts: list[tuple[str, str, set[str], bool]],
) -> None:
    night = Night()
    for act in acts:
        play(night, act)
        for code in TOWNSHIPS:
            found = warned_there(code, night.seen())
            assert found == night.stands[code] or (found == OUTSIDE and code in night.unsure)


@settings(max_examples=examples(300))
@given(
    ACTS,
    st.sets(st.sampled_from(TOWNSHIPS), min_size=1),
    st.lists(st.sets(st.sampled_from(TOWNSHIPS), max_size=2), max_size=2),
    CODES,
)
def test_what_was_warned_by_mistake_and_moved_out_stands_as_before(
    acts: list[tuple[str, str, set[str], bool]], wrong: set[str], between: list[set[str]], right: set[str]
) -> None:
    night = Night()
    for act in acts:
        play(night, act)
    before = {code: warned_there(code, night.seen()) for code in TOWNSHIPS}
    night.issue("rainstorm", wrong)
    for codes in between:
        # The mistake goes on: raised, prolonged, and more of the others named.
        night.change(max(night.live), codes, drops=False)
        wrong = wrong | codes
    right = right or {D}
    night.change(max(night.live), right, drops=True)
    for code in wrong - right:
        found = warned_there(code, night.seen())
        assert found == before[code], (code, found)


def test_a_township_that_was_lifted_is_so_again_when_the_warning_that_named_it_was_a_mistake() -> None:
    night = Night()
    night.issue("rainstorm", {A, B})
    night.lift("rainstorm", {A})
    night.issue("rainstorm", {A, B, C})
    assert [warned_there(code, night.seen()) for code in TOWNSHIPS] == [IN_FORCE, IN_FORCE, IN_FORCE, OUTSIDE]
    night.change(3, {D}, drops=True)
    assert [warned_there(code, night.seen()) for code in TOWNSHIPS] == [LIFTED, IN_FORCE, OUTSIDE, IN_FORCE]


def test_a_change_that_names_only_what_it_adds_keeps_the_others_and_its_lift_lifts_them() -> None:
    night = Night()
    night.issue("rainstorm", {A, B})
    night.change(1, {C}, drops=False)
    assert [warned_there(code, night.seen()) for code in TOWNSHIPS] == [IN_FORCE, IN_FORCE, IN_FORCE, OUTSIDE]
    night.lift("rainstorm", set())
    # One without warnings of its own has its tasks because of the others.
    assert [warned_there(code, night.seen()) for code in TOWNSHIPS] == [LIFTED] * 4
    night.issue("rainstorm", {A})
    assert [warned_there(code, night.seen()) for code in TOWNSHIPS] == [IN_FORCE, LIFTED, LIFTED, LIFTED]


def test_where_nobody_has_looked_at_the_zones_the_others_are_kept() -> None:
    chain = [
        Warned(1, "issue", "rainstorm", (A, B), is_ended=True, ended_by=2),
        Warned(2, "change", "rainstorm", (C,), is_ended=False),
    ]
    assert [warned_there(code, chain) for code in (A, B, C, D)] == [IN_FORCE, IN_FORCE, IN_FORCE, OUTSIDE]


def test_a_county_is_lifted_township_by_township_and_a_village_lifts_no_township() -> None:
    whole = Warned(1, "issue", "rainstorm", (COUNTY,), is_ended=False)
    one, village = (Warned(2, "lift", "rainstorm", (code,), is_ended=False) for code in (A, f"{B}201"))
    assert [warned_there(code, [whole, one]) for code in (A, B)] == [LIFTED, IN_FORCE]
    assert warned_there(B, [whole, village]) == IN_FORCE
    two = Warned(1, "issue", "rainstorm", (f"{B}201", A), is_ended=False)
    assert warned_there(B, [two, village]) == LIFTED, "nothing else was warned there"
    assert not is_lifted_by_townships([two, village]) and is_lifted_by_townships([two, village, _lift_of(A)])


def _lift_of(code: str) -> Warned:
    return Warned(3, "lift", "rainstorm", (code,), is_ended=False)


def test_its_own_hour_ends_it_there_alone() -> None:
    now = datetime(2026, 7, 12, 6, tzinfo=UTC)
    short = Warned(1, "issue", "rainstorm", (A,), is_ended=False, expires_at=now - timedelta(hours=1))
    long = Warned(2, "issue", "rainstorm", (A, B), is_ended=False, expires_at=now + timedelta(hours=1))
    open_end = Warned(3, "issue", "rainstorm", (C,), is_ended=False)
    assert [warned_there(code, [short], now=now) for code in (A, B)] == [EXPIRED, OUTSIDE]
    assert [warned_there(code, [short, long, open_end], now=now) for code in (A, B, C)] == [IN_FORCE] * 3
    assert warned_there(A, [short]) == IN_FORCE, "by its hour nothing is lifted"
