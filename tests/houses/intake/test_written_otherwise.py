"""What clerks write beside the words of the lists: read where it means one thing, told and kept where it does not."""

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from geo_housing.houses.spreadsheet.reader import open_ledger
from geo_housing.houses.spreadsheet.report import write_report
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query, sentences, write_csv

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}


def family(toy: ToyDatabase, head: str) -> Any:
    return query(toy, "SELECT * FROM household WHERE head = :head", head=head)[0]


def opened(toy: ToyDatabase, head: str, field: str) -> str | None:
    """What is sealed of a family."""
    row = family(toy, head)
    sealed = getattr(row, f"{field}_cipher")
    ring = ensure_keys(toy.settings.keys_file)
    return None if sealed is None else ring.decrypt(bytes(sealed), field=field, owner=row.id)


def test_the_standards_words_are_grades_and_what_contradicts_itself_stays_for_a_person(toy: ToyDatabase) -> None:
    written = {
        "C级（局部危房）": "C",
        "D级（整栋危房）": "D",
        "局部危房": "C",
        "整栋危房": "D",
        "C级（整栋危房）": None,
    }
    rows = [
        {
            "房屋编号": f"新-{n}",
            **PLACE,
            "户主姓名": f"甲{n}",
            "安全等级": cell,
            "建筑面积": "85平方",
            "结构形式": "砖瓦房",
        }
        for n, cell in enumerate(written)
    ]
    loaded = load(toy, rows)
    found = [house(toy, f"新-{n}") for n in range(len(written))]
    assert [one.grade for one in found] == [*written.values()]
    assert [one.risk for one in found] == ["C", "D", "C", "D", "none"]
    assert {(one.area_m2, one.structure) for one in found} == {(85.0, "brick_wood")}
    assert found[-1].extra == {"鉴定等级（台账原文）": "C级（整栋危房）"}
    assert sentences(loaded, "cell") == ["一格里写了几个等级（C、D），互相矛盾；请核对后只写一个。"]


def test_of_several_telephone_numbers_the_first_is_sealed_and_no_other_stands_anywhere(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    cells = ["13800000001、13900000002", "13800000003（王五）", "86-13800000004", "找村书记"]
    path = write_csv(tmp_path, [{**PLACE, "户主姓名": f"甲{n}", "电话": cell} for n, cell in enumerate(cells)])
    loaded = load(toy, path)
    assert counts(loaded) == (4, 0, 0, 0)
    assert [opened(toy, f"甲{n}", "phone") for n in range(4)] == ["13800000001", "13800000003", "13800000004", None]
    assert [family(toy, f"甲{n}").phone_masked for n in range(3)] == ["138****0001", "138****0003", "138****0004"]
    told = {fault.line: (fault.column, fault.value) for fault in loaded.faults if fault.column == "电话"}
    assert told == {2: ("电话", "138****0001、139****0002"), 3: ("电话", "138****0003(…)"), 5: ("电话", "找**记")}
    report = tmp_path / "report.xlsx"
    write_report(report, loaded.faults, open_ledger(path))
    said = [str(cell) for sheet in load_workbook(report) for row in sheet.iter_rows(values_only=True) for cell in row]
    kept = str(query(toy, "SELECT h.extra, l.extra FROM house h JOIN house_household l ON l.house_id = h.id"))
    for secret in ("13800000001", "13900000002", "王五"):
        assert not any(secret in cell for cell in said) and secret not in kept
    # The same ledger again says the same.
    assert counts(load(toy, path)) == (0, 0, 4, 0)
