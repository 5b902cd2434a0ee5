"""What becomes of an event's zones and level with a further warning. Pure.

Nothing is lost by a rule: what a warning does not name stays as it is unless somebody says otherwise, and where two
warnings name one place the higher level counts there.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from geo_housing.hazards.joining import RANKED, WarningSaid, highest, overlaps


@dataclass(frozen=True)
class PresentZone:
    """A zone of an event's present revision; ``code`` is the division it was chosen by, if it was."""

    id: int
    code: str | None
    name: str | None
    kind: str
    level: str
    warning_id: int | None


@dataclass(frozen=True)
class Kept:
    """A zone that stays; ``level`` is another one where the warning changes it, and the zone is the warning's then."""

    zone_id: int
    level: str | None = None


@dataclass(frozen=True)
class ZoneChange:
    """What becomes of an event's zones: those that stay, those that go, divisions that come with their level.

    ``level`` is the event's then; ``unnamed`` of those that stay are the replaced warnings', which the new one leaves out.
    ``moved_out`` are these where they go, ``still_there`` of them those whose division another zone of the event names or lies in.
    """

    kept: tuple[Kept, ...]
    dropped: tuple[PresentZone, ...]
    added: tuple[tuple[str, str], ...]
    level: str
    unnamed: tuple[PresentZone, ...] = ()
    moved_out: tuple[PresentZone, ...] = ()
    still_there: tuple[PresentZone, ...] = ()

    @property
    def changes_zones(self) -> bool:
        """Whether another revision is needed."""
        return bool(self.dropped or self.added or any(one.level for one in self.kept))


def kept_by_choice(
    present: Sequence[PresentZone], chosen: Collection[str], *, before: str, after: str
) -> tuple[Kept, ...]:
    """Zones whose division is chosen again stay, with the warning, kind and level that they came with.

    Where a person states another level of the event (``after``), those that stood at its level go along.
    """
    return tuple(
        Kept(zone.id, after if after != before and zone.level == before else None)
        for zone in present
        if zone.code is not None and zone.code in chosen
    )


def zone_change(
    said: WarningSaid, zones: Sequence[PresentZone], replaced: Iterable[int], *, keep_unnamed: bool = True
) -> ZoneChange:
    """The zones after the warning.

    It takes the place of what the warnings that it replaces said of the divisions that it names; without any division it
    speaks of all of theirs. What it does not name stays, unless ``keep_unnamed`` is False. A lift changes no zone.
    """
    theirs = set(replaced)
    own = [zone for zone in zones if zone.warning_id in theirs]
    others = [zone for zone in zones if zone.warning_id not in theirs]
    if said.action == "lift":
        return _changed([*zones], [], [], [])
    before = highest(zone.level for zone in own)
    if not said.areas and not said.brings_shapes:
        return _changed(others, [], [], own, said.level)
    named = [code for code, _ in said.areas]
    drawn = (said.level or before,) if said.brings_shapes else ()
    added = [(code, level or said.level or _level_at(code, own) or before) for code, level in said.areas]
    dropped = [zone for zone in own if zone.code and any(zone.code.startswith(code) for code in named)]
    unnamed = [zone for zone in own if zone not in dropped]
    if not keep_unnamed:
        stays = [zone.code for zone in others if zone.code]
        still = [zone for zone in unnamed if zone.code and overlaps([zone.code], stays)]
        change = _changed(others, [*dropped, *unnamed], added, [], drawn=drawn)
        return replace(change, moved_out=tuple(unnamed), still_there=tuple(still))
    return _changed([*others, *unnamed], dropped, added, [], unnamed=unnamed, drawn=drawn)


def _level_at(code: str, zones: Sequence[PresentZone]) -> str | None:
    found = [zone.level for zone in zones if zone.code and overlaps([zone.code], [code])]
    return highest(found) if found else None


def _changed(
    kept: Sequence[PresentZone],
    dropped: Sequence[PresentZone],
    added: Sequence[tuple[str, str]],
    spoken_of: Sequence[PresentZone],
    level: str | None = None,
    *,
    unnamed: Sequence[PresentZone] = (),
    drawn: Sequence[str] = (),
) -> ZoneChange:
    """``spoken_of`` stay with ``level`` where it is stated and another one; ``drawn`` are levels of shapes that come."""
    stays = [Kept(zone.id) for zone in kept]
    stays += [Kept(zone.id, level if level != zone.level else None) for zone in spoken_of]
    levels = [
        *(zone.level for zone in kept),
        *(level or zone.level for zone in spoken_of),
        *(one for _, one in added),
        *drawn,
    ]
    return ZoneChange(
        tuple(sorted(stays, key=lambda one: one.zone_id)),
        tuple(dropped),
        tuple(dict.fromkeys(_without_inner(added))),
        highest(levels),
        tuple(unnamed),
    )


def _without_inner(areas: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """A division inside another one adds nothing unless its level is higher."""
    return [
        (code, level)
        for code, level in areas
        if not any(
            code != other and code.startswith(other) and RANKED.index(level) >= RANKED.index(above)
            for other, above in areas
        )
    ]
