"""To which event a further warning belongs, what it replaces, which zones result: one rule each, and for any of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.hazards import lifting
from geo_housing.hazards.joining import (
    RANKED,
    OpenEvent,
    Present,
    WarningSaid,
    action_of_update,
    doubts_of_lift,
    highest,
    of_one_family,
    proposals,
    replaced_by,
)
from geo_housing.hazards.zone_change import PresentZone, zone_change

NIGHT = datetime(2026, 7, 12, 1, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEST, EAST = "990001100", "990001200"


def said(action: str = "issue", kind: str = "rainstorm", level: str | None = "red", **more: object) -> WarningSaid:
    return WarningSaid(
        **{"issuer": "玩具县气象台", "at": NIGHT, "action": action, "kind": kind, "level": level, **more}
    )  # type: ignore[arg-type] # fields of it


def event(number: int = 1, **more: object) -> OpenEvent:
    known = {
        "name": "过程", "kind": "rainstorm", "level": "orange", "mode": "actual", "phase": "warning",
        "first_at": NIGHT, "last_at": NIGHT, "codes": frozenset({WEST}), "warnings": (),
    }  # fmt: skip
    return OpenEvent(**{"id": number, **known, **more})  # type: ignore[arg-type] # fields of it


def chosen(warning: WarningSaid, *events: OpenEvent) -> int | None:
    found = [one.event.id for one in proposals(warning, events, same_days=3) if one.is_first_choice]
    assert len(found) <= 1
    return found[0] if found else None


def present(number: int, kind: str = "rainstorm", issuer: str = "玩具县气象台", **more: object) -> Present:
    return Present(number, kind, "orange", issuer, **more)  # type: ignore[arg-type] # fields of it


def zone(number: int, code: str | None, level: str = "orange", warning: int | None = 1) -> PresentZone:
    return PresentZone(number, code, code, "rainstorm", level, warning)


class TestWhereItBelongs:
    def test_a_flash_flood_within_a_rainstorm_is_the_same_event(self) -> None:
        assert chosen(said(kind="flash_flood", areas=((WEST, None),)), event()) == 1

    def test_another_disaster_is_another_event_and_may_be_chosen_all_the_same(self) -> None:
        found = proposals(said(kind="fire", areas=((WEST, None),)), [event()], same_days=3)
        assert [(one.event.id, one.is_first_choice, one.reasons) for one in found] == [(1, False, ("区域有重叠",))]

    def test_a_drill_and_a_real_event_never_meet(self) -> None:
        assert proposals(said(mode="drill"), [event()], same_days=3) == ()
        assert chosen(said(mode="drill"), event(mode="drill"), event(2)) == 1
        gale = event(mode="drill", kind="gale")
        assert chosen(said(mode="drill"), gale) is None and chosen(said(), event(kind="gale")) == 1
        assert chosen(said(mode="drill", areas=((WEST, None),)), gale) == 1

    @pytest.mark.parametrize(("days", "belongs"), [(-3, True), (-4, False), (3, True), (4, False)])
    def test_only_over_the_same_days(self, days: int, belongs: bool) -> None:
        assert (chosen(said(at=NIGHT + timedelta(days=days)), event()) == 1) is belongs

    def test_an_old_text_that_was_entered_today_begins_no_event_of_today(self) -> None:
        year = timedelta(days=365)
        old = event(first_at=NIGHT - year, last_at=NIGHT, warned_at=(NIGHT - year,))
        assert chosen(said(areas=((WEST, None),)), old) is None and proposals(said(), [old], same_days=3)
        assert chosen(said(at=NIGHT - year), old) == 1
        between = event(first_at=NIGHT - 9 * HOUR, warned_at=(NIGHT - 9 * HOUR, NIGHT))
        assert chosen(said(at=NIGHT - 5 * HOUR), between) == 1

    def test_what_lies_on_no_ground_of_ours_is_not_chosen_beforehand(self) -> None:
        far = event(codes=frozenset())
        assert chosen(said(areas=((WEST, None),)), far) is None
        assert chosen(said(), far) == 1, "neither says where"

    def test_a_lift_after_a_week_is_offered_where_its_warning_is_in_force(self) -> None:
        old = event(warnings=(present(7, issued_at=NIGHT),))
        late = said("lift", at=NIGHT + timedelta(days=7))
        assert [one.is_first_choice for one in proposals(late, [old], same_days=3)] == [False]
        assert proposals(said("lift", "hail", at=NIGHT + timedelta(days=7)), [old], same_days=3) == ()
        assert proposals(said(at=NIGHT + timedelta(days=7)), [old], same_days=3) == ()

    def test_while_the_inspections_run_a_new_warning_elsewhere_is_another_event_and_a_lift_is_not(self) -> None:
        after = event(phase="aftermath", codes=frozenset({EAST}))
        assert chosen(said(areas=((WEST, None),)), after) is None
        assert chosen(said(areas=((f"{EAST}201", None),)), after) == 1, "over the same ground it takes the event back"
        assert chosen(said("lift"), after) == 1

    def test_what_a_message_names_decides_before_all_else(self) -> None:
        named = event(1, kind="fire", codes=frozenset(), warnings=(present(7, "fire", identifier="m1"),))
        assert chosen(said(refers_to=("m1",)), named, event(2)) == 1

    def test_the_event_of_the_same_kind_and_area_stands_first(self) -> None:
        found = proposals(
            said(areas=((f"{EAST}201", None),)),
            [event(1), event(2, codes=frozenset({EAST})), event(3, kind="hail", codes=frozenset({EAST}))],
            same_days=3,
        )
        assert [one.event.id for one in found] == [2, 1, 3]


class TestWhichOfSeveral:
    """A rainstorm with work on both grounds, and a newer gale on one of them without work."""

    RAIN = event(1, level="red", codes=frozenset({WEST, EAST}), has_work=True)
    GALE = event(2, kind="gale", last_at=NIGHT + HOUR)
    BOTH = ((WEST, None), (EAST, None))

    @pytest.mark.parametrize("kind", ["flood", "flash_flood", "geological"])
    @pytest.mark.parametrize("areas", [BOTH, ((f"{WEST}201", None), (f"{WEST}202", None))])
    def test_where_the_work_is(self, kind: str, areas: tuple[tuple[str, None], ...]) -> None:
        assert chosen(said(kind=kind, areas=areas), self.RAIN, self.GALE) == 1
        found = proposals(said(kind=kind, areas=areas), [self.RAIN, self.GALE], same_days=3)
        assert ["已下达任务" in one.reasons for one in found] == [True, False]

    def test_work_goes_before_kind_ground_level_and_time(self) -> None:
        worked_on = event(1, kind="gale", level="blue", has_work=True)
        other = event(2, kind="flood", level="red", codes=frozenset({WEST, EAST}), last_at=NIGHT + HOUR)
        assert chosen(said(kind="flood", areas=self.BOTH), worked_on, other) == 1
        assert chosen(said(kind="flood", areas=self.BOTH), replace(worked_on, has_work=False), other) == 2

    def test_work_elsewhere_does_not_count(self) -> None:
        elsewhere = event(1, codes=frozenset({EAST}), has_work=True)
        assert chosen(said(kind="flood", areas=((WEST, None),)), elsewhere, event(2)) == 2

    def test_of_one_water_before_another_kind_of_the_weather(self) -> None:
        rain = event(1, level="yellow")
        assert chosen(said(kind="flood", areas=((WEST, None),)), rain, self.GALE) == 1

    def test_then_how_much_of_its_ground_they_cover(self) -> None:
        part, all_ = event(2, codes=frozenset({WEST})), event(1, codes=frozenset({WEST, EAST}))
        assert chosen(said(areas=self.BOTH), part, all_) == 1
        within = event(3, codes=frozenset({f"{WEST}201", EAST}))
        assert chosen(said(areas=self.BOTH), part, within) == 3 and chosen(said(areas=self.BOTH), within, all_) == 1

    def test_then_the_higher_level_then_the_newer(self) -> None:
        red, orange = event(1, level="red"), event(2)
        assert chosen(said(), red, orange) == 1
        newer = event(1, last_at=NIGHT + HOUR)
        assert chosen(said(), newer, event(2)) == 1 and chosen(said(), event(1), event(2)) == 2

    def test_what_goes_on_belongs_where_it_was_issued(self) -> None:
        gale = replace(self.GALE, warnings=(present(7, "gale", issued_at=NIGHT),))
        assert chosen(said("continue", kind="gale", areas=((WEST, None),)), self.RAIN, gale) == 2
        old = replace(self.RAIN, warnings=(present(1, issued_at=NIGHT - HOUR),))
        wrong = event(2, warnings=(present(2, issued_at=NIGHT - timedelta(minutes=3)),))
        asked = said("change", corrects=True, was_level="orange", was_at=NIGHT - timedelta(minutes=3))
        assert chosen(asked, old, wrong) == 2 and chosen(replace(asked, was_at=None), old, wrong) == 1


class TestWhichAnHourMeans:
    """Three of one kind, level and office: the hour that a text names tells which it speaks of."""

    THEN = NIGHT - HOUR
    ALL = tuple(
        present(n, issued_at=NIGHT - HOUR + timedelta(minutes=minutes)) for n, minutes in ((1, 0), (2, 1), (3, -20))
    )

    @pytest.mark.parametrize("action", ["change", "upgrade", "lift"])
    @pytest.mark.parametrize("corrects", [False, True])
    @pytest.mark.parametrize(("minutes", "means"), [(0, (1,)), (1, (2,)), (2, (2,)), (-19, (3,))])
    def test_to_the_minute_else_within_one(
        self, action: str, corrects: bool, minutes: int, means: tuple[int, ...]
    ) -> None:
        said_of = said(
            action, level="orange", corrects=corrects, was_level="orange", was_at=self.THEN + timedelta(minutes=minutes)
        )
        assert replaced_by(said_of, self.ALL) == means

    def test_where_none_was_issued_then_a_correction_asks(self) -> None:
        told = said("change", level="orange", corrects=True, was_level="orange", was_at=self.THEN - 9 * HOUR)
        assert replaced_by(told, self.ALL) == () and replaced_by(replace(told, was_at=None), self.ALL) == ()
        assert replaced_by(replace(told, corrects=False), self.ALL) == (1, 2, 3)


class TestWhatItReplaces:
    def test_a_new_one_replaces_nothing(self) -> None:
        assert replaced_by(said(), [present(1)]) == ()

    @pytest.mark.parametrize("action", ["continue", "upgrade", "downgrade", "change", "lift"])
    def test_the_others_speak_of_those_of_the_same_kind_and_office(self, action: str) -> None:
        known = [present(1), present(2, "flash_flood"), present(3, issuer="某盟气象台")]
        assert replaced_by(said(action, level="orange"), known) == (1,)

    @pytest.mark.parametrize("action", ["continue", "upgrade", "downgrade", "change", "lift"])
    def test_another_office_ends_nothing_of_the_same_kind(self, action: str) -> None:
        assert replaced_by(said(action, issuer="某盟气象台"), [present(1), present(2, issuer="玩具县水利局")]) == ()

    @pytest.mark.parametrize(
        "issuer", ["县气象台", "玩具县气象局", "某省某盟玩具县气象台", "玩具县水利局、玩具县气象台"]
    )
    def test_an_office_is_known_by_its_other_names(self, issuer: str) -> None:
        known = [present(1), present(2, issuer="某盟气象台")]
        assert replaced_by(said("lift", level="orange", issuer=issuer), known) == (1,)

    def test_a_message_that_names_others_ends_no_message_that_it_does_not_name(self) -> None:
        known = [present(1, identifier="m1"), present(2)]
        assert replaced_by(said("lift", level="orange", refers_to=("m9",)), known) == (2,)
        assert replaced_by(said("lift", level="orange", refers_to=("m9",), says_where=True), known) == ()

    def test_a_further_one_without_an_office_speaks_of_all_of_the_kind(self) -> None:
        assert replaced_by(said("continue", issuer=None), [present(1), present(3, issuer="某盟气象台")]) == (1, 3)

    def test_joint_offices_are_each_of_them(self) -> None:
        known = [present(1, "flash_flood", "玩具县水利局、玩具县气象台"), present(2, "flash_flood", "某盟气象台")]
        assert replaced_by(said("lift", "flash_flood", "orange"), known) == (1,)

    def test_a_message_replaces_what_it_names(self) -> None:
        known = [present(1, identifier="m1"), present(2, identifier="m2")]
        assert replaced_by(said("change", refers_to=("m2", "m9")), known) == (2,)


class TestWhatALiftSurelyMeans:
    """Two red ones in force, one by the county's station for a township, one without an office for the county."""

    OURS = Present(1, "rainstorm", "red", "玩具县气象台", codes=(WEST,), issued_at=NIGHT - HOUR, county="玩具县")
    UNNAMED = Present(2, "rainstorm", "red", None, codes=("990001",), issued_at=NIGHT - HOUR, county="玩具县")

    def doubts(self, level: str | None = "red", **more: object) -> list[str]:
        found = doubts_of_lift(said("lift", level=level, **more), [self.OURS, self.UNNAMED])
        assert replaced_by(said("lift", level=level, **more), [self.OURS, self.UNNAMED]) == tuple(
            number for number, doubt in found.items() if not doubt
        )
        return list(found.values())

    def test_its_own_kind_level_office_and_ground(self) -> None:
        assert self.doubts() == ["", ""] and self.doubts(None) == ["", ""]
        assert self.doubts(areas=((WEST, None),)) == ["", lifting.PART_OF_GROUND]
        assert self.doubts(areas=((EAST, None),)) == [lifting.OTHER_GROUND, lifting.PART_OF_GROUND]
        assert self.doubts(issuer=None, areas=(("990001", None),)) == ["", ""]

    @pytest.mark.parametrize("level", ["orange", "yellow", "blue"])
    def test_another_level_is_another_warning(self, level: str) -> None:
        assert self.doubts(level) == [lifting.OTHER_LEVEL] * 2

    @pytest.mark.parametrize("office", ["邻旗气象台", "某盟气象台"])
    def test_an_office_elsewhere_lifts_nothing_here(self, office: str) -> None:
        assert self.doubts(issuer=office) == [lifting.OTHER_OFFICE] * 2
        assert self.doubts(issuer=office, says_where=True) == [lifting.OTHER_OFFICE] * 2

    def test_of_no_office_it_is_not_known_whose_it_is(self) -> None:
        assert self.doubts(issuer=None) == [lifting.UNKNOWN_OFFICE] * 2

    def test_what_was_issued_later_it_does_not_know(self) -> None:
        assert self.doubts(at=NIGHT - 2 * HOUR) == [lifting.ISSUED_LATER] * 2
        told = replace(self.OURS, issued_at=None, received_at=NIGHT)
        assert replaced_by(said("lift", at=NIGHT - HOUR), [told]) == () and replaced_by(said("lift"), [told]) == (1,)

    def test_one_that_is_lower_in_some_places_is_not_lifted_by_its_highest_level(self) -> None:
        mixed = replace(self.OURS, own_levels=frozenset({"orange"}))
        assert doubts_of_lift(said("lift"), [mixed]) == {1: lifting.OTHER_LEVEL}


