"""避险特征 as a sheet of ticks: a column for each trait, which speaks of its own trait alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from geo_housing.houses.register.families import edit_family
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.imports.test_import_page import upload
from tests.houses.imports.test_own_cells import exported, taken_back
from tests.houses.ledgers import counts, house, load, query, sentences, write_csv
from tests.toy_county import WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
OLD, WEAK, CHILD, HELP = "独居老人", "残疾或行动不便", "孕妇儿童", "需帮助转移"


def row(head: str, *, code: str = "X-1", **cells: str) -> dict[str, str]:
    return {"房屋编号": code, **PLACE, "户主姓名": head, **cells}


def traits(toy: ToyDatabase, head: str) -> Sequence[str] | None:
    return query(toy, "SELECT traits FROM household WHERE head = :head", head=head)[0].traits


def edited(toy: ToyDatabase, head: str, given: str) -> None:
    family = query(toy, "SELECT id, version FROM household WHERE head = :head", head=head)[0]
    ring = ensure_keys(toy.settings.keys_file)
    with toy.transaction() as session:
        edit_family(session, toy.actor(), "X-1", family.id, {"traits": given}, version=family.version, ring=ring)


@pytest.mark.parametrize("mark", ["√", "✓", "是", "有", "1"])
def test_a_tick_brings_the_trait_of_its_column(toy: ToyDatabase, mark: str) -> None:
    loaded = load(
        toy, [row("甲", **{OLD: mark, CHILD: "", HELP: mark}), row("乙", code="X-2", **{OLD: "", CHILD: "×"})]
    )
    assert not sentences(loaded, "cell")
    assert traits(toy, "甲") == ["elderly_alone", "needs_help"] and traits(toy, "乙") is None
    assert house(toy, "X-1").traits == ["elderly_alone", "needs_help"] and house(toy, "X-1").extra is None


def test_ticks_take_nothing_of_other_traits_and_a_cross_takes_its_own(toy: ToyDatabase) -> None:
    first = load(toy, [row("甲", 避险特征="残疾或行动不便、需帮助转移")])
    added = load(toy, [row("甲", **{OLD: "√"})])
    assert counts(added) == (0, 1, 0, 0) and traits(toy, "甲") == ["elderly_alone", "impaired", "needs_help"]
    assert counts(load(toy, [row("甲", **{OLD: "√", CHILD: ""})])) == (0, 0, 1, 0)
    denied = load(toy, [row("甲", **{OLD: "√", HELP: "否", CHILD: "无"})])
    assert counts(denied) == (0, 1, 0, 0) and traits(toy, "甲") == ["elderly_alone", "impaired"]
    assert house(toy, "X-1").traits == ["elderly_alone", "impaired"]
    taken_back(toy, denied.outcome.batch_id)
    assert traits(toy, "甲") == ["elderly_alone", "impaired", "needs_help"]
    taken_back(toy, added.outcome.batch_id)
    assert traits(toy, "甲") == ["impaired", "needs_help"]
    # The last one that is denied leaves none.
    load(toy, [row("甲", **{WEAK: "×", HELP: "×"})])
    assert traits(toy, "甲") is None and first.outcome.counts.created == 1


def test_beside_a_column_of_all_traits_ticks_add_to_what_it_says(toy: ToyDatabase) -> None:
    load(toy, [row("甲", 避险特征="需帮助转移")])
    load(toy, [row("甲", **{"避险特征": "孕妇儿童", OLD: "√", WEAK: ""})])
    assert traits(toy, "甲") == ["elderly_alone", "pregnant_or_child"]


def test_a_count_of_people_is_a_tick_and_stays_what_it_was(toy: ToyDatabase, tmp_path: Path) -> None:
    ledger = [row("甲", **{OLD: "√", CHILD: "2人"}), row("乙", code="X-2", **{OLD: "问村里", CHILD: "0"})]
    loaded = load(toy, ledger)
    assert traits(toy, "甲") == ["elderly_alone", "pregnant_or_child"] and traits(toy, "乙") is None
    assert [(fault.line, fault.column, fault.value) for fault in loaded.faults] == [
        (2, CHILD, "2人"),
        (3, OLD, "问村里"),
    ]
    out = tmp_path / "out.xlsx"
    told = [(line[OLD], line[CHILD]) for line in exported(toy, loaded.outcome.batch_id, out)]
    assert told == [("√", "2人"), ("问村里", "")]
    assert counts(load(toy, out)) == (0, 0, 2, 0)
    # What a person says later is what goes out, and nothing of the ledger's contradicts it.
    edited(toy, "甲", "需帮助转移")
    assert [line[CHILD] for line in exported(toy, loaded.outcome.batch_id)] == ["", ""]
    assert "2人" not in str(
        query(toy, "SELECT h.extra, l.extra FROM house h JOIN house_household l ON l.house_id = h.id")
    )


def test_ticks_that_were_kept_before_they_were_understood_become_traits_of_the_next_ledger(toy: ToyDatabase) -> None:
    first = load(toy, [row("甲", **{OLD: "√"})], columns=(f"-={OLD}",))
    assert traits(toy, "甲") is None and house(toy, "X-1").extra == {OLD: "√"}
    load(toy, [row("甲", **{OLD: "√"})])
    assert traits(toy, "甲") == ["elderly_alone"] and house(toy, "X-1").extra is None
    assert [line[OLD] for line in exported(toy, first.outcome.batch_id)] == ["√"]


def test_a_form_that_was_corrected_before_its_ticks_were_understood_has_them_understood(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    client = toy.browser(toy.member("township", WEST))
    address = upload(client, write_csv(tmp_path, [row("甲", 民族="汉", **{OLD: "√"})], "a.csv"))
    said = {"column:房屋编号": "house_code", "column:户主姓名": "head", "column:民族": "remark", f"column:{OLD}": ""}
    client.post(f"{address}/recognise", data=said)
    client.post(f"{address}/run")
    assert traits(toy, "甲") is None and house(toy, "X-1").extra == {OLD: "√"}
    again = upload(client, write_csv(tmp_path, [row("乙", code="X-2", 民族="回", **{OLD: "√"})], "b.csv"))
    client.post(f"{again}/run")
    assert traits(toy, "乙") == ["elderly_alone"] and house(toy, "X-2").remark == "回"


def test_year_and_dwelling_stand_under_their_spoken_heads(toy: ToyDatabase) -> None:
    load(toy, [row("甲", 建房年代="90年代", 有人居住="√"), row("乙", code="X-2", 建房年代="1985年", 有人居住="否")])
    found = [house(toy, code) for code in ("X-1", "X-2")]
    assert [(one.built_year, one.occupancy) for one in found] == [(1990, "resident"), (1985, "empty")]
