"""Columns that no field takes, in a house of several families: each row has its own, whatever order the rows come in."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from geo_housing.clock import today
from geo_housing.errors import Conflict
from geo_housing.houses.imports.form import write_form
from geo_housing.houses.imports.queries import undo_outlook
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.register.endings import end_house, resume_house
from geo_housing.houses.register.families import add_family, edit_family, leave_house
from geo_housing.houses.register.service import edit_house
from geo_housing.keys import ensure_keys
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query, sentences
from tests.toy_county import WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
Row = dict[str, str]
OWN = ("民族", "隐患描述", "排查人", "结构形式", "避险特征", "改造年度")


def row(head: str, *own: str, code: str = "X-1") -> Row:
    cells = dict(zip(OWN, (*own, *[""] * len(OWN)), strict=False))
    return {"房屋编号": code, **PLACE, "户主姓名": head, **cells}


def exported(toy: ToyDatabase, batch: int, path: Path | None = None) -> list[Row]:
    """The rows of 按原表格式导出, a blank cell as blank text."""
    path = path or toy.settings.home / "form.xlsx"
    with toy.transaction() as session:
        write_form(session, toy.actor(), batch, path)
    heads, *rows = load_workbook(path)["台账"].iter_rows(values_only=True)
    return [{str(head): str(cell or "") for head, cell in zip(heads, cells, strict=True)} for cells in rows]


def own(rows: Sequence[Row]) -> dict[tuple[str, str], list[str]]:
    """House and head → the cells that no field takes."""
    return {(line["房屋编号"], line["户主姓名"]): [line.get(name, "") for name in OWN] for line in rows}


def stored(toy: ToyDatabase) -> list[Any]:
    return query(
        toy,
        "SELECT h.id, h.extra, h.version, jsonb_agg(jsonb_build_array(l.household_id, l.extra) ORDER BY l.id) AS links"
        " FROM house h LEFT JOIN house_household l ON l.house_id = h.id GROUP BY h.id ORDER BY h.id",
    )


def taken_back(toy: ToyDatabase, batch: int) -> None:
    with toy.transaction() as session:
        undo_import(session, toy.actor(), batch)


def family_of(toy: ToyDatabase, head: str) -> Any:
    return query(toy, "SELECT id, version FROM household WHERE head = :head", head=head)[0]


def edited(toy: ToyDatabase, head: str, **given: str) -> None:
    family = family_of(toy, head)
    ring = ensure_keys(toy.settings.keys_file)
    with toy.transaction() as session:
        edit_family(session, toy.actor(), "X-1", family.id, given, version=family.version, ring=ring)


LEDGER = [row("甲", "汉", "", "某甲"), row("乙", "蒙古", "东墙裂", "", "窑洞"), row("丙")]


def test_every_row_goes_out_with_its_own_and_comes_in_again_unchanged(toy: ToyDatabase, tmp_path: Path) -> None:
    first = load(toy, LEDGER)
    assert not any("没有保留" in told for told in sentences(first))
    out = tmp_path / "out.xlsx"
    assert own(exported(toy, first.outcome.batch_id, out)) == own(LEDGER)
    before = stored(toy)
    assert counts(load(toy, out)) == counts(load(toy, LEDGER)) == (0, 0, 3, 0)
    assert stored(toy) == before


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (1,), (2, 0), (0,)])
def test_other_order_or_some_of_the_rows_change_nothing(toy: ToyDatabase, order: tuple[int, ...]) -> None:
    first = load(toy, LEDGER)
    before = stored(toy)
    again = load(toy, [LEDGER[n] for n in order])
    assert counts(again) == (0, 0, len(order), 0)
    assert stored(toy) == before
    assert own(exported(toy, first.outcome.batch_id)) == own(LEDGER)
    assert own(exported(toy, again.outcome.batch_id)) == own([LEDGER[n] for n in order])


def test_a_row_that_says_something_else_later_is_an_update_that_can_be_taken_back(toy: ToyDatabase) -> None:
    first = load(toy, LEDGER)
    before, cells = house(toy, "X-1").extra, own(exported(toy, first.outcome.batch_id))
    changed = [row("乙", "满", "", "某乙"), LEDGER[0]]
    second = load(toy, changed, wants_details=True)
    assert counts(second) == (0, 1, 1, 0)
    assert second.outcome.details is not None
    assert [(c.line, c.field, c.old, c.new) for c in second.outcome.details.updated] == [
        (2, "排查人", "—", "某乙"),
        (2, "民族", "蒙古", "满"),
    ]
    assert house(toy, "X-1").extra == before
    assert own(exported(toy, first.outcome.batch_id))["X-1", "乙"] == ["满", "东墙裂", "某乙", "窑洞", "", ""]
    with toy.transaction() as session:
        outlook = undo_outlook(session, second.outcome.batch_id)
    assert (outlook.houses, outlook.families, outlook.touched) == (0, 1, [])
    taken_back(toy, second.outcome.batch_id)
    assert own(exported(toy, first.outcome.batch_id)) == cells == own(LEDGER)


def test_a_first_row_that_comes_second_still_speaks_for_the_house(toy: ToyDatabase) -> None:
    first = load(toy, LEDGER)
    second = load(toy, [LEDGER[1], row("甲", "回", "", "某甲")], wants_details=True)
    assert house(toy, "X-1").extra == {"民族": "回", "排查人": "某甲"}
    assert second.outcome.details is not None
    assert [(c.line, c.field, c.new) for c in second.outcome.details.updated] == [(3, "民族", "回")]
    assert own(exported(toy, first.outcome.batch_id))["X-1", "乙"] == own(LEDGER)["X-1", "乙"]
    taken_back(toy, second.outcome.batch_id)
    assert own(exported(toy, first.outcome.batch_id)) == own(LEDGER)


def test_what_touched_the_row_since_stands_in_the_way_of_taking_it_back(toy: ToyDatabase) -> None:
    first = load(toy, [row("甲"), row("乙", "蒙古")])
    second = load(toy, [row("乙", "满", "", "", "", "耳聋")])
    third = load(toy, [row("乙", "回")])
    for loaded in (first, second):
        with pytest.raises(Conflict, match="X-1"):
            taken_back(toy, loaded.outcome.batch_id)
    taken_back(toy, third.outcome.batch_id)
    edited(toy, "乙", traits="独居老人")
    with pytest.raises(Conflict, match="X-1"):
        taken_back(toy, second.outcome.batch_id)


def test_a_person_says_what_a_cell_of_a_row_means(toy: ToyDatabase) -> None:
    ledger = [row("甲", "汉", "", "", "窑洞", "耳聋"), row("乙", "汉", "", "", "土窑", "耳聋")]
    batch = load(toy, ledger).outcome.batch_id
    edited(toy, "乙", traits="独居老人")
    cells = own(exported(toy, batch))
    assert [cells["X-1", head][4] for head in "甲乙"] == ["耳聋", "独居老人"]
    edited(toy, "甲", traits="孕妇儿童")
    assert [own(exported(toy, batch))["X-1", head][3:5] for head in "甲乙"] == [
        ["窑洞", "孕妇儿童"],
        ["土窑", "独居老人"],
    ]
    with toy.transaction() as session:
        edit_house(session, toy.actor(), "X-1", {"structure": "stone_wood"}, version=house(toy, "X-1").version)
    assert [own(exported(toy, batch))["X-1", head][3] for head in "甲乙"] == ["石木", "石木"]
    assert all("台账原文" not in str(line) for line in stored(toy))


def test_what_a_row_alone_says_so_that_nobody_understands_it_goes_out_as_it_was_typed(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    """Also where the house's row says what is meant: the other one would else say it in its place, and lose its own."""
    ledger = [row("甲", "", "", "", "石木"), row("乙", "", "", "", "窑洞")]
    out = tmp_path / "out.xlsx"
    assert own(exported(toy, load(toy, ledger).outcome.batch_id, out)) == own(ledger)
    before = stored(toy)
    assert counts(load(toy, out)) == (0, 0, 2, 0)
    assert stored(toy) == before