class TestZones:
    def test_a_further_warning_adds_to_what_stands(self) -> None:
        found = zone_change(said(kind="flash_flood", level="orange", areas=((EAST, None),)), [zone(1, WEST, "red")], ())
        assert [one.zone_id for one in found.kept] == [1]
        assert found.added == ((EAST, "orange"),)
        assert (found.level, found.dropped) == ("red", ())

    def test_an_upgrade_takes_the_place_of_what_it_names_and_leaves_the_rest(self) -> None:
        zones = [zone(1, WEST), zone(2, EAST)]
        found = zone_change(said("upgrade", areas=((WEST, None),)), zones, (1,))
        assert [one.code for one in found.dropped] == [WEST]
        assert [one.zone_id for one in found.kept] == [2] and [one.code for one in found.unnamed] == [EAST]
        assert found.added == ((WEST, "red"),)
        assert found.level == "red"

    def test_the_rest_leaves_when_somebody_says_so(self) -> None:
        zones = [zone(1, WEST), zone(2, EAST)]
        found = zone_change(said("downgrade", level="yellow", areas=((WEST, None),)), zones, (1,), keep_unnamed=False)
        assert found.kept == () and {one.code for one in found.dropped} == {WEST, EAST}
        assert found.level == "yellow"

    def test_without_an_area_it_speaks_of_all_of_theirs(self) -> None:
        zones = [zone(1, WEST), zone(2, EAST, warning=2)]
        found = zone_change(said("upgrade"), zones, (1,))
        assert [(one.zone_id, one.level) for one in found.kept] == [(1, "red"), (2, None)]
        assert found.level == "red" and found.changes_zones

    def test_a_lift_changes_no_zone_whatever_it_names(self) -> None:
        found = zone_change(said("lift", level="red", areas=((WEST, None),)), [zone(1, WEST, "red")], (1,))
        assert not found.changes_zones and found.level == "red"

    def test_a_continuation_without_a_level_keeps_the_one_that_was(self) -> None:
        found = zone_change(said("continue", level=None, areas=((f"{WEST}201", None),)), [zone(1, WEST, "red")], (1,))
        assert found.added == ((f"{WEST}201", "red"),)

    def test_a_village_within_its_township_stays_only_at_a_higher_level(self) -> None:
        inner = f"{WEST}201"
        assert zone_change(said(areas=((WEST, None), (inner, "yellow"))), [], ()).added == ((WEST, "red"),)
        higher = said(level="orange", areas=((WEST, None), (inner, "red")))
        assert zone_change(higher, [], ()).added == ((WEST, "orange"), (inner, "red"))


