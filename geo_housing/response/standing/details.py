"""What is known of standing risk areas beside their shape: kept, corrected, told; telephones sealed (D9)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound, NotReady, VersionMissing
from geo_housing.hazards.models import HazardZone, StandingArea, StandingPerson
from geo_housing.hazards.service import own_standing_area
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.phones import mask_phones, numbers_of
from geo_housing.response.standing.fields import DUTY_LABELS, NUMBERS, TEXTS, Person, StandingFacts, label_of

PHONE_FIELD = "standing_person.phone"
FIELDS = ("number", *NUMBERS, *TEXTS)


@dataclass(frozen=True)
class PersonSeen:
    """One who answers for a place, as screens may show them."""

    id: int
    duty: str
    name: str
    post: str | None
    phone_masked: str | None

    @property
    def duty_label(self) -> str:
        """The duty as pages say it."""
        return DUTY_LABELS[self.duty]


def persons_of(session: Session, zone_ids: Sequence[int]) -> dict[int, list[PersonSeen]]:
    """Who answers for each of the areas, in the order of the list."""
    one = StandingPerson
    found: dict[int, list[PersonSeen]] = {}
    wanted = select(one).where(one.zone_id.in_(list(zone_ids)), one.ended_at.is_(None)).order_by(one.rank, one.id)
    for row in session.scalars(wanted):
        seen = PersonSeen(row.id, row.duty, row.name, row.post, row.phone_masked)
        found.setdefault(row.zone_id, []).append(seen)
    return found


def details_of(session: Session, zone_ids: Sequence[int]) -> dict[int, StandingArea]:
    """What is known of each of the areas."""
    rows = session.scalars(select(StandingArea).where(StandingArea.zone_id.in_(list(zone_ids))))
    return {row.zone_id: row for row in rows}


def own_area(session: Session, actor: Actor, zone_id: int) -> HazardZone:
    """A standing area of one's own that holds, locked; NotFound, NotAllowed, Conflict."""
    zone = own_standing_area(session, actor, zone_id)
    if zone.ended_at is not None:
        raise Conflict("这处灾害易发地已经撤销，不能再改。")
    return zone


def store_details(
    session: Session, actor: Actor, zone: HazardZone, facts: StandingFacts, ring: KeyRing | None, *, whole: bool = False
) -> bool:
    """Keep what is stated of an area; what is not stated stays (``whole``: what is not stated is nothing). Whether it changed.

    ``ring`` is needed where people are named. They are stated duty by duty: who is not named any more in a duty that is stated has ended in it.
    """
    before = session.get(StandingArea, zone.id)
    stated = {name: getattr(facts, name) for name in FIELDS if whole or getattr(facts, name) is not None}
    wanted = {name: None if value == "" else value for name, value in stated.items()}
    diff: dict[str, list[Any]] = {}
    for name, value in wanted.items():
        old = getattr(before, name) if before else None
        if old != value:
            diff[name] = [old, value]
    if facts.name and facts.name != zone.name:
        diff["name"] = [zone.name, facts.name]
        zone.name = facts.name
    people = _store_persons(session, actor, zone, facts.persons, ring, whole=whole)
    if not diff and not people:
        return False
    who = actor.called
    if before is None:
        values = {**wanted, "zone_id": zone.id, "scope_code": zone.scope_code, "updated_by": who}
        session.execute(insert(StandingArea).values(**values))
    else:
        session.execute(
            update(StandingArea)
            .where(StandingArea.zone_id == zone.id)
            .values(**wanted, version=StandingArea.version + 1, updated_by=who, updated_at=func.now())
        )
    session.flush()
    session.expire_all()
    record(
        session,
        actor,
        "hazards.standing_facts",
        Subject("zone", str(zone.id), zone.scope_code),
        counts={"persons": people} if people else None,
        diff=diff or None,
    )
    return True


def _store_persons(
    session: Session, actor: Actor, zone: HazardZone, persons: Sequence[Person], ring: KeyRing | None, *, whole: bool
) -> int:
    """How many people are new or have ended; ``ring`` None where nobody is named."""
    one = StandingPerson
    standing = list(
        session.scalars(select(one).where(one.zone_id == zone.id, one.ended_at.is_(None)).order_by(one.rank, one.id))
    )
    duties = set(DUTY_LABELS) if whole else {person.duty for person in persons}
    named = {(row.duty, row.name): row for row in standing}
    changed = 0
    kept: set[int] = set()
    ids = _new_ids(session, len(persons))
    for rank, (person, row_id) in enumerate(zip(persons, ids, strict=True)):
        assert ring is not None, "who names people brings the keys"
        known = named.get((person.duty, person.name))
        key = ring.search_id(person.phone, field=PHONE_FIELD) if person.phone else None
        if known is not None:
            # A list without telephones, or with masked ones, takes none away.
            same_phone = person.phone is None or key == known.phone_key
            if same_phone and (person.post is None or person.post == known.post):
                kept.add(known.id)
                continue
        changed += 1
        phone = person.phone
        sealed: dict[str, Any] = {"phone_cipher": None, "phone_key": None, "phone_masked": None}
        if phone is None and known is not None and known.phone_cipher is not None:
            phone = ring.decrypt(bytes(known.phone_cipher), field=PHONE_FIELD, owner=known.id)
        if phone is not None:
            sealed = {
                "phone_cipher": ring.encrypt(phone, field=PHONE_FIELD, owner=row_id),
                "phone_key": ring.search_id(phone, field=PHONE_FIELD),
                "phone_masked": mask_phones(phone),
            }
        session.execute(
            insert(one).values(
                id=row_id,
                zone_id=zone.id,
                scope_code=zone.scope_code,
                duty=person.duty,
                rank=rank,
                name=person.name,
                post=person.post or (known.post if known else None),
                created_by=actor.label or actor.name,
                **sealed,
            )
        )
    gone = [row.id for row in standing if row.duty in duties and row.id not in kept]
    if gone:
        session.execute(update(one).where(one.id.in_(gone)).values(ended_at=clock.now()))
    renewed = {(person.duty, person.name) for person in persons}
    return changed + sum((row.duty, row.name) not in renewed for row in standing if row.id in gone)


