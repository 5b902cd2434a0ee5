"""The night of a red warning over six townships: the text as its page shows it, a township's list, progress while phones write.

Everything over HTTP, as people meet it, beside limits and beside the bare statement that asks the same of the tables, by the
superuser without policies.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from statistics import median
from time import perf_counter
from typing import Any, LiteralString

import numpy as np
import psycopg
from sqlalchemy import text

from bench.county import Points
from bench.measures.ledger import DATA
from bench.scratch import COUNTY, Scratch, actor
from bench.service import Client, Service, running_service
from bench.table import Row, median_seconds, say
from geo_housing import clock
from geo_housing.db import Database
from geo_housing.links.service import make_links
from geo_housing.response.service import respond

Connection = psycopg.Connection[tuple[object, ...]]

TOWNSHIPS = 6
# Half of the phones save what they see by a village's link, half say who is moved. Each saves one house every so many
# seconds, which nobody does who walks from one to the next.
PHONES, PAUSE = 50, 2.0
READS = 40
PREVIEW_MS, LIST_MS, PROGRESS_MS = 2000.0, 300.0, 100.0

_CONCERNED = """
    SELECT left(scope_code, 9), risk, count(*), sum(households), sum(people) FROM house
    WHERE ended_on IS NULL AND left(scope_code, 9) = ANY (%s) GROUP BY 1, 2
"""
_LISTED = """
    SELECT e.*, h.code, h.risk, k.head, k.phone_masked FROM evacuation e
    LEFT JOIN house h ON h.id = e.house_id LEFT JOIN household k ON k.id = e.household_id
    WHERE e.event_id = %s AND e.withdrawn_at IS NULL AND e.scope_code >= %s AND e.scope_code < %s
    ORDER BY e.scope_code, e.state <> 'pending', e.place, e.id LIMIT 200
"""
_INSPECTIONS = "SELECT scope_code, state, result, damage, count(*) FROM emergency_inspection WHERE event_id = %s GROUP BY 1, 2, 3, 4"
_MOVES = """
    SELECT scope_code, state, count(*), sum(people) FROM evacuation WHERE event_id = %s AND withdrawn_at IS NULL GROUP BY 1, 2