codes = st.sampled_from([WEST, EAST, f"{WEST}201", f"{WEST}202", f"{EAST}201"])
levels = st.sampled_from(RANKED)


@given(
    zones=st.lists(st.tuples(codes, levels, st.sampled_from([None, 1, 2])), max_size=6),
    action=st.sampled_from(["issue", "continue", "upgrade", "downgrade", "change", "lift", "response"]),
    level=st.none() | levels.filter(lambda one: one != "ungraded"),
    areas=st.lists(st.tuples(codes, st.none() | levels), max_size=4),
    replaced=st.sets(st.sampled_from([1, 2])),
)
def test_no_place_is_lost_and_no_level_falls_that_was_not_spoken_of(zones, action, level, areas, replaced) -> None:
    before = [PresentZone(n, code, code, "rainstorm", own, by) for n, (code, own, by) in enumerate(zones)]
    found = zone_change(said(action, level=level, areas=tuple(areas)), before, replaced)
    levels_now = {one.zone_id: one.level for one in found.kept}
    after = [(one.code, levels_now[one.id] or one.level) for one in before if one.id in levels_now]
    after += found.added
    for one in before:
        there = [own for code, own in after if one.code.startswith(code)]
        assert there, f"{one.code} is in no zone any more"
        spoken_of = action != "lift" and one.warning_id in replaced
        if not spoken_of:
            assert RANKED.index(highest(there)) <= RANKED.index(one.level)
    assert found.level == highest(own for _, own in after)