def test_what_a_row_says_is_understood_later(toy: ToyDatabase) -> None:
    """A further row states its own structure; that of the house stays what the house's row says."""
    batch = load(toy, LEDGER).outcome.batch_id
    assert counts(load(toy, [LEDGER[0], row("乙", "蒙古", "", "", "石木")])) == (0, 1, 1, 0)
    assert own(exported(toy, batch))["X-1", "乙"] == ["蒙古", "东墙裂", "", "", "", ""]
    # The house's own cell goes with what any first row states of the house, not with what it states of its family.
    batch = load(toy, [row("甲", "", "", "", "窑洞", "耳聋", code="X-2"), row("乙", code="X-2")]).outcome.batch_id
    load(toy, [row("乙", "", "", "", "石木", "独居老人", code="X-2")])
    assert own(exported(toy, batch))["X-2", "甲"][3:5] == ["石木", "耳聋"]


class TestTheFamily:
    def test_moves_and_its_row_stays_what_it_was(self, toy: ToyDatabase, tmp_path: Path) -> None:
        load(toy, [row("旁户", code="X-2")])
        first = load(toy, LEDGER)
        out = tmp_path / "out.xlsx"
        with toy.transaction(WEST) as session:
            leave_house(session, toy.actor(WEST), "X-1", family_of(toy, "乙").id, on=today(), home="X-2")
        assert own(exported(toy, first.outcome.batch_id, out)) == own(LEDGER)
        assert counts(load(toy, out)) == (0, 0, 3, 0)
        again = load(toy, [LEDGER[1]])
        assert own(exported(toy, again.outcome.batch_id)) == own([LEDGER[1]])
        assert own(exported(toy, first.outcome.batch_id)) == own(LEDGER)

    def test_whose_row_spoke_for_the_house_moves_and_another_comes(self, toy: ToyDatabase) -> None:
        load(toy, [row("旁户", code="X-2")])
        first = load(toy, [LEDGER[0]])
        with toy.transaction(WEST) as session:
            leave_house(session, toy.actor(WEST), "X-1", family_of(toy, "甲").id, on=today(), home="X-2")
        second = load(toy, [row("丁", "回", "北墙裂")])
        assert house(toy, "X-1").extra == {"民族": "回", "隐患描述": "北墙裂", "排查人": "某甲"}
        assert own(exported(toy, first.outcome.batch_id)) == own([LEDGER[0]])
        before = stored(toy)
        assert counts(load(toy, [LEDGER[0], row("丁", "回", "北墙裂")])) == (0, 0, 2, 0)
        assert stored(toy) == before
        taken_back(toy, second.outcome.batch_id)
        assert own(exported(toy, first.outcome.batch_id)) == own([LEDGER[0]])

    def test_comes_to_a_house_that_others_live_in(self, toy: ToyDatabase) -> None:
        first = load(toy, [LEDGER[0]])
        second = load(toy, [row("丁", "回")])
        assert house(toy, "X-1").extra == {"民族": "汉", "排查人": "某甲"}
        assert own(exported(toy, first.outcome.batch_id)) == own([LEDGER[0]])
        assert own(exported(toy, second.outcome.batch_id)) == own([row("丁", "回")])

    def test_that_a_person_registered_keeps_its_own_from_the_first_ledger_on(self, toy: ToyDatabase) -> None:
        first = load(toy, [LEDGER[0]])
        ring = ensure_keys(toy.settings.keys_file)
        with toy.transaction() as session:
            add_family(session, toy.actor(), "X-1", {"head": "戊"}, relation="居住", since=None, ring=ring)
        for rows in ([row("戊", "回")], [row("戊", "回"), LEDGER[0]]):
            second = load(toy, rows)
            assert own(exported(toy, second.outcome.batch_id)) == own(rows)
        assert own(exported(toy, first.outcome.batch_id)) == own([LEDGER[0]])

    def test_of_a_house_registered_twice_is_one_again_when_the_house_comes_back(self, toy: ToyDatabase) -> None:
        load(toy, [row("旁户", code="X-2")])
        first = load(toy, LEDGER)
        with toy.transaction() as session:
            end_house(
                session, toy.actor(), "X-1", reason="duplicate", on=today(), version=house(toy, "X-1").version,
                duplicate_of="X-2",
            )  # fmt: skip
        kept = load(toy, [{**line, "房屋编号": "X-2"} for line in LEDGER])
        assert [*own(exported(toy, kept.outcome.batch_id)).values()] == [*own(LEDGER).values()]
        with toy.transaction() as session:
            resume_house(session, toy.actor(), "X-1", version=house(toy, "X-1").version, note="登记有误")
        assert own(exported(toy, first.outcome.batch_id)) == own(LEDGER)


