"""The toy county with something of every kind in both townships, so that there is something to leak."""

import io
import math
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from geo_housing.accounts.departments import add_department
from geo_housing.db import Database
from geo_housing.keys import load_keys
from geo_housing.settings import Settings
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.toy import TEMPLATE as TOY
from tests.fixtures.toy import ToyDatabase
from tests.toy_county.county import COUNTY, EAST, WEST

FURNISHED = "geo_housing_scope"


@dataclass(frozen=True)
class Land:
    """What one township has; the attributes stand in the addresses of the table as {mine.…} and {theirs.…}."""

    area: str
    village: str
    house: str
    household: int
    event: int
    zone: int
    standing: int
    inspection: int
    photo: int
    loose: int
    call: int
    job: int
    batch: int
    contact: int
    shelter: int
    technician: int
    roster_load: int
    move: int
    figure: int
    link: int
    linked_move: int
    token: str
    shift: int
    officer: int
    department: int
    order: int
    user: str
    grant: int
    bbox: str
    tile: str
    lon: float
    # Texts that only this township's rows hold; none may reach the other one.
    marks: tuple[str, ...]
    # 栋 that its own people count, with a point and in all.
    located: int
    houses: int


# A county's event is everybody's, and so is its shape: it must not be named after a township.
WHOLE = {
    "type": "Polygon",
    "coordinates": [[[119.999, 44.999], [120.041, 44.999], [120.041, 45.021], [119.999, 45.021], [119.999, 44.999]]],
}
WEST_MARKS = (WEST, "西山镇", "西一", "西二", "西三", "西四", "西街")
EAST_MARKS = (EAST, "东河乡", "东一", "东二", "东三", "东四")


@dataclass(frozen=True)
class Country:
    """The toy database with both lands."""

    toy: ToyDatabase
    west: Land
    east: Land


def furnish(toy: ToyDatabase) -> Country:
    """Events, tasks, photos, standing areas, users and jobs in both townships, and one event of the county for both."""
    county = toy.browser(toy.member("county", COUNTY))
    event = posted(
        county, "/api/v1/events", {"name": "全县暴雨", "kind": "rainstorm", "level": "red", "geometry": WHOLE}
    )
    posted(county, f"/api/v1/events/{event['event']}/respond", {})
    return Country(toy, _land(toy, WEST, "西一", 120.0, WEST_MARKS), _land(toy, EAST, "东一", 120.02, EAST_MARKS))


