"""Every table stands here: behind row level security, or named with the reason why not. The proof of D6 and D8.

A new table fails the first test until somebody says which of the two it is.
"""

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from geo_housing.db import DOOR, NOBODY, Actor, Database
from geo_housing.errors import NotReady
from geo_housing.scope import AreaScope
from tests.fixtures.cluster import TestDatabase
from tests.fixtures.toy import ToyDatabase
from tests.toy_county.county import EAST, WEST

# Table → column that says whose a row is.
SCOPED = {
    "house": "scope_code",
    "house_alias": "scope_code",
    "household": "scope_code",
    "category_certificate": "scope_code",
    "house_household": "scope_code",
    "grade_record": "scope_code",
    "import_batch": "scope_code",
    "import_change": "scope_code",
    "import_rows": "scope_code",
    "ledger_difference": "scope_code",
    "house_grid": "scope_code",
    "house_grid_delta": "scope_code",
    "stored_file": "scope_code",
    "emergency_inspection": "scope_code",
    "emergency_inspection_step": "scope_code",
    "emergency_conclusion": "scope_code",
    "unsafe_home": "scope_code",
    "event_report": "scope_code",
    "call": "scope_code",
    "call_change": "scope_code",
    "inspection_photo": "scope_code",
    "loose_photo": "scope_code",
    "evacuation": "scope_code",
    "evacuation_step": "scope_code",
    "evacuation_figure": "scope_code",
    "inspection_count": "scope_code",
    "evacuation_count": "scope_code",
    "family_change": "scope_code",
    "card_sum": "scope_code",
    "job": "scope_code",
    "journal_entry": "scope_code",
    "village_link": "scope_code",
    "roster_load": "scope_code",
    "roster_change": "scope_code",
    "department": "scope_code",
    "duty_handover": "scope_code",
    "duty_takeover": "scope_code",
}
# Also seen from below: a county's event concerns its townships, a heading names the divisions above.
SEEN_FROM_BELOW = {
    "hazard_event": "scope_code",
    "zone_revision": "scope_code",
    "warning": "scope_code",
    "hazard_zone": "scope_code",
    "area": "code",
    "area_alias": "area_code",
    "area_cell": "area_code",
    "contact": "scope_code",
    "shelter": "scope_code",
    "technician": "scope_code",
    "event_ground": "scope_code",
    "standing_area": "scope_code",
    "standing_person": "scope_code",
    # As far as they hold houses of one's own.
    "work_order": "scope_code",
    "work_order_house": "scope_code",
}
# A standing risk area, and who answers for it, are also read in the divisions that it reaches into, and only read.
REACHING = {(table, "read_reaching") for table in ("hazard_zone", "standing_area", "standing_person")}
UNSCOPED = {
    "app_user": "accounts belong to people, not to areas; who may see whom is decided in accounts/service.py",
    "sign_in_session": "read before the area is known; holds hashes of tokens only",
    "api_token": "read before the area is known; holds hashes of tokens only",
    "first_link": "used by somebody without session; holds hashes of tokens only",
    "workday": "the state's holidays are everybody's",
    "journal_digest": "hashes of whole days of the journal; tells nothing about anybody",
    "register_set_aside": "definitions of indexes during a first load, the owner's; committed empty always",
    "layer_change": "that a layer changed, not what; the map's ETag needs it in every area",
    "procrastinate_jobs": "the queue holds numbers of jobs only; whose they are stands in job",
    "procrastinate_events": "the queue's own log of numbers",
    "procrastinate_periodic_defers": "the queue's own clock",
    "procrastinate_workers": "the queue's own workers",
    "alembic_version": "the revision of the schema",
    "spatial_ref_sys": "PostGIS' list of reference systems",
}
# Read in every area, written in one's own.
READ_BY_ALL = {
    "area_grant": "read before the area of a session is known",
    "policy_setting": "rules are public",
    "map_line": "rivers and roads pass many areas and say nothing of anybody",
    "hazard_zone_piece": "shape of a zone without name or house; always joined with hazard_zone, which has its policy",
    "hazard_zone_area": "codes of divisions a zone touches, which are public; always joined with hazard_zone",
}
# Held by a trigger against everybody, the owner too.
# Table → a change that somebody might want to make.
HISTORY = {
    "journal_entry": "actor = 'user:nobody'",
    "journal_digest": "entries = 0",
    "zone_revision": "made_by = 'x'",
    "policy_setting": "value = '99'",
    "grade_record": "grade = 'A'",
    "call_change": "act = 'x'",
    "evacuation_step": "state_after = 'away'",
    "emergency_conclusion": "conclusion = 'habitable'",
    "duty_handover": "note = 'x'",
    "duty_takeover": "taken_by = 'x'",
    "event_ground": "phase = 'warning'",
}
# Added to only, by grants; demo_clear removes the demo's rows. Of a warning the end may be stated, by column.
ADDED_TO_ONLY = (*HISTORY, "import_change", "warning", "work_order_house")
# Who sees one list only: what each role of the database may read at all, column by column where there is more in the table.
# A table that is not here is closed to it.
NARROW = {
    "gh_department": {
        "department": "*",
        "household": {"id", "scope_code", "head", "persons", "categories"},
        "house_household": {"id", "house_id", "household_id", "scope_code", "relation", "to_on"},
        "house": {
            "id", "scope_code", "code", "settlement", "structure", "built_year", "risk", "grade", "grade_basis",
            "graded_on", "renovation", "measure", "ended_on",
        },
    },
    "gh_third_party": {
        "work_order": "*",
        "work_order_house": "*",
        "house": {
            "id", "scope_code", "code", "settlement", "structure", "built_year", "storeys", "rooms", "area_m2", "risk",
            "grade", "people", "households_without_size", "geom",
        },
        "hazard_event": {"id", "scope_code", "name", "kind", "mode", "level", "phase", "created_at"},
        "emergency_inspection": {
            "id", "event_id", "house_id", "scope_code", "state", "result", "damage", "finding_items", "done_at",
            "worsened_at", "danger_reported_at",
        },
        "event_ground": {"event_id", "scope_code", "phase", "at"},
        "emergency_conclusion": {
            "id", "event_id", "house_id", "scope_code", "conclusion", "items", "advice", "signed_by", "unit", "signed_at",
            "entered_at", "supersedes",
        },
        "technician": {
            "id", "scope_code", "name", "unit", "team", "certificate", "areas", "app_user_id", "valid_from", "valid_to",
        },
    },
}  # fmt: skip
# One's own account, the frame of a page, the trace that is left.
NARROW_COMMON = {
    "area": {"SELECT"},
    "area_grant": {"SELECT"},
    "policy_setting": {"SELECT"},
    "app_user": {"SELECT", "UPDATE"},
    "sign_in_session": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "api_token": {"SELECT", "INSERT", "UPDATE"},
    "journal_entry": {"INSERT"},
}
INSUFFICIENT_PRIVILEGE = "42501"