def test_rows_that_came_before_links_kept_anything_are_told_apart_by_the_next_ledger(toy: ToyDatabase) -> None:
    first = load(toy, LEDGER)
    query(toy, "UPDATE house_household SET extra = NULL RETURNING id")
    assert [cells[0] for cells in own(exported(toy, first.outcome.batch_id)).values()] == ["汉"] * 3
    # A row whose cells were not kept does not take those of the house.
    assert counts(load(toy, [LEDGER[1]])) == (0, 1, 0, 0)
    assert house(toy, "X-1").extra == {"民族": "汉", "排查人": "某甲"}
    again = load(toy, LEDGER)
    assert own(exported(toy, again.outcome.batch_id)) == own(LEDGER)
    assert counts(load(toy, LEDGER)) == (0, 0, 3, 0)


def test_an_import_taken_back_and_brought_again_put_right_leaves_nothing_of_the_first(toy: ToyDatabase) -> None:
    first = load(toy, LEDGER)
    taken_back(toy, first.outcome.batch_id)
    right = [row("甲", "满", "", "某甲"), row("乙", "回", "东墙裂")]
    second = load(toy, right)
    assert own(exported(toy, second.outcome.batch_id)) == own(right)
    assert house(toy, "X-1").extra == {"民族": "满", "排查人": "某甲"}


