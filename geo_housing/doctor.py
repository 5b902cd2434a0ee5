"""Looks an installation over: every check says what it found, and what to do where it is not well."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from geo_housing.db import NOBODY, Database
from geo_housing.errors import GeoHousingError, NotReady
from geo_housing.files.storage import FileStore
from geo_housing.houses.living import SIZE_SQL
from geo_housing.journal.digest import verify_chain
from geo_housing.migrations.revisions import head_revision, refuse_newer
from geo_housing.rekeying import ready_keys
from geo_housing.settings import Settings
from geo_housing.web_assets import PACKAGES, STATIC, VENDOR

FILES_SAMPLE = 200
LEAST_FREE_BYTES = 2 << 30
# A worker that lives says so every ten seconds.
WORKER_SILENT_S = 60
# The chain follows six hours after midnight.
MOST_WAITING_DAYS = 1

_UNGUARDED = text("""
    SELECT string_agg(c.relname, '、' ORDER BY c.relname) FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'scope_code' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
""")
_GRID = text("""
    WITH counted AS (
        SELECT tile_key >> 16 AS cell, scope_code, risk, renovation, count(*) AS n FROM house
        WHERE tile_key IS NOT NULL AND ended_on IS NULL GROUP BY 1, 2, 3, 4
    ), grid AS (
        SELECT cell, scope_code, risk, renovation, sum(houses) AS n FROM (
            SELECT cell, scope_code, risk, renovation, houses FROM house_grid
            UNION ALL SELECT cell, scope_code, risk, renovation, houses FROM house_grid_delta
        ) both_parts GROUP BY 1, 2, 3, 4
    )
    SELECT coalesce(sum(c.n), 0), count(*) FILTER (WHERE coalesce(c.n, 0) <> coalesce(g.n, 0))
    FROM counted c FULL JOIN grid g USING (cell, scope_code, risk, renovation)
""")
# The sums of events that pages and reports ask all night, beside what stands.
_EVENTS = text("""
    SELECT (SELECT count(*) FROM emergency_inspection i JOIN hazard_event e ON e.id = i.event_id WHERE e.mode = 'actual'),
        (SELECT count(*) FROM (
            SELECT event_id, scope_code, state, result, damage, uncertain, due_at, sum(n) FROM (
                SELECT event_id, scope_code, state, result, damage, uncertain, due_at, 1 AS n FROM emergency_inspection
                UNION ALL
                SELECT event_id, scope_code, state, result, damage, uncertain, due_at, -houses FROM inspection_count
            ) both_parts GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0) wrong)
        + (SELECT count(*) FROM (
            SELECT event_id, scope_code, state FROM (
                SELECT event_id, scope_code, state, 1 AS n, coalesce(people, 0)::int AS people,
                    (household_id IS NULL AND house_id IS NOT NULL)::int AS without_family FROM evacuation
                WHERE withdrawn_at IS NULL
                UNION ALL
                SELECT event_id, scope_code, state, -households, -people, -without_family FROM evacuation_count
            ) both_parts GROUP BY 1, 2, 3 HAVING (sum(n), sum(people), sum(without_family)) <> (0, 0, 0)) wrong)
""")
# The caches that analyses, orders and exports go by, instead of joining the families of a million houses (as house_recount
# keeps them), and the name of an owner who lives in another house (migration 0051): of several the one recorded first.
_FAMILIES = text(f"""
    WITH counted AS (
        SELECT l.house_id, count(*) AS households, sum(coalesce(k.persons, 0)) AS people,
            count(*) - count({SIZE_SQL}) AS unsized, min(k.id) AS first,
            string_agg(array_to_string(key_groups_of(k.categories), ','), ',' ORDER BY k.id) AS groups,
            string_agg(array_to_string(k.traits, ','), ',' ORDER BY k.id) AS traits
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.relation = 'lives' AND l.to_on IS NULL GROUP BY l.house_id
    ), owned AS (
        SELECT DISTINCT ON (l.house_id) l.house_id, k.head
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.relation = 'owns' AND l.to_on IS NULL AND k.head IS NOT NULL ORDER BY l.house_id, k.id
    )
    SELECT coalesce(sum(c.households), 0), coalesce(sum(c.people), 0),
        count(*) FILTER (WHERE (h.households, h.people, h.households_without_size)
            <> (coalesce(c.households, 0), coalesce(c.people, 0), coalesce(c.unsized, 0))
            OR h.first_household_id IS DISTINCT FROM c.first),
        count(*) FILTER (WHERE (array_to_string(h.key_groups, ','), array_to_string(h.traits, ','))
            IS DISTINCT FROM (c.groups, c.traits)),
        count(*) FILTER (WHERE h.owner IS DISTINCT FROM o.head)
    FROM house h LEFT JOIN counted c ON c.house_id = h.id LEFT JOIN owned o ON o.house_id = h.id
