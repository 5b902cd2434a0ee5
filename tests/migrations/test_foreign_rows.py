"""As a township at the database itself: no row of the neighbour, the county or anybody else is read or written (D6).

Generated from the catalogue: each table behind row level security, with a row that is put into somebody else's area, is
read, added, changed, removed and pushed as ``gh_app``. What may be done from below is named with its reason; so is each
function that sees behind the policies.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.migrations.test_rights import READ_BY_ALL, SCOPED, SEEN_FROM_BELOW
from tests.scope.country import Country, country
from tests.toy_county.county import COUNTY, EAST, WEST

__all__ = ["country"]

OWN = f"{WEST}201"
# Whose row it is → its code. What begins a township's code stands above it.
OTHERS = {
    "the neighbour": EAST,
    "the neighbour's village": f"{EAST}201",
    "a sibling by number only": f"{WEST[:-1]}1",
    "the county": COUNTY,
    "another county": "990002",
    "the province": COUNTY[:2],
    "nobody's area": "0",
}
# Tables that only a zone's row says the area of; tests/migrations/test_written_from_above.py writes them.
WITHOUT_CODE = {"hazard_zone_piece", "hazard_zone_area"}
WHOSE = SCOPED | SEEN_FROM_BELOW | dict.fromkeys(sorted(READ_BY_ALL.keys() - WITHOUT_CODE), "area_code")
ADDED_ANYWHERE = {"journal_entry": "a sign-in has no area, and what was done to a house stands in the house's area"}
CHANGED_FROM_BELOW = {
    "hazard_event": "a township notes its own tasks there; the trigger from_below refuses every other change"
}
# Functions that run as owner and that the application may call, with what keeps them from telling or changing too much.
SEES_BEHIND = {
    "demo_clear": "refuses whoever has not the whole database",
    "demo_state": "two truths about the installation",
    "division_at": "names and codes of divisions are public",
    "divisions_beyond": "names and codes of divisions are public",
    "divisions_overlapped": "codes of divisions are public",
    "divisions_touched": "codes of divisions are public",
    "event_counts_fold": "adds what is already counted; a number",
    "family_change_fold": "adds what is already counted; a number",
    "event_taken_over": "whether an event in one's own area was handed up to it; no row",
    "roster_used": "numbers of rows that a load of one's own area made",
    "roster_take_back": "removes one row that a load made in one's own area, where nothing names it",
    "gh_shelter_inside": "how many are in the shelters that one's own area sees; no family",
    "gh_shelter_inside_at": "how many were in the shelters that one's own area sees; no family",
    "gh_shift_holds": "whether the shift that was asked holds at a moment; no row",
    "house_codes_elsewhere": "which of the codes that were asked are taken; no row",
    "house_grid_fold": "adds what is already counted; a number",
    "house_imports": "of a house in one's own area",
    "house_journal": "of a house in one's own area",
    "house_last_serial": "a number",
    "house_take_back": "a disputed house that one's own area declared",
    "houses_owned_here": "houses of one's own area, of families whose ID number and name were asked; nothing of the family",
    "houses_declared_here": "disputed houses that one's own area declared",
    "id_numbers_elsewhere": "which of the ID numbers that were asked stand outside of one's area; no row",
    "layer_change_fold": "a number",
    "night_scope_followed": "brings what hangs on a house of one's own area to that house's division",
    "register_analyze": "statistics",
    "register_put_back": "makes what was set aside, nothing else",
    "register_set_aside": "only of an empty register",
    "stored_bytes_named": "which of the hashes that were asked are named; no row",
    "village_link_opens": "the link of the very hash that was asked, as long as it opens anything",
}
# A row for tables that the toy country leaves empty.
ROWS = {
    "area_alias": "(area_code, name, match_name) VALUES ('990001', 'x', 'x')",
    "call": "(event_id, scope_code, name, called_at, called_by)"
    " SELECT id, '990001100', 'x', now(), 'x' FROM hazard_event LIMIT 1",
    "call_change": "(call_id, event_id, scope_code, act, state, is_void, at, made_by)"
    " SELECT 1, id, '990001100', 'start', 'calling', false, now(), 'x' FROM hazard_event LIMIT 1",
    "category_certificate": "(household_id, scope_code, category, certified_on, certifier)"
    " SELECT id, scope_code, 'K2', '2026-01-01', 'x' FROM household LIMIT 1",
    "emergency_conclusion": "(event_id, house_id, scope_code, conclusion, items, signed_by, signed_at, entered_by)"
    " SELECT e.id, h.id, h.scope_code, 'habitable', '{}', 'x', now(), 'x' FROM hazard_event e, house h LIMIT 1",
    "unsafe_home": "(event_id, house_id, scope_code) SELECT e.id, h.id, h.scope_code FROM hazard_event e, house h LIMIT 1",
    "loose_photo": "(event_id, scope_code, file_id, sent_by) SELECT id, '990001100', 1, 'x' FROM hazard_event LIMIT 1",
    "event_report": "(event_id, scope_code, number, kind, as_of, figures, made_by)"
    " SELECT id, '990001', 1, 'flash', now(), '{}', 'x' FROM hazard_event LIMIT 1",
    "evacuation": "(event_id, scope_code, named, reasons, place, revision, opened_at)"
    " SELECT id, '990001', 'x', '{extra}', 1, 1, now() FROM hazard_event LIMIT 1",
    "evacuation_figure": "(event_id, scope_code, households, said_at, entered_by)"
    " SELECT id, '990001', 1, now(), 'x' FROM hazard_event LIMIT 1",
    "evacuation_step": "(evacuation_id, event_id, scope_code, at, act, state_before, state_after, counts_before,"
    " counts_after, entered_by, version) VALUES (1, 1, '990001', now(), 'enter', 'pending', 'away', true, true, 'x', 2)",
    "emergency_inspection_step": "(inspection_id, event_id, scope_code, at, state, opened_at, overdue_earlier)"
    " VALUES (1, 1, '990001', now(), 'open', now(), '{}')",
    "house_alias": "(code, house_id, scope_code) SELECT 'OLD-1', id, scope_code FROM house LIMIT 1",
    "roster_change": "(load_id, kind, row_id, scope_code, version_after) VALUES (1, 'contacts', 1, '990001100', 1)",
    "import_change": "(batch_id, kind, row_id, scope_code, before, version_after)"
    " SELECT b.id, 'house', h.id, h.scope_code, '{}', 2 FROM house h, import_batch b LIMIT 1",
    "ledger_difference": "(batch_id, house_id, scope_code, field)"
    " SELECT b.id, h.id, h.scope_code, 'grade' FROM house h, import_batch b LIMIT 1",
    "warning": "(event_id, scope_code, form, text, digest, action, kind, received_by)"
    " SELECT id, scope_code, 'text', 'x', 'x', 'issue', 'rainstorm', 'x' FROM hazard_event LIMIT 1",
    "house_grid": "(cell, scope_code, risk, renovation, houses) VALUES (1, '990001', 'A', 'not_needed', 1)",
    "house_grid_delta": "(cell, scope_code, risk, renovation, houses) VALUES (1, '990001', 'A', 'not_needed', 1)",
    "inspection_count": "(event_id, scope_code, state, uncertain, houses) VALUES (1, '990001', 'open', false, 1)",
    "evacuation_count": "(event_id, scope_code, state, households, people, unsized, without_family, extra)"
    " VALUES (1, '990001', 'pending', 1, 3, 0, 0, 0)",
    "family_change": "(scope_code) VALUES ('990001')",
    "card_sum": "(scope_code, asked, changes, standing, since, sum, made_on)"
    " VALUES ('990001', 'x', 1, 0, '2026-01-01', 0, '2026-01-01')",
    "contact": "(scope_code, role, name, created_by) VALUES ('990001', 'secretary', 'x', 'x')",
    "shelter": "(scope_code, name, created_by) VALUES ('990001', 'x', 'x')",
    "technician": "(scope_code, name, created_by) VALUES ('990001', 'x', 'x')",
    "roster_load": "(scope_code, kind, file_name, actor) VALUES ('990001', 'contacts', 'x', 'x')",
    "department": "(scope_code, name, categories, created_by) VALUES ('990001', 'x', '{K2}', 'x')",
    "duty_handover": "(scope_code, grant_id, user_id, figures, given_by) VALUES ('990001', 1, 1, '{}', 'x')",
    "duty_takeover": "(scope_code, grant_id, by_grant_id, user_id, figures, taken_by) VALUES ('990001', 1, 1, 1, '{}', 'x')",
    "work_order": "(scope_code, organisation, reason, due_on, made_by) VALUES ('990001', 'x', 'x', '2026-01-01', 'x')",
    "work_order_house": "(order_id, house_id, scope_code) VALUES (1, 1, '990001')",
    "village_link": "(event_id, scope_code, token_hash, made_by, expires_at)"
    " SELECT min(id), '990001', '\\x00', 'x', now() FROM hazard_event",
    "event_ground": "(event_id, scope_code, phase, at, made_by)"
    " SELECT id, '990001100', 'aftermath', now(), 'x' FROM hazard_event LIMIT 1",
    "standing_area": "(zone_id, scope_code, updated_by) SELECT min(id), '990001', 'x' FROM hazard_zone",
    "standing_person": "(zone_id, scope_code, duty, rank, name, created_by)"
    " SELECT min(id), '990001', 'monitor', 1, 'x', 'x' FROM hazard_zone",
    "map_line": "(area_code, kind, key, geom, length_m, loaded_by) VALUES ('990001', 'river', 'x',"
    " ST_GeomFromText('MULTILINESTRING((120 45, 121 45))', 4490), 1, 'x')",
    "policy_setting": "(key, area_code, value, effective_from, basis, recorded_by)"
    " VALUES ('occupancy.stale_days', '990001', '1', '2026-01-01', 'x', 'x')",
}


@pytest.fixture
def owner(country: Country) -> Iterator[Connection]:
    """The superuser in a transaction that is rolled back: may place a row anywhere and then become the application."""
    engine = create_engine(country.toy.names.admin_url)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def test_every_table_behind_the_policies_is_tried(owner: Connection) -> None:
    secured = owner.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity")).all()
    assert set(secured) == WHOSE.keys() | WITHOUT_CODE


@pytest.mark.parametrize("table", WHOSE)
def test_nothing_of_others_is_read_or_written(owner: Connection, table: str) -> None:
    held = []
    for whose, code in OTHERS.items():
        with owner.begin_nested() as attempt:
            row = put_one_row(owner, table, code)
            become_township(owner)
            above = WEST.startswith(code)
            seen = owner.scalar(text(f"SELECT count(*) FROM {table}"))
            may_see = table in READ_BY_ALL or (table in SEEN_FROM_BELOW and above)
            if seen != int(may_see):
                held.append(f"{whose}: {seen} row read")
            if not refused(owner, f"DELETE FROM {table}"):
                held.append(f"{whose}: removed")
            if not refused(owner, f"UPDATE {table} SET {WHOSE[table]} = '{OWN}'"):
                held.append(f"{whose}: taken")
            unchanged = f"UPDATE {table} SET {WHOSE[table]} = {WHOSE[table]}"
            if not refused(owner, unchanged) and not (above and table in CHANGED_FROM_BELOW):
                held.append(f"{whose}: changed")
            if not refused(owner, added(owner, table), row=row) and table not in ADDED_ANYWHERE:
                held.append(f"{whose}: added")
            attempt.rollback()
    assert held == []


@pytest.mark.parametrize("table", WHOSE)
def test_nothing_of_ones_own_is_pushed_to_others(owner: Connection, table: str) -> None:
    held = []
    for whose, code in OTHERS.items():
        with owner.begin_nested() as attempt:
            put_one_row(owner, table, OWN)
            become_township(owner)
            assert owner.scalar(text(f"SELECT count(*) FROM {table}")) == 1
            if not refused(owner, f"UPDATE {table} SET {WHOSE[table]} = '{code}'"):
                held.append(whose)
            attempt.rollback()
    assert held == []


@pytest.mark.parametrize("table", WHOSE)
def test_the_same_statements_do_their_work_in_ones_own_area(owner: Connection, table: str) -> None:
    row = put_one_row(owner, table, OWN)
    become_township(owner)
    rights = set(
        owner.scalars(
            text(
                "SELECT privilege_type FROM information_schema.table_privileges WHERE grantee = 'gh_app'"
                " AND table_name = :table"
            ),
            {"table": table},
        )
    )
    tried = {
        "UPDATE": f"UPDATE {table} SET {WHOSE[table]} = {WHOSE[table]}",
        "INSERT": added(owner, table),
        "DELETE": f"DELETE FROM {table}",
    }
    for right, statement in tried.items():
        assert refused(owner, statement, row=row) == (right not in rights), right


@pytest.mark.parametrize("table", sorted(WITHOUT_CODE))
def test_what_is_derived_from_ones_own_zone_is_not_hung_on_that_of_others(owner: Connection, table: str) -> None:
    zones = owner.execute(text("SELECT scope_code, min(id) AS id FROM hazard_zone GROUP BY scope_code")).all()
    become_township(owner)
    own = next(zone.id for zone in zones if zone.scope_code.startswith(WEST))
    others = [zone.id for zone in zones if not zone.scope_code.startswith(WEST)]
    assert len(others) >= 2
    for zone in others:
        assert refused(owner, f"UPDATE {table} SET zone_id = {zone} WHERE zone_id = {own}")
        assert refused(owner, f"UPDATE {table} SET zone_id = {own} WHERE zone_id = {zone}")
        assert refused(owner, f"DELETE FROM {table} WHERE zone_id = {zone}")
    assert not refused(owner, f"UPDATE {table} SET zone_id = zone_id WHERE zone_id = {own}")


def test_functions_that_see_behind_the_policies_are_known(owner: Connection) -> None:
    found = owner.scalars(
        text(
            "SELECT proname FROM pg_proc p WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            " AND has_function_privilege('gh_app', p.oid, 'EXECUTE')"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
    ).all()
    assert sorted(found) == sorted(SEES_BEHIND)


def test_functions_that_see_behind_the_policies_keep_to_the_area(owner: Connection) -> None:
    house = owner.execute(
        text("SELECT id, code, version FROM house WHERE scope_code LIKE :east LIMIT 1"), {"east": f"{EAST}%"}
    ).one()
    owner.execute(
        text("UPDATE house SET location_state = 'disputed', declared_code = :east WHERE id = :id"),
        {"id": house.id, "east": f"{EAST}202"},
    )
    become_township(owner)
    values = {"id": house.id, "code": house.code, "version": house.version}
    for call in (
        "SELECT count(*) FROM house_journal(:code)",
        "SELECT count(*) FROM house_imports(:id)",
        "SELECT count(*) FROM houses_declared_here() WHERE code = :code",
        "SELECT count(house_take_back(:code, :version, NULL, NULL, NULL))",
    ):
        assert owner.scalar(text(call), values) == 0, call
    assert refused(owner, "SELECT demo_clear()")


def put_one_row(owner: Connection, table: str, code: str) -> str:
    """Leave one row in the table, of the area ``code``; its text. Triggers and foreign keys do not look."""
    owner.execute(text("SET LOCAL session_replication_role = replica"))
    if table == "area":
        owner.execute(text("ALTER TABLE area DROP CONSTRAINT ck_area_code_length"))
    if not owner.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")):
        assert table in ROWS, f"{table} is empty in the toy country: give it a row here"
        owner.execute(text(f"INSERT INTO {table} {ROWS[table]}"))
    owner.execute(text(f"DELETE FROM {table} WHERE ctid <> (SELECT min(ctid) FROM {table})"))
    owner.execute(text(f"UPDATE {table} SET {WHOSE[table]} = :code"), {"code": code})
    owner.execute(text("SET LOCAL session_replication_role = origin"))
    return str(owner.scalar(text(f"SELECT CAST({table} AS text) FROM {table}")))


def become_township(owner: Connection) -> None:
    owner.execute(
        text("SELECT set_config('role', 'gh_app', true), set_config('gh.area_lo', :lo, true), set_config('gh.area_hi', :hi, true)"),
        {"lo": WEST, "hi": f"{WEST}:"},
    )  # fmt: skip


def added(owner: Connection, table: str) -> str:
    """A statement that adds the row ``:row`` again; policies speak before any key does."""
    columns = owner.scalars(
        text(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = CAST(:table AS regclass)"
            " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        ),
        {"table": table},
    ).all()
    values = ", ".join(f"(r.t).{column}" for column in columns)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE"
        f" SELECT {values} FROM (SELECT CAST(CAST(:row AS text) AS {table}) AS t) r"
    )


def refused(owner: Connection, statement: str, *, row: str | None = None) -> bool:
    """Whether the statement is refused for want of rights or touches nothing. A key that is taken is no refusal."""
    values = {"row": row} if ":row" in statement else {}
    with owner.begin_nested() as attempt:
        try:
            done = owner.execute(text(statement), values)
        except DBAPIError as error:
            attempt.rollback()
            return getattr(error.orig, "sqlstate", None) == "42501"
        touched = done.rowcount
        attempt.rollback()
    return touched == 0