def test_families() -> None:
    assert of_one_family("rainstorm", "flash_flood") and of_one_family("11B09", "11B09")
    assert not of_one_family("rainstorm", "snowstorm") and not of_one_family("fire", "other")


class TestTextsInAnyOrder:
    """What was issued later stands, whenever it was entered."""

    RED = Present(
        3, "rainstorm", "red", "玩具县气象台", identifier="C", former=frozenset({"A"}), issued_at=NIGHT + HOUR
    )

    @pytest.mark.parametrize("action", ["change", "upgrade", "downgrade", "continue", "lift"])
    @pytest.mark.parametrize("refers_to", [(), ("A",), ("C",)])
    def test_what_was_issued_before_replaces_nothing_that_was_issued_after(
        self, action: str, refers_to: tuple[str, ...]
    ) -> None:
        level = "red" if action == "lift" else "orange"
        said = WarningSaid(action, "rainstorm", level, "玩具县气象台", NIGHT, refers_to=refers_to)
        present = self.RED if refers_to else replace(self.RED, identifier=None, former=frozenset())
        assert replaced_by(said, [present]) == ()
        assert replaced_by(replace(said, at=NIGHT + 2 * HOUR), [present]) == (3,)


@pytest.mark.parametrize(
    ("level", "codes", "replaced", "action"),
    [
        ("red", (WEST,), [("orange", (WEST,))], "upgrade"),
        ("yellow", (WEST,), [("orange", (WEST, EAST))], "downgrade"),
        ("orange", (WEST,), [("orange", (WEST,))], "change"),
        # One of them is raised by it, or reached for the first time.
        ("orange", (WEST, EAST), [("red", (WEST,)), ("yellow", (EAST,))], "upgrade"),
        ("yellow", (WEST, EAST), [("orange", (WEST,))], "issue"),
        # Nobody knows what was before.
        ("red", (WEST,), [], "issue"),
        ("red", (WEST,), [(None, (WEST,))], "upgrade"),
        # Of shapes nobody knows whether they reach further.
        ("yellow", (), [("orange", (WEST,))], "change"),
        ("yellow", (WEST,), [("orange", ())], "change"),
        (None, (WEST,), [("orange", (WEST,))], "change"),
    ],
)
def test_an_update_warns_anew_whoever_it_may_raise(
    level: str | None, codes: tuple[str, ...], replaced: list[tuple[str | None, tuple[str, ...]]], action: str
) -> None:
    present = [Present(n, "rainstorm", known, None, codes=named) for n, (known, named) in enumerate(replaced)]
    assert action_of_update(level, codes, present) == action