""")
# A family that lives in a house which has ended is in no list and in no figure.
_HOMES = text("""
    SELECT (SELECT count(*) FROM house_household l JOIN house h ON h.id = l.house_id
            WHERE h.ended_on IS NOT NULL AND l.relation = 'lives' AND l.to_on IS NULL),
        (SELECT count(*) FROM households_waiting('0', ':'))
""")
_QUEUE = text("""
    SELECT (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :silent)),
        (SELECT count(*) FROM job WHERE state = 'waiting'),
        (SELECT count(*) FROM job WHERE state = 'running'),
        (SELECT count(*) FROM job WHERE state = 'failed' AND finished_at > now() - interval '1 day'),
        (SELECT count(*) FROM house_grid_delta)
""")


@dataclass(frozen=True)
class Check:
    """One finding; ``ok`` False is a thing to mend, and ``detail`` says how."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings, open_database: Callable[[], Database], *, quick: bool = False) -> Iterator[Check]:
    """All checks; those of the database are left out when it cannot be reached, which is a finding itself.

    ``quick`` leaves out what reads every house, the whole journal or many files: a container asks each minute.
    """
    try:
        database = open_database()
    except (GeoHousingError, SQLAlchemyError) as error:
        yield Check("cluster", False, _told(error))
        yield from _outside(settings)
        return
    try:
        for name, look in _INSIDE.items():
            if quick and name in _LONG:
                continue
            yield _check(name, lambda look=look: look(settings, database))  # type: ignore[misc] # bound at once
    finally:
        database.close()
    yield from _outside(settings)


def _outside(settings: Settings) -> Iterator[Check]:
    for name, look in (("assets", _assets), ("base_map", _base_map), ("disk", _disk)):
        yield _check(name, lambda look=look: look(settings))  # type: ignore[misc] # bound at once


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (GeoHousingError, SQLAlchemyError, OSError) as error:
        return Check(name, False, _told(error))


def _told(error: Exception) -> str:
    if isinstance(error, GeoHousingError):
        return error.sentence
    # The driver's text names hosts and may quote values.
    return f"无法检查（{type(error).__name__}），请查看日志。"


