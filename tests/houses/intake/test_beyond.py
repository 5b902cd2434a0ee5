"""A township loads a ledger that speaks of its neighbour's villages: told at once, and nothing stands in the county twice."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.errors import BadInput
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query, sentences, the_fault, write_csv
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

EAST_1 = VILLAGES["东一"][0]


def row(head: str, village: str = "东一村", township: str | None = "东河乡", **more: Any) -> dict[str, Any]:
    named = {} if township is None else {"乡镇": township}
    return {**named, "行政村": village, "户主姓名": head, "家庭人口": 3, **more}


OURS = row("本镇户", "西一村", "西山镇")


def houses(toy: ToyDatabase) -> int:
    return int(query(toy, "SELECT count(*) FROM house WHERE ended_on IS NULL")[0][0])


@pytest.mark.parametrize("township", ["东河乡", EAST, "东河", None])
def test_rows_of_the_neighbour_are_refused_and_told(toy: ToyDatabase, township: str | None) -> None:
    before = houses(toy)
    ours = OURS if township is not None else row("本镇户", "西一村", None)
    ledger = [ours, row("甲", township=township), row("乙", "东二村", township)]
    loaded = load(toy, ledger, area=WEST)
    assert counts(loaded) == (1, 0, 0, 2) and houses(toy) == before + 1
    assert loaded.as_json()["beyond"] == {"东河乡": 2}
    assert sum("别的辖区" in told for told in sentences(loaded, "rejected")) == 2
    # Theirs to load, or the county's, once.
    assert counts(load(toy, ledger[1:], area=EAST)) == (2, 0, 0, 0)
    loaded = load(toy, ledger, area=COUNTY)
    assert counts(loaded) == (0, 0, 3, 0) and loaded.as_json()["beyond"] == {}
    assert houses(toy) == before + 3


def test_a_whole_ledger_of_the_neighbour_loads_nothing_and_says_whose_it_is(toy: ToyDatabase) -> None:
    before = houses(toy)
    with pytest.raises(BadInput, match="东河乡），共 2 行"):
        load(toy, [row("甲"), row("乙", "东二村")], area=WEST)
    assert houses(toy) == before


def test_the_title_says_whose_villages_are_meant(toy: ToyDatabase, tmp_path: Path) -> None:
    """光明村 of the neighbour is not one's own 光明村."""
    with toy.transaction() as session:
        session.execute(text("UPDATE area SET name = '光明村村委会' WHERE code IN (:west, :east)"),
            {"west": VILLAGES["西一"][0], "east": EAST_1})  # fmt: skip
    path = tmp_path / "ledger.csv"
    path.write_text("东河乡农房排查台账,,\n行政村,户主姓名,家庭人口\n光明村,甲,3\n光明村,乙,2\n", "utf-8")
    with pytest.raises(BadInput, match="东河乡），共 2 行"):
        load(toy, path, area=WEST)
    assert counts(load(toy, path, area=COUNTY)) == (2, 0, 0, 0)
    assert len(query(toy, "SELECT FROM house WHERE scope_code = :c AND code LIKE '990001%'", c=EAST_1)) == 2


def test_whose_point_lies_in_ones_own_village_is_kept_and_told(toy: ToyDatabase) -> None:
    loaded = load(toy, [row("甲", 房屋编号="P-1", 经度=120.0051, 纬度=45.0051)], area=WEST)
    assert counts(loaded) == (1, 0, 0, 0) and loaded.as_json()["beyond"] == {}
    found = house(toy, "P-1")
    assert (found.location_state, found.scope_code) == ("disputed", VILLAGES["西一"][0])
    assert any("避免重复登记" in told for told in sentences(loaded, "check"))


def test_a_known_house_keeps_its_village(toy: ToyDatabase) -> None:
    loaded = load(toy, [row("户主00", 房屋编号="西一-A", 家庭人口=2)], area=WEST)
    assert counts(loaded)[3] == 0 and house(toy, "西一-A").scope_code == VILLAGES["西一"][0]
    assert any("归属没有改动" in told for told in sentences(loaded, "check"))


def test_a_misspelt_village_of_ones_own_is_nobody_elses(toy: ToyDatabase) -> None:
    loaded = load(toy, [row("甲", "东一村", "西山镇")], area=WEST)
    assert counts(loaded) == (1, 0, 0, 0) and "没有“东一村”" in the_fault(loaded, "check").sentence


def test_the_page_says_so_before_anything_is_loaded(toy: ToyDatabase, tmp_path: Path) -> None:
    path = write_csv(tmp_path, [OURS, row("甲")])
    browser = toy.browser(toy.member("township", WEST))
    with path.open("rb") as file:
        sent = browser.post("/imports", files={"file": (path.name, file)})
    page = browser.get(sent.headers["location"]).text
    assert "这份台账有别的辖区的村" in page and "东河乡" in page and "1 行" in page