def _land(toy: ToyDatabase, area: str, village: str, west: float, marks: tuple[str, ...]) -> Land:
    member = toy.member("township", area)
    client = toy.browser(member)
    event = posted(client, "/api/v1/events", {"name": f"{marks[1]}山洪", "kind": "flash_flood", "areas": [area]})[
        "event"
    ]
    posted(client, f"/api/v1/events/{event}/respond", {})
    shape = {
        "type": "Polygon",
        "coordinates": [[[west, 45], [west + 0.01, 45], [west + 0.01, 45.01], [west, 45.01], [west, 45]]],
    }
    posted(client, "/api/v1/standing-areas", {"geometry": shape, "kind": "geological", "name": f"{marks[1]}滑坡"})
    with toy.transaction(area) as session:

        def one(query: str, **values: Any) -> Any:
            return session.scalar(text(query), values)

        house = f"{village}-D"
        found: dict[str, Any] = {
            "household": one(
                "SELECT l.household_id FROM house_household l JOIN house h ON h.id = l.house_id WHERE h.code = :c",
                c=house,
            ),
            "zone": one("SELECT min(id) FROM hazard_zone WHERE event_id = :e", e=event),
            "standing": one(
                "SELECT max(id) FROM hazard_zone WHERE event_id IS NULL AND scope_code LIKE :a", a=f"{area}%"
            ),
            "inspection": one(
                "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e AND h.code = :c",
                e=event,
                c=house,
            ),
            "move": one(
                "SELECT e.id FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = 1 AND h.code = :c",
                c=house,
            ),
            "houses": one("SELECT count(*) FROM house"),
            "located": one("SELECT count(*) FROM house WHERE geom IS NOT NULL"),
        }
        found["batch"] = one(
            "INSERT INTO import_batch (scope_code, actor, file_name, source_crs, finished_at)"
            " VALUES (:code, :actor, :name, 'EPSG:4326', now()) RETURNING id",
            code=area,
            actor=f"user:{member.name}",
            name=f"{marks[1]}台账.csv",
        )
        for table, more in (("contact", "role, "), ("shelter", ""), ("technician", "")):
            found[table] = one(
                f"INSERT INTO {table} (scope_code, {more}name, phone_cipher, phone_key, phone_masked, created_by)"
                f" VALUES (:code, {more and chr(39) + 'secretary' + chr(39) + ', '}:name, '\\x01', gen_random_uuid(), :name, 'cli:tests')"
                " RETURNING id",
                code=f"{area}201" if table == "contact" else area,
                name=f"{marks[1]}的人",
            )
            sealed = load_keys(toy.settings.keys_file).encrypt(
                "0482-0000000", field=f"{table}.phone", owner=found[table]
            )
            session.execute(
                text(f"UPDATE {table} SET phone_cipher = :sealed WHERE id = :id"),
                {"sealed": sealed, "id": found[table]},
            )
        found["roster_load"] = one(
            "INSERT INTO roster_load (scope_code, kind, file_name, actor) VALUES (:code, 'contacts', :name, 'cli:tests')"
            " RETURNING id",
            code=area,
            name=f"{marks[1]}通讯录.xlsx",
        )
        found["job"] = one(
            "INSERT INTO job (scope_code, actor, user_id, task, args, key, state, result)"
            " VALUES (:code, :actor, :user, 'test', '{}', :code, 'done', jsonb_build_object('name', CAST(:name AS text)))"
            " RETURNING id",
            code=area,
            actor=f"user:{member.name}",
            user=member.user_id,
            name=f"{marks[1]}山洪",
        )
    photo = client.post(
        f"/api/v1/inspections/{found['inspection']}/photos", files={"file": ("a.jpg", _picture(), "image/jpeg")}
    )
    assert photo.status_code in (200, 201), photo.text
    loose = client.post(
        f"/api/v1/events/{event}/photos/{area}/photos", files={"file": (f"{marks[1]}.jpg", _picture(), "image/jpeg")}
    )
    assert loose.status_code == 200, loose.text
    found["loose"] = loose.json()["id"]
    told = {"area": area, "households": 40, "people": 90, "reported_by": f"{marks[1]}镇长", "sure": True}
    found["figure"] = posted(client, "/api/v1/events/1/evacuation/figures", told)["id"]
    given = client.post(f"/events/{event}/links", data={"area": f"{area}201"})
    extra = {"area": f"{area}201", "head": f"{marks[1]}外来户", "what": "东墙倒塌", "is_house": False}
    posted(client, f"/api/v1/events/{event}/evacuation/extra", extra)
    with toy.transaction(area) as session:
        found["token"] = given.text.partition("/v/")[2][:43]
        found["link"] = one("SELECT max(id) FROM village_link")
        found["linked_move"] = one(
            "SELECT max(id) FROM evacuation WHERE event_id = :e AND scope_code = :v", e=event, v=f"{area}201"
        )
        found["photo"] = session.scalar(text("SELECT max(id) FROM inspection_photo"))
    with toy.transaction(area) as session:
        found["department"] = add_department(
            session, toy.actor(area), scope_code=area, name=f"{marks[1]}-A", categories=["K2", "K3"]
        ).id
    with toy.transaction(area) as session:
        firm = {"code": area, "unit": f"{area}-lab", "name": f"{marks[1]}的人", "event": event, "house": house}
        session.execute(text("UPDATE technician SET unit = :unit WHERE scope_code = :code"), firm)
        found["order"] = session.scalar(
            text(
                "WITH o AS (INSERT INTO work_order (scope_code, organisation, event_id, due_on, made_by)"
                " VALUES (:code, :unit, :event, '2099-01-01', 'cli:tests') RETURNING id, scope_code)"
                " INSERT INTO work_order_house (order_id, house_id, scope_code)"
                " SELECT o.id, h.id, o.scope_code FROM o, house h WHERE h.code = :house RETURNING order_id"
            ),
            firm,
        )
    officer = toy.member("duty", area)
    found["shift"], found["officer"] = officer.grant_id, officer.user_id
    toy.browser(officer).post("/duty/hand-over", data={"note": f"{marks[1]}: 2"})
    person = {"name": f"{marks[1]}书记", "number": "13" + "900000001"}
    found["call"] = posted(client, f"/api/v1/events/{event}/calls/at/{area}201", person)["id"]
    return Land(
        area=area,
        village=f"{area}201",
        house=house,
        event=event,
        user=member.name,
        grant=member.grant_id,
        bbox=f"{west},45,{west + 0.02:.2f},45.02",
        tile=_tile(west + 0.005, 45.005),
        lon=west + 0.005,
        marks=marks,
        **found,
    )


def posted(client: TestClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code in (200, 201), f"{path}: {answer.text}"
    return answer.json()


def _picture() -> bytes:
    into = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(into, "JPEG")
    return into.getvalue()


def _tile(lon: float, lat: float, z: int = 14) -> str:
    n = 2**z
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    return f"{z}/{x}/{y}"


@pytest.fixture(scope="module")
def country(clone_toy: Any, test_cluster: TestCluster, worker_id: str) -> Iterator[Country]:
    """Furnished once a run; each worker clones it."""
    del clone_toy  # it has made the toy county's template
    told = test_cluster.meeting / f"{FURNISHED}.lands"

    def fill(service_url: str) -> None:
        with _opened(TestDatabase(FURNISHED, "", service_url), test_cluster.settings) as toy:
            made = furnish(toy)
            told.write_bytes(pickle.dumps((made.west, made.east)))

    test_cluster.make_once(FURNISHED, fill, start=TOY)
    names = test_cluster.create(f"scope_{worker_id}", template=FURNISHED)
    with _opened(names, test_cluster.settings) as toy:
        yield Country(toy, *pickle.loads(told.read_bytes()))
    test_cluster.drop(names.name)


@contextmanager
def _opened(names: TestDatabase, settings: Settings) -> Iterator[ToyDatabase]:
    toy = ToyDatabase(names, Database(names.service_url, pool_size=4, stream_pool_size=2), settings)
    try:
        yield toy
    finally:
        toy.database.close()