def test_the_page_of_the_house_shows_them_with_the_family(toy: ToyDatabase) -> None:
    load(toy, [row("甲", "汉", "", "某甲"), row("乙", "蒙古", "", "某甲")])
    page = toy.browser(toy.member("county", WEST[:6])).get("/houses/X-1").text
    assert page.count("<dt>民族</dt>") == 2 and page.count("<dt>排查人</dt>") == 1
    assert "<dd>蒙古</dd>" in page[: page.index("house-facts")]


CELLS = st.tuples(
    st.sampled_from(["", "汉", "蒙古"]), st.sampled_from(["", "裂"]), st.sampled_from(["", "某甲", "某乙"]),
    st.sampled_from(["", "窑洞", "土窑"]), st.sampled_from(["", "耳聋"]), st.sampled_from(["", "2024"]),
)  # fmt: skip
# House and head; some come with a later ledger only.
PAIRS = [(f"{n}", head) for n in (1, 2) for head in "甲乙丙丁"]
FRESH = count()


@st.composite
def ledger(draw: st.DrawFn, pairs: list[tuple[str, str]]) -> list[Row]:
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=6, unique=True))
    return [row(head, *draw(CELLS), code=code) for code, head in chosen]


@given(first=ledger([pair for pair in PAIRS if pair[1] != "丁"]), later=ledger(PAIRS), data=st.data())
@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_cell_of_any_row_is_lost(toy: ToyDatabase, first: list[Row], later: list[Row], data: st.DataObject) -> None:
    """Out and in again, in any order, and under a later ledger: a blank cell says nothing, any other is the row's."""
    mark = f"H{next(FRESH)}-"
    first, later = ([{**line, "房屋编号": mark + line["房屋编号"]} for line in rows] for rows in (first, later))
    loaded = load(toy, first)
    batch, path = loaded.outcome.batch_id, toy.settings.home / "out.xlsx"
    assert own(exported(toy, batch, path)) == own(first)
    before = stored(toy)
    for rows in (path, data.draw(st.permutations(first))):
        assert counts(load(toy, rows)) == (0, 0, len(first), 0)
        assert stored(toy) == before
    second = load(toy, later)
    expected = own(first)
    for pair, cells in own(later).items():
        known = expected.get(pair, [""] * len(OWN))
        expected[pair] = [new or old for new, old in zip(cells, known, strict=True)]
    for imported, rows in ((batch, first), (second.outcome.batch_id, later)):
        assert own(exported(toy, imported, path)) == {pair: expected[pair] for pair in own(rows)}
        after = stored(toy)
        assert counts(load(toy, path)) == (0, 0, len(rows), 0)
        assert stored(toy) == after
    taken_back(toy, second.outcome.batch_id)
    assert own(exported(toy, batch)) == own(first)