def _new_ids(session: Session, count: int) -> list[int]:
    """Numbers of rows to come: a telephone is sealed for the row that holds it."""
    wanted = text("SELECT nextval(pg_get_serial_sequence('standing_person', 'id')) FROM generate_series(1, :n)")
    return [int(number) for number in session.scalars(wanted, {"n": count})] if count else []


def edit_details(
    session: Session, actor: Actor, zone_id: int, facts: StandingFacts, ring: KeyRing, *, version: int | None
) -> bool:
    """The form of one area: what it leaves empty is nothing. Conflict when somebody saved in between."""
    zone = own_area(session, actor, zone_id)
    before = session.get(StandingArea, zone_id)
    if version is None:
        raise VersionMissing("修改灾害易发地要说明是在哪一版上（version）。")
    if version != (before.version if before else 0):
        raise Conflict("这处灾害易发地刚被别人改过，您的内容没有保存。请刷新，核对后重新保存。")
    if facts.unread:
        raise BadInput("".join(facts.unread), faults=[Fault(None, None, None, one) for one in facts.unread])
    return store_details(session, actor, zone, facts, ring, whole=True)


def reveal_phone(session: Session, actor: Actor, zone_id: int, person_id: int, ring: KeyRing) -> tuple[str, ...]:
    """The telephone numbers of one person in full, for those entitled; each look is journalled."""
    if not actor.may("personal.view"):
        raise NotAllowed("您的角色不能查看完整的电话号码。")
    row = session.scalar(
        select(StandingPerson).where(StandingPerson.id == person_id, StandingPerson.zone_id == zone_id)
    )
    if row is None or row.phone_cipher is None:
        raise NotFound("没有这位责任人的电话，或不在您的管辖范围内。")
    numbers = numbers_of(ring.decrypt(bytes(row.phone_cipher), field=PHONE_FIELD, owner=row.id))
    scope = row.scope_code if actor.scope.covers(row.scope_code) else actor.scope.lo
    subject = Subject("zone", str(zone_id), scope)
    record(session, actor, "hazards.standing_reveal", subject, counts={"phones": len(numbers)})
    return numbers


def people_in_full(session: Session, zones: Collection[int], ring: KeyRing) -> dict[int, str]:
    """Who answers for each area, with full numbers: for a list that somebody has pressed for and that is journalled."""
    if not zones:
        return {}
    wanted = (
        select(StandingPerson)
        .where(StandingPerson.zone_id.in_(sorted(zones)), StandingPerson.ended_at.is_(None))
        .order_by(StandingPerson.zone_id, StandingPerson.rank)
    )
    said: dict[int, list[str]] = {}
    for person in session.scalars(wanted):
        phone = person.phone_masked
        if person.phone_cipher is not None:
            try:
                phone = ring.decrypt(bytes(person.phone_cipher), field=PHONE_FIELD, owner=person.id)
            except NotReady:
                phone = person.phone_masked
        said.setdefault(person.zone_id, []).append(f"{person.name} {phone}" if phone else person.name)
    return {zone: "、".join(people) for zone, people in said.items()}


@dataclass(frozen=True)
class OnCard:
    """What a village's card says of one standing area that touches it; ``people`` with whole numbers where asked."""

    name: str
    kind_label: str
    people: str
    measures: str | None
    signal: str | None
    route: str | None
    shelter: str | None


_TOUCHING = text("""
    SELECT a.area_code AS village, z.id, z.name, z.kind, s.measures, s.signal, s.route, s.shelter
    FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id
    LEFT JOIN standing_area s ON s.zone_id = z.id
    WHERE z.event_id IS NULL AND z.ended_at IS NULL AND a.area_code = ANY (:villages)
    ORDER BY a.area_code, z.id
""")


def standing_on_cards(session: Session, villages: Sequence[str], *, ring: KeyRing | None) -> dict[str, list[OnCard]]:
    """The standing areas that touch each village, for its card; callers journal the export."""
    rows = session.execute(_TOUCHING, {"villages": list(villages)}).all()
    people: dict[int, list[str]] = {}
    one = StandingPerson
    wanted = (
        select(one).where(one.zone_id.in_({row.id for row in rows}), one.ended_at.is_(None)).order_by(one.rank, one.id)
    )
    for person in session.scalars(wanted):
        phone = person.phone_masked
        if ring is not None and person.phone_cipher is not None:
            phone = ring.decrypt(bytes(person.phone_cipher), field=PHONE_FIELD, owner=person.id)
        said = " ".join(filter(None, (DUTY_LABELS[person.duty], person.name, phone)))
        people.setdefault(person.zone_id, []).append(said)
    found: dict[str, list[OnCard]] = {}
    for row in rows:
        card = OnCard(
            row.name or "未命名",
            label_of(row.kind),
            "、".join(people.get(row.id, ())),
            row.measures,
            row.signal,
            row.route,
            row.shelter,
        )
        found.setdefault(row.village, []).append(card)
    return found