def tables_open_to(toy: ToyDatabase, actor: Actor) -> set[str]:
    """The tables that a role may read at all, whatever their rows show: asked as the role itself, one by one."""
    with toy.transaction() as session:
        every = set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")))
    found = set()
    for table in sorted(every - {"spatial_ref_sys", "alembic_version"}):
        with toy.database.transaction(actor) as session:
            try:
                session.execute(text(f"SELECT count(*) FROM {table}"))
                found.add(table)
            except ProgrammingError as error:
                if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
                    raise
                session.rollback()
    return found


@pytest.fixture(scope="module")
def owner(worker_database: TestDatabase) -> Connection:
    engine = create_engine(worker_database.admin_url)
    with engine.connect() as connection:
        connection.execute(text("SET ROLE gh_owner"))
        yield connection
        connection.rollback()
    engine.dispose()


def column(owner: Connection, query: str) -> set[str]:
    return set(owner.scalars(text(query)))


class TestTables:
    def test_every_table_is_scoped_or_says_why_not(self, owner: Connection) -> None:
        secured = column(
            owner,
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND relrowsecurity",
        )
        every = column(owner, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert secured == SCOPED.keys() | SEEN_FROM_BELOW.keys() | READ_BY_ALL.keys()
        assert every - secured == UNSCOPED.keys()
        assert all(len(reason) > 10 for reason in (UNSCOPED | READ_BY_ALL).values())

    def test_every_table_with_a_scope_is_behind_a_policy(self, owner: Connection) -> None:
        with_scope = column(
            owner,
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND column_name = 'scope_code'",
        )
        assert with_scope <= SCOPED.keys() | SEEN_FROM_BELOW.keys()

    def test_policies_compare_half_open_ranges_for_the_application_only(self, owner: Connection) -> None:
        rows = owner.execute(
            text(
                "SELECT tablename, policyname, cmd, roles::text[] AS roles, qual, with_check, permissive FROM pg_policies"
            )
        ).all()
        assert {row.tablename for row in rows} == SCOPED.keys() | SEEN_FROM_BELOW.keys() | READ_BY_ALL.keys()
        whose = SCOPED | SEEN_FROM_BELOW | dict.fromkeys(READ_BY_ALL, "area_code")
        whose |= dict.fromkeys(("hazard_zone_piece", "hazard_zone_area"), "z.scope_code")
        for row in rows:
            if row.roles[0] in NARROW:
                assert len(row.roles) == 1, row.tablename
                assert row.cmd == "SELECT" or (row.cmd, row.tablename) == ("INSERT", "journal_entry"), row.tablename
                continue
            assert row.roles == ["gh_app"], row.tablename
            if row.cmd == "INSERT" and row.tablename == "journal_entry":
                continue
            if row.cmd == "SELECT" and row.tablename in READ_BY_ALL:
                assert row.qual == "true"
                continue
            stated = row.with_check if row.cmd == "INSERT" else row.qual
            column = whose[row.tablename]
            if (row.tablename, row.policyname) in REACHING:
                assert row.cmd == "SELECT" and "z.event_id IS NULL" in stated.replace("(event_id", "(z.event_id")
                column = "a.area_code"
            assert f"({column} >= " in stated and f"({column} < " in stated, row.tablename
            assert "~~" not in stated, "LIKE is not leakproof"

    def test_nothing_is_written_above_the_writer(self, owner: Connection) -> None:
        # hazard_event alone may be changed from below: a township notes its tasks there, a trigger holds the rest.
        rows = owner.execute(text("SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies")).all()
        from_below = {
            (row.tablename, row.cmd)
            for row in rows
            if row.cmd != "SELECT" and "starts_with" in (row.with_check or row.qual)
        }
        assert from_below == {("hazard_event", "UPDATE")}

    def test_scopes_compare_by_bytes_and_are_always_stated(self, owner: Connection) -> None:
        rows = owner.execute(
            text(
                "SELECT c.relname, a.attname, a.attnotnull, k.collname FROM pg_attribute a"
                " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation k ON k.oid = a.attcollation"
                " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
            )
        ).all()
        found = {(row.relname, row.attname): (row.attnotnull, row.collname) for row in rows}
        for table, whose in (SCOPED | SEEN_FROM_BELOW).items():
            assert found[table, whose] == (True, "C"), table


class TestRoles:
    def test_the_application_owns_nothing_and_cannot_pass_the_policies(self, owner: Connection) -> None:
        roles = owner.execute(
            text(
                "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin, rolinherit, rolcreaterole, rolcreatedb FROM pg_roles"
            )
        ).all()
        found = {row.rolname: row for row in roles}
        for name in ("gh_app", "gh_service", *NARROW):
            row = found[name]
            assert not (row.rolsuper or row.rolbypassrls or row.rolcreaterole or row.rolcreatedb), name
            owned = owner.scalar(
                text("SELECT count(*) FROM pg_class WHERE relowner = CAST(:name AS regrole)"), {"name": name}
            )
            assert owned == 0
        assert not found["gh_app"].rolcanlogin and not found["gh_owner"].rolcanlogin
        assert not found["gh_service"].rolinherit
        assert not owner.scalar(text("SELECT pg_has_role('gh_service', 'gh_owner', 'MEMBER')"))

    @pytest.mark.parametrize("role", NARROW)
    def test_who_sees_one_list_only_may_read_what_is_written_here(self, owner: Connection, role: str) -> None:
        of_tables = owner.execute(
            text(
                "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = :role"
                " AND table_schema = 'public'"
            ),
            {"role": role},
        ).all()
        whole = {table for table, columns in NARROW[role].items() if columns == "*"}
        found: dict[str, set[str]] = {}
        for table, right in of_tables:
            found.setdefault(table, set()).add(right)
        assert found == NARROW_COMMON | {table: {"SELECT"} for table in whole}
        of_columns = owner.execute(
            text(
                "SELECT table_name, privilege_type, column_name FROM information_schema.column_privileges"
                " WHERE grantee = :role AND table_schema = 'public'"
            ),
            {"role": role},
        ).all()
        by_column: dict[str, set[str]] = {}
        for table, right, name in of_columns:
            if table not in found:
                assert right == "SELECT", table
                by_column.setdefault(table, set()).add(name)
        wanted = {table: set(columns) for table, columns in NARROW[role].items() if columns != "*"}
        assert by_column == wanted
        assert not owner.scalar(text("SELECT pg_has_role(:role, 'gh_app', 'MEMBER')"), {"role": role})

    def test_everything_of_ours_belongs_to_the_owner(self, owner: Connection) -> None:
        others = column(
            owner,
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p', 'S', 'v') AND c.relowner <> 'gh_owner'::regrole"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')",
        )
        assert others == set()

    def test_history_is_added_to_and_never_changed_by_the_application(self, owner: Connection) -> None:
        granted = owner.execute(
            text(
                "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'gh_app'"
                " AND table_schema = 'public'"
            )
        ).all()
        rights = {table: {row[1] for row in granted if row[0] == table} for table in ADDED_TO_ONLY}
        assert rights == {table: {"SELECT", "INSERT"} for table in ADDED_TO_ONLY}
        every = {right for _, right in granted}
        assert every <= {"SELECT", "INSERT", "UPDATE", "DELETE"}, "TRUNCATE, REFERENCES and TRIGGER are nobody's"

    def test_registers_are_never_deleted_from_by_the_application(self, owner: Connection) -> None:
        kept = (
            "house",
            "household",
            "house_household",
            "grade_record",
            "hazard_event",
            "hazard_zone",
            "emergency_inspection",
            "inspection_photo",
            "loose_photo",
            "unsafe_home",
            "event_report",
            "call",
            "evacuation",
            "evacuation_figure",
            "import_batch",
            "app_user",
            "area",
            "contact",
            "shelter",
            "technician",
            "roster_load",
            "department",
            "work_order",
            "work_order_house",
            "standing_area",
            "standing_person",
            "map_line",
        )
        for table in kept:
            may = owner.scalar(text("SELECT has_table_privilege('gh_app', :table, 'DELETE')"), {"table": table})
            assert not may, table

    def test_functions_that_see_behind_the_policies_fix_their_search_path(self, owner: Connection) -> None:
        rows = owner.execute(
            text(
                "SELECT p.proname, p.proconfig, p.proowner::regrole::text AS owner, p.proacl::text AS rights"
                " FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef"
                " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
            )
        ).all()
        assert len(rows) > 5
        for row in rows:
            assert row.owner == "gh_owner", row.proname
            assert "search_path=public, pg_temp" in (row.proconfig or []), row.proname
            everybody = [right for right in (row.rights or "{=X/}").strip("{}").split(",") if right.startswith("=")]
            assert everybody == [], f"{row.proname} may be called by everybody"