"""


@dataclass
class Phone:
    """Somebody who saves one house after the other: where, with what; ``took`` seconds each, as many as went through."""

    client: Client
    method: str
    paths: list[str]
    versions: list[int]
    body: Mapping[str, object]
    took: list[float] = field(default_factory=list)
    error: Exception | None = None

    def work(self, begin: float, ended: threading.Event) -> None:
        """Until ``ended``, at a pace of their own, whatever the service does."""
        following = perf_counter() + begin
        for path, version in zip(self.paths, self.versions, strict=True):
            if ended.wait(max(0.0, following - perf_counter())):
                break
            begun = perf_counter()
            try:
                self.client.send(self.method, path, body={**self.body, "version": version})
            except Exception as error:  # noqa: BLE001 -- told when all have ended
                self.error = error
                break
            self.took.append(perf_counter() - begun)
            following = max(following + PAUSE, perf_counter())
        self.client.close()


def measure(scratch: Scratch, database: Database, points: Points, rounds: int) -> Iterator[Row]:
    """The rows of the night, from the pasted text on."""
    townships = _largest(points)
    reads = READS if rounds > 1 else 3
    with running_service(scratch, database, DATA) as service:
        desk = service.signed_in("county", COUNTY)
        names = [name for _, name in townships]
        pasted = _warning(names, "将暴雨橙色预警信号升级为暴雨红色预警信号")
        yield from _preview(scratch, desk, pasted, [code for code, _ in townships], rounds)
        event = _confirmed(desk, _warning(names, "发布暴雨橙色预警信号"))
        yield from _upgrade(scratch, desk, pasted, event, [code for code, _ in townships], rounds)
        assert _confirmed(desk, pasted, event) == event, "the upgrade joins the event"
        begun = perf_counter()
        with database.transaction(actor(COUNTY)) as session:
            given = respond(session, actor(COUNTY), event)
        say(
            f"  tasks given: {given.opened:,} inspections, {given.evacuation.opened:,} households,"
            f" {perf_counter() - begun:.1f} s"
        )
        # As the service's own upkeep does after a large change.
        with scratch.connect(DATA) as connection:
            connection.execute("VACUUM (ANALYZE) emergency_inspection, evacuation")
        yield from _compared(scratch, service, event, townships, given.opened, rounds)
        yield from _list(scratch, service, event, townships[0][0], given.evacuation.opened, reads)
        yield from _progress(scratch, service, event, given.opened, given.evacuation.opened, reads)


def _largest(points: Points) -> list[tuple[str, str]]:
    """The six townships with the most houses."""
    houses = np.bincount(points.village, minlength=len(points.villages))
    found = []
    for code, villages in groupby(enumerate(points.villages), key=lambda one: one[1][0][:9]):
        listed = list(villages)
        found.append((sum(int(houses[n]) for n, _ in listed), code, listed[0][1][1]))
    return [(code, name) for _, code, name in sorted(found, reverse=True)[:TOWNSHIPS]]


def _warning(names: list[str], does: str) -> str:
    at = clock.now().astimezone(clock.BEIJING)
    said = f"{at.year}年{at.month}月{at.day}日{at:%H时%M分}"
    return (
        f"突泉县气象台{said}{does}：预计未来3小时，我县{'、'.join(names)}"
        "降雨量将达100毫米以上，伴有短时强降水、雷暴大风，发生山洪、地质灾害的风险很高，请转移危险地带人员并停止户外作业。"
    )


def _preview(scratch: Scratch, desk: Client, pasted: str, townships: list[str], rounds: int) -> Iterator[Row]:
    read = json.loads(desk.send("POST", "/api/v1/warnings/read", body={"text": pasted}))
    assert {area["code"] for area in read["areas"]} == set(townships), "the text names these townships"
    houses = read["effect"]["affected"]["houses"]
    seconds, page = median_seconds(rounds, lambda: desk.send("POST", "/events/warnings", form={"text": pasted}))
    assert f"{houses:,}" in page.decode(), "the page shows whom it concerns"
    with scratch.connect(DATA) as connection:
        bare, _ = median_seconds(rounds, partial(_fetched, connection, _CONCERNED, [townships]))
    what = f"red warning pasted, six townships, {houses:,} houses: page with 影响分析"
    yield Row(what, seconds * 1000, "limit", PREVIEW_MS, 1.0, unit="ms")
    yield Row(what, seconds * 1000, "bare count by township and risk", bare * 1000, None, unit="ms")


def _upgrade(
    scratch: Scratch, desk: Client, pasted: str, event: int, townships: list[str], rounds: int
) -> Iterator[Row]:
    """The same text once the townships stand in an event at orange: the difference is shown before it is applied."""
    effect = json.loads(desk.send("POST", "/api/v1/warnings/read", body={"text": pasted}))["effect"]
    houses = effect["affected"]["houses"]
    assert (effect["event"], effect["raised"]) == (event, houses + effect["affected"]["uncertain"])
    seconds, page = median_seconds(rounds, lambda: desk.send("POST", "/events/warnings", form={"text": pasted}))
    assert f"{houses:,}" in page.decode(), "the page shows whom it concerns"
    with scratch.connect(DATA) as connection:
        bare, _ = median_seconds(rounds, partial(_fetched, connection, _CONCERNED, [townships]))
    what = f"upgrade of an open event, six townships, {houses:,} houses: page with the difference and 影响分析"
    yield Row(what, seconds * 1000, "limit", PREVIEW_MS, 1.0, unit="ms")
    yield Row(what, seconds * 1000, "bare count by township and risk", bare * 1000, None, unit="ms")


def _confirmed(desk: Client, pasted: str, event: int | None = None) -> int:
    read = json.loads(desk.send("POST", "/api/v1/warnings/read", body={"text": pasted}))
    areas = [{"code": area["code"]} for area in read["areas"]]
    said = {name: read[name] for name in ("action", "kind", "level", "issuer", "issued_at")}
    body = {"text": pasted, "warnings": [{**said, "areas": areas, "event": event}]}
    return int(json.loads(desk.send("POST", "/api/v1/warnings", body=body))["warnings"][0]["event"])


def _compared(
    scratch: Scratch, service: Service, event: int, townships: list[tuple[str, str]], houses: int, rounds: int
) -> Iterator[Row]:
    """What the event's page asks for when it stands: whether tasks and lists are still what the register says."""
    codes = [code for code, _ in townships]
    for who, role, area, asked in (
        (f"the county, {houses:,} houses", "county", COUNTY, codes),
        ("one township", "township", codes[0], codes[:1]),
    ):
        client = service.signed_in(role, area)
        seconds, part = median_seconds(rounds, partial(client.send, "GET", f"/events/{event}/next"))
        assert b"next-step" in part
        with scratch.connect(DATA) as connection:
            bare, _ = median_seconds(rounds, partial(_fetched, connection, _CONCERNED, [asked]))
        what = f"tasks and lists compared with the register beside the event's page: {who}"
        yield Row(what, seconds * 1000, "bare count by township and risk", bare * 1000, None, unit="ms")