def _cluster(settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        version = session.scalar(text("SHOW server_version"))
    where = "外部服务器" if settings.database_url else f"自带数据库 {settings.pgdata}"
    return f"{where}，PostgreSQL {version}"


def _extensions(_settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        version = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'"))
        if version is None:
            raise NotReady("没有 PostGIS 扩展，请运行 geo-housing db migrate。")
        library = session.scalar(text("SELECT postgis_lib_version()"))
    return f"PostGIS {library}"


def _migrations(_settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    refuse_newer(found)
    if found != head_revision():
        raise NotReady(f"数据库结构是 {found}，程序需要 {head_revision()}，请运行 geo-housing db migrate。")
    return str(found)


def _identity(_settings: Settings, database: Database) -> str:
    database.check_identity()
    with database.transaction(NOBODY) as session:
        unguarded = session.scalar(_UNGUARDED)
    if unguarded:
        raise NotReady(f"这些表没有行级安全策略：{unguarded}。请不要使用，并联系开发人员。")
    return "gh_app，行级安全有效"


def _keys(settings: Settings, database: Database) -> str:
    ring = ready_keys(database, settings)
    return f"{settings.keys_file}，当前 {ring.current} 号密钥，共 {len(ring.keys)} 把；请另行保管一份"


def _grid(_settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        houses, wrong = session.execute(_GRID).one()
    if wrong:
        raise NotReady(f"地图计数网格有 {wrong} 格与农房不符，请从备份恢复或联系开发人员。")
    return f"{houses:,} 栋，与计数网格一致"


def look_at_events(_settings: Settings, database: Database) -> str:
    """Whether the sums of every event are those of its rows; how many there are is told of real events alone."""
    with database.transaction(NOBODY) as session:
        inspections, wrong = session.execute(_EVENTS).one()
    if wrong:
        raise NotReady(f"事件的合计数有 {wrong} 项与逐户登记不符，请从备份恢复或联系开发人员。")
    return f"排查任务 {inspections:,} 栋，各事件的合计数与逐户登记一致"


def look_at_families(_settings: Settings, database: Database) -> str:
    """Whether every house bears the counts and traits of the families that live in it, and the name of whom it belongs to."""
    with database.transaction(NOBODY) as session:
        households, people, wrong, mistaken, misnamed = session.execute(_FAMILIES).one()
    if wrong:
        raise NotReady(f"有 {wrong} 栋农房登记的户数、人数与住户不符，请从备份恢复或联系开发人员。")
    if mistaken:
        raise NotReady(f"有 {mistaken} 栋农房登记的六类重点对象、避险特征与住户不符，请从备份恢复或联系开发人员。")
    if misnamed:
        raise NotReady(f"有 {misnamed} 栋农房上记的房主（另有住处）与拥有该房的户不符，请从备份恢复或联系开发人员。")
    return f"{households:,} 户，{people:,} 人，与各栋登记的一致"


def _homes(_settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        lost, waiting = session.execute(_HOMES).one()
    if lost:
        raise NotReady(
            f"有 {lost} 户登记住在已终止的房屋里，不在任何名单和统计中；请在这些房屋的页面恢复房屋，登记搬离后再终止。"
        )
    return f"没有农户住在已终止的房屋里；无房户 {waiting} 户"


def _journal(_settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        state = verify_chain(session)
    if state.broken_on:
        raise NotReady(f"日志链在 {state.broken_on} 断开：当天的日志在记录之后被改动过。请保护现场并查明原因。")
    if state.waiting_days > MOST_WAITING_DAYS:
        raise NotReady(f"有 {state.waiting_days} 天的日志还没有入链，请检查工作进程（geo-housing worker）是否在运行。")
    if state.head is None:
        return "还没有满一天的日志"
    return f"{state.days} 天，到 {state.last_day}，链头 {state.head.hex()[:16]}"


def _queue(_settings: Settings, database: Database) -> str:
    with database.transaction(NOBODY) as session:
        workers, waiting, running, failed, deltas = session.execute(_QUEUE, {"silent": WORKER_SILENT_S}).one()
    if waiting and not workers:
        raise NotReady(
            f"{waiting} 项任务在等待，却没有工作进程；请运行 geo-housing up，或单独运行 geo-housing worker。"
        )
    return f"工作进程 {workers}，等待 {waiting}，进行中 {running}，一天内失败 {failed}，待合并计数 {deltas}"


def _files(settings: Settings, database: Database) -> str:
    """A sample, not all: it must not take an hour. A backup verifies every file."""
    store = FileStore(settings.files)
    with database.transaction(NOBODY) as session:
        names = list(
            session.scalars(
                text(
                    "SELECT sha256 FROM (SELECT DISTINCT sha256 FROM stored_file WHERE arrived_at IS NOT NULL) known"
                    " ORDER BY random() LIMIT :most"
                ),
                {"most": FILES_SAMPLE},
            )
        )
    bad = [name for name in names if not store.holds(name) or _hash(store, name) != name]
    if bad:
        raise NotReady(f"抽查 {len(names)} 个文件，{len(bad)} 个缺失或损坏（如 {bad[0][:12]}…），请从备份恢复。")
    return f"抽查 {len(names)} 个，内容与校验值一致"


def _hash(store: FileStore, name: str) -> str:
    digest = hashlib.sha256()
    for piece in store.read(name):
        digest.update(piece)
    return digest.hexdigest()


def _assets(_settings: Settings) -> str:
    missing = [path for path in VENDOR.values() if not (PACKAGES / path).is_file()]
    if missing or not STATIC.is_dir():
        raise NotReady(f"页面文件缺少 {len(missing)} 个（如 {missing[0] if missing else STATIC}），请运行 make setup。")
    return f"{len(VENDOR)} 个页面文件齐全"


def _base_map(settings: Settings) -> str:
    chosen = settings.base_map
    if chosen.kind == "none":
        return "未设置底图（不影响使用）"
    if chosen.folder is not None and not any(chosen.folder.glob("*/*/*.*")):
        raise NotReady(f"底图目录 {chosen.folder} 里没有 z/x/y 瓦片，请检查 GEO_HOUSING_BASE_MAP。")
    if chosen.kind != "folder" and not chosen.approval_number:
        return f"{chosen.kind}；公开使用时请用 GEO_HOUSING_BASE_MAP_APPROVAL 写明审图号"
    return f"{chosen.kind} {chosen.approval_number}".strip()


def _disk(settings: Settings) -> str:
    settings_home = settings.home if settings.home.exists() else settings.home.parent
    free = shutil.disk_usage(settings_home).free
    if free < LEAST_FREE_BYTES:
        raise NotReady(f"{settings_home} 所在磁盘只剩 {free >> 20} MB，请清理或扩容。")
    return f"{settings_home} 所在磁盘剩余 {free >> 30} GB"


_INSIDE: dict[str, Callable[[Settings, Database], str]] = {
    "cluster": _cluster,
    "extensions": _extensions,
    "migrations": _migrations,
    "roles": _identity,
    "keys": _keys,
    "grid": _grid,
    "events": look_at_events,
    "families": look_at_families,
    "homes": _homes,
    "journal": _journal,
    "queue": _queue,
    "files": _files,
}
_LONG = frozenset({"grid", "events", "families", "homes", "journal", "files"})