class TestTriggers:
    @pytest.mark.parametrize("table", HISTORY)
    @pytest.mark.parametrize("change", ["DELETE FROM {table}", "TRUNCATE {table} CASCADE", "UPDATE {table} SET {set}"])
    def test_history_holds_against_its_owner(self, toy_worker: ToyDatabase, table: str, change: str) -> None:
        statement = change.format(table=table, set=HISTORY[table])
        engine = create_engine(toy_worker.names.admin_url)
        try:
            with engine.connect() as connection:
                connection.execute(text("SET LOCAL ROLE gh_owner"))
                connection.execute(text("SET LOCAL row_security = off"))
                # A trigger for each row has nothing to refuse without one.
                self._fill(connection, table)
                with pytest.raises(DBAPIError, match="append-only"):
                    connection.execute(text(statement))
        finally:
            engine.dispose()

    @staticmethod
    def _fill(connection: Connection, table: str) -> None:
        inserts = {
            "journal_digest": "INSERT INTO journal_digest (day, entries, last_id, digest) VALUES ('1999-01-01', 1, 1, 'x')",
            "policy_setting": "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
            " VALUES ('x.y', '0', '1', '1999-01-01', 'x', 'x')",
            "zone_revision": "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
            " VALUES ('990001', 'x', 'flood', 'x', 'x')"
            " RETURNING id) INSERT INTO zone_revision (event_id, scope_code, n, source, made_by)"
            " SELECT id, '990001', 1, 'x', 'x' FROM e",
            "call_change": "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
            " VALUES ('990001', 'x', 'flood', 'x', 'x') RETURNING id), c AS ("
            "INSERT INTO call (event_id, scope_code, name, called_at, called_by)"
            " SELECT id, '990001100', 'x', now(), 'x' FROM e RETURNING id, event_id, scope_code)"
            " INSERT INTO call_change (call_id, event_id, scope_code, act, state, is_void, at, made_by)"
            " SELECT id, event_id, scope_code, 'start', 'calling', false, now(), 'x' FROM c",
            "evacuation_step": "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
            " VALUES ('990001', 'x', 'flood', 'x', 'x') RETURNING id), r AS (INSERT INTO evacuation (event_id, scope_code,"
            " named, reasons, place, revision, opened_at) SELECT id, '990001', 'x', '{extra}', 1, 1, now() FROM e"
            " RETURNING id, event_id) INSERT INTO evacuation_step (evacuation_id, event_id, scope_code, at, act,"
            " state_before, state_after, counts_before, counts_after, entered_by, version) SELECT id, event_id, '990001',"
            " now(), 'enter', 'pending', 'refused', true, true, 'x', 2 FROM r",
        }
        inserts["emergency_inspection_step"] = (
            "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
            " VALUES ('990001', 'x', 'flood', 'x', 'x') RETURNING id), i AS (INSERT INTO emergency_inspection (event_id,"
            " house_id, scope_code, state, priority, reasons, assignee_area, revision, batch_id)"
            " SELECT e.id, h.id, h.scope_code, 'open', 1, '{}', '990001100', 1, 1"
            " FROM e, (SELECT id, scope_code FROM house LIMIT 1) h RETURNING id, event_id, scope_code, opened_at)"
            " INSERT INTO emergency_inspection_step (inspection_id, event_id, scope_code, at, state, opened_at,"
            " overdue_earlier) SELECT id, event_id, scope_code, now(), 'open', opened_at, '{}' FROM i"
        )
        inserts["event_ground"] = (
            "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
            " VALUES ('990001', 'x', 'flood', 'x', 'x') RETURNING id)"
            " INSERT INTO event_ground (event_id, scope_code, phase, at, made_by)"
            " SELECT id, '990001100', 'aftermath', now(), 'x' FROM e"
        )
        inserts["emergency_conclusion"] = (
            "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
            " VALUES ('990001', 'x', 'flood', 'x', 'x') RETURNING id)"
            " INSERT INTO emergency_conclusion (event_id, house_id, scope_code, conclusion, items, signed_by, signed_at,"
            " entered_by) SELECT e.id, h.id, h.scope_code, 'not_habitable', '{}', 'x', now(), 'x'"
            " FROM e, (SELECT id, scope_code FROM house LIMIT 1) h"
        )
        shift = (
            "WITH u AS (INSERT INTO app_user (name, display_name) VALUES ('x-duty', 'x') RETURNING id), g AS ("
            "INSERT INTO area_grant (user_id, role, area_code, valid_from, granted_by, shift_from, shift_to, shift_cap)"
            " SELECT id, 'duty', '990001', current_date, 'x', now(), now() + interval '1 hour', now() + interval '1 hour'"
            " FROM u RETURNING id, user_id)"
        )
        inserts["duty_handover"] = (
            f"{shift} INSERT INTO duty_handover (scope_code, grant_id, user_id, figures, given_by)"
            " SELECT '990001', id, user_id, '{}', 'x' FROM g"
        )
        inserts["duty_takeover"] = (
            f"{shift} INSERT INTO duty_takeover (scope_code, grant_id, by_grant_id, user_id, figures, taken_by)"
            " SELECT '990001', id, id, user_id, '{}', 'x' FROM g"
        )
        if table in inserts:
            connection.execute(text(inserts[table]))
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")), table

    def test_a_grade_follows_its_house_and_nothing_else_of_it_changes(self, toy: ToyDatabase) -> None:
        engine = create_engine(toy.names.admin_url)
        try:
            with engine.begin() as connection:
                connection.execute(text("SET LOCAL ROLE gh_owner"))
                connection.execute(text("SET LOCAL row_security = off"))
                connection.execute(
                    text(f"UPDATE grade_record SET scope_code = '{WEST}202' WHERE scope_code = '{WEST}201'")
                )
                with pytest.raises(DBAPIError, match="append-only"):
                    connection.execute(text("UPDATE grade_record SET grade = 'A', scope_code = '990001100202'"))
        finally:
            engine.dispose()