def _list(scratch: Scratch, service: Service, event: int, township: str, households: int, reads: int) -> Iterator[Row]:
    """As the township's officer opens it: the page of those not moved, with the sums above."""
    office = service.signed_in("township", township)
    path = f"/events/{event}/evacuation/areas/{township}?all=1"
    seconds, page = median_seconds(reads, lambda: office.send("GET", path))
    assert b"evacuation" in page
    with scratch.connect(DATA) as connection:
        bare, _ = median_seconds(reads, partial(_fetched, connection, _LISTED, [event, township, township + ":"]))
    what = f"evacuation list of one township (of {households:,} households): page of 200 with the sums"
    yield Row(what, seconds * 1000, "limit", LIST_MS, 1.0, unit="ms")
    yield Row(what, seconds * 1000, "bare SELECT of the same 200 rows", bare * 1000, None, unit="ms")


def _progress(
    scratch: Scratch, service: Service, event: int, houses: int, households: int, reads: int
) -> Iterator[Row]:
    reader = service.with_token("county", COUNTY)
    asked = {
        f"progress of {houses:,} inspections": (f"/api/v1/events/{event}/progress", _INSPECTIONS),
        f"应转/已转 of {households:,} households": (f"/api/v1/events/{event}/evacuation/totals", _MOVES),
    }
    with scratch.connect(DATA) as connection:
        bare = {
            what: median_seconds(3, partial(_fetched, connection, statement, [event]))[0]
            for what, (_, statement) in asked.items()
        }
    phones = _phones(service, event)
    paths = {what: path for what, (path, _) in asked.items()}
    taken, written, seconds = _while_writing(phones, reader, paths, reads)
    rate = f"while {len(phones)} phones write ({written / seconds:.0f} a second went through)"
    slow = median(took for phone in phones for took in phone.took)
    say(f"  {written:,} writes in {seconds:.1f} s, {slow * 1000:.0f} ms each")
    for what in asked:
        ours = median(taken[what]) * 1000
        yield Row(f"{what} {rate}", ours, "limit", PROGRESS_MS, 1.0, unit="ms")
        yield Row(f"{what} {rate}", ours, "bare count, nobody writes", bare[what] * 1000, None, unit="ms")


def _fetched(connection: Connection, statement: LiteralString, values: list[object]) -> list[Any]:
    return connection.execute(statement, values).fetchall()


def _while_writing(
    phones: list[Phone], reader: Client, paths: dict[str, str], reads: int
) -> tuple[dict[str, list[float]], int, float]:
    """What ``reads`` times reading took while all phones wrote; how many writes went through, in how many seconds."""
    ended = threading.Event()
    threads = [
        threading.Thread(target=phone.work, args=(PAUSE * n / len(phones), ended)) for n, phone in enumerate(phones)
    ]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    ended.wait(PAUSE)
    taken: dict[str, list[float]] = {what: [] for what in paths}
    for _ in range(reads):
        for what, path in paths.items():
            asked = perf_counter()
            reader.send("GET", path)
            taken[what].append(perf_counter() - asked)
            ended.wait(0.1)
    seconds = perf_counter() - begun
    ended.set()
    for thread in threads:
        thread.join()
    for phone in phones:
        if phone.error is not None:
            raise phone.error
    return taken, sum(len(phone.took) for phone in phones), seconds


def _phones(service: Service, event: int) -> list[Phone]:
    """Each in a village of its own, with more houses to see than the measure lasts."""
    most = 1000
    with service.database.transaction(actor(COUNTY)) as session:
        villages = list(
            session.scalars(
                text(
                    "SELECT scope_code FROM evacuation WHERE event_id = :event AND length(scope_code) = 12"
                    " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :n"
                ),
                {"event": event, "n": PHONES},
            )
        )
        links = {code: make_links(session, actor(COUNTY), event, area=code)[1][0] for code in villages[::2]}
    phones = []
    for code in villages:
        link = links.get(code)
        table = "emergency_inspection" if link else "evacuation"
        with service.database.transaction(actor(code)) as session:
            rows = session.execute(
                text(
                    f"SELECT id, version FROM {table} WHERE event_id = :event AND scope_code = :code ORDER BY id LIMIT :n"
                ),
                {"event": event, "code": code, "n": most},
            ).all()
        if link:
            client, base = service.by_link(link.token), f"/v/{link.link.id}/api/"
            body = {"result": "no_visible_hazard", "visitor": "巡查员", "visited_at": clock.now().isoformat()}
        else:
            client, base = service.with_token("village", code), f"/api/v1/events/{event}/evacuation/"
            body = {"state": "moved_to_kin", "destination": "亲戚家"}
        paths = [f"{base}{row.id}" for row in rows]
        phones.append(Phone(client, "PATCH", paths, [row.version for row in rows], body))
    return phones