class TestDoor:
    def test_without_the_door_the_login_can_do_nothing(self, toy_worker: ToyDatabase) -> None:
        url = toy_worker.names.service_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url, autocommit=True) as connection:
            for table in (*SCOPED, *SEEN_FROM_BELOW, *READ_BY_ALL, *(UNSCOPED.keys() - {"spatial_ref_sys"})):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT 1 FROM {table} LIMIT 1")
            for statement in (
                "SET ROLE gh_owner",
                "CREATE TABLE x ()",
                "SELECT demo_state()",
                "SELECT house_grid_fold()",
                "SELECT event_counts_fold()",
                "SELECT family_change_fold()",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(statement)

    @pytest.mark.parametrize(
        "settings", [{}, {"gh.area_lo": "", "gh.area_hi": ""}, {"gh.area_lo": "0", "gh.area_hi": ""}]
    )
    def test_without_an_area_no_scoped_row_is_seen_or_written(
        self, toy_worker: ToyDatabase, settings: dict[str, str]
    ) -> None:
        url = toy_worker.names.service_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url) as connection:
            connection.execute("SET LOCAL ROLE gh_app")
            for name, value in settings.items():
                connection.execute("SELECT set_config(%s, %s, true)", (name, value))
            for table in (*SCOPED, *SEEN_FROM_BELOW):
                assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
            assert connection.execute("UPDATE house SET remark = 'x'").rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("INSERT INTO hazard_event (scope_code, name, kind) VALUES ('990001', 'x', 'flood')")

    def test_a_used_connection_of_the_pool_knows_nobody_any_more(self, toy_worker: ToyDatabase) -> None:
        database = Database(toy_worker.names.service_url, pool_size=1, stream_pool_size=1)
        try:
            with database.transaction(toy_worker.actor()) as session:
                pid = session.scalar(text("SELECT pg_backend_pid()"))
                assert session.scalar(text("SELECT count(*) FROM house")) == 43
            with Session(database.engine) as session:
                assert session.scalar(text("SELECT pg_backend_pid()")) == pid
                assert session.scalar(text("SELECT current_user")) == "gh_service"
                assert session.scalar(text("SELECT current_setting('gh.area_lo', true)")) == ""
            with Session(database.engine) as session, pytest.raises(ProgrammingError):
                session.execute(text("SELECT count(*) FROM house"))
            with database.blind_transaction() as session:
                assert session.scalar(text("SELECT count(*) FROM house")) == 0
        finally:
            database.close()

    def test_each_township_sees_its_own_rows_and_together_they_are_all(self, toy_worker: ToyDatabase) -> None:
        for table, whose in SCOPED.items():
            counts = {}
            for area in ("", WEST, EAST):
                with toy_worker.transaction(area) as session:
                    codes = session.scalars(text(f"SELECT {whose} FROM {table}")).all()
                assert all(code.startswith(area) for code in codes), table
                counts[area] = len([code for code in codes if code.startswith("990001") and len(code) >= 9])
            assert counts[""] == counts[WEST] + counts[EAST], table

    def test_nobody_writes_a_row_into_the_area_of_others(self, toy: ToyDatabase) -> None:
        with toy.transaction(WEST) as session:
            for statement in (
                f"UPDATE house SET remark = 'x' WHERE scope_code LIKE '{EAST}%'",
                "UPDATE area SET name = 'x' WHERE code = '990001'",
            ):
                assert session.execute(text(statement)).rowcount == 0, statement  # type: ignore[attr-defined] # it has
        for statement in (
            f"UPDATE house SET scope_code = '{EAST}201' WHERE code = '西一-A'",
            f"INSERT INTO hazard_event (scope_code, name, kind) VALUES ('{EAST}', 'x', 'flood')",
            f"UPDATE area SET code = '{EAST}209' WHERE code = '{WEST}204'",
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), toy.transaction(WEST) as session:
                session.execute(text(statement))

    def test_a_higher_identity_is_refused(self, toy_worker: ToyDatabase) -> None:
        toy_worker.database.check_identity()
        above = Database(toy_worker.names.admin_url, pool_size=1, stream_pool_size=1)
        engine = create_engine(toy_worker.names.admin_url)
        try:
            # Becoming gh_app is what the door does; whoever may stay what they are does not pass.
            with engine.connect() as connection:
                connection.execute(DOOR, {"lo": "", "hi": "", "actor": "x"})
                assert connection.scalar(text("SELECT current_user")) == "gh_app"
            above.engine.dispose()
            object.__setattr__(above, "blind_transaction", lambda: _bare(above))
            with pytest.raises(NotReady, match="gh_super"):
                above.check_identity()
        finally:
            above.close()
            engine.dispose()

    def test_actor_stands_in_the_transaction_only(self, toy_worker: ToyDatabase) -> None:
        actor = Actor(name="user:somebody", scope=AreaScope(WEST))
        with toy_worker.database.transaction(actor) as session:
            assert session.scalar(text("SELECT current_setting('gh.actor')")) == "user:somebody"
        with toy_worker.database.blind_transaction(NOBODY) as session:
            assert session.scalar(text("SELECT current_setting('gh.actor')")) == "system"

    def test_a_stream_reads_a_snapshot_and_cannot_write(self, toy_worker: ToyDatabase) -> None:
        with toy_worker.database.stream(toy_worker.actor(WEST)) as connection:
            assert connection.scalar(text("SELECT count(*) FROM house")) == 22
            assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
            with pytest.raises(DBAPIError, match="read-only"):
                connection.execute(text("UPDATE house SET remark = 'x'"))


def _bare(database: Database) -> Session:
    return Session(database.engine)
