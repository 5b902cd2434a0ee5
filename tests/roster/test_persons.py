"""Posts as townships write them, and cells that name several people or put a word before a name."""

from pathlib import Path

import pytest

from geo_housing.houses.spreadsheet.faults import kind_of
from geo_housing.roster.queries import all_technicians, contacts_of
from geo_housing.roster.spelling import read_post, read_role
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.lists import counts, load, write_xlsx
from tests.toy_county.county import COUNTY, WEST


@pytest.mark.parametrize(
    ("text", "role", "turn", "several"),
    [
        ("包村领导（A角）", "village_leader", "A", False),
        ("村书记（A角）", "secretary", "A", False),
        ("网格员B", "grid_worker", "B", False),
        ("包村干部(b)", "village_cadre", "B", False),
        ("Ａ岗 网格员", "grid_worker", "A", False),
        ("党支部书记、村委会主任", "secretary", None, True),
        ("支部书记兼村委会主任", "secretary", None, True),
        ("书记、主任", "secretary", None, False),
        ("人大代表、网格员（B岗）", "grid_worker", "B", True),
        ("乡长（防汛责任人）", "township_lead", None, False),
        ("副乡长（包村领导）", "deputy_lead", None, True),
        ("农牧办主任", None, None, False),
        ("副书记（B角）", None, "B", False),
        ("网格员（A角/B角）", "grid_worker", None, False),
    ],
)
def test_a_post_says_role_and_turn(text: str, role: str | None, turn: str | None, several: bool) -> None:
    post = read_post(text)
    assert (post.role, post.turn, len(post.posts) > 1) == (role, turn, several)


def test_a_role_with_the_letter_alone_has_its_turn() -> None:
    assert read_role("网格员B") == ("grid_worker", "B")
    assert read_role("护林员B组") == ("护林员B组", None)


@pytest.mark.parametrize("title", ["西山镇通讯录", "西山镇包村干部通讯录"])
def test_roles_of_posts_and_whom_somebody_has_to_look_at(toy: ToyDatabase, tmp_path: Path, title: str) -> None:
    rows = [
        [title, "", "", ""],
        ["村", "姓名", "职务", "联系电话"],
        ["西一村", "甲", "包村领导（B角）", "10000000001"],
        ["西一村", "乙", "网格员B", "10000000002"],
        ["西一村", "丙", "党支部书记、村委会主任", "10000000003"],
        ["西一村", "丁", "包村副书记（B角）", "10000000004"],
    ]
    loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows, merges=[(0, 0, 0, 3)]))
    is_titled = "包村干部" in title
    told = [(fault.line, fault.column, kind_of(fault)) for fault in loaded.faults]
    assert told == [(5, "职务", "check"), (6, "职务", "check" if is_titled else "rejected")]
    with toy.transaction() as session:
        stored = {row.name: (row.role, row.turn) for row in contacts_of(session, AreaScope(WEST))}
    sure = {"甲": ("village_leader", "B"), "乙": ("grid_worker", "B"), "丙": ("secretary", "A")}
    assert stored == sure | ({"丁": ("village_cadre", "B")} if is_titled else {})


def test_a_turn_of_its_own_column_stands_and_the_other_one_is_told(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [["村", "类别", "姓名", "职务", "岗次"], ["西一村", "网格员", "甲", "会计（B角）", "A岗"], ["西一村", "网格员", "乙", "会计（B角）", ""]]  # fmt: skip
    loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows))
    assert [(fault.line, fault.column, kind_of(fault)) for fault in loaded.faults] == [(2, "职务", "check")]
    with toy.transaction() as session:
        assert {row.name: row.turn for row in contacts_of(session, AreaScope(WEST))} == {"甲": "A", "乙": "B"}


@pytest.mark.parametrize(
    ("cell", "phones", "names", "told"),
    [
        ("邢远山 齐力", "10000000001 10000000002", ["邢远山", "齐力"], 0),
        ("邢 远山 齐力", "10000000001、10000000002", ["邢远山", "齐力"], 0),
        ("邢远山  齐力", "10000000001、10000000002", ["邢远山", "齐力"], 0),
        ("邢远山 李 四", "10000000001、10000000002", ["邢远山", "李四"], 0),
        ("邢远山 齐力", "10000000001、10000000002、10000000003", [], 1),
        ("邢远山 齐力", "10000000001", ["邢远山齐力"], 1),
        ("邢 远山", "10000000001、10000000002", ["邢远山"], 0),
        ("邢远 山", "10000000001、10000000002", ["邢远山"], 0),
        ("张  三", "10000000001、10000000002", ["张三"], 0),
        ("欧阳 修文", "10000000001、10000000002", ["欧阳修文"], 0),
        ("邢远山、张  三", "10000000001、10000000002", ["邢远山", "张三"], 0),
    ],
)
def test_spaces_in_a_cell_of_names(
    toy: ToyDatabase, tmp_path: Path, cell: str, phones: str, names: list[str], told: int
) -> None:
    rows = [["村", "类别", "姓名", "联系电话"], ["西一村", "网格员", cell, phones], ["西二村", "网格员", "庚", ""]]
    loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows))
    assert len(loaded.faults) == told
    with toy.transaction() as session:
        found = {row.name: row.phone for row in contacts_of(session, AreaScope(f"{WEST}201"))}
    assert sorted(found) == sorted(names)
    if len(names) > 1:
        assert set(found.values()) == {"100****0001", "100****0002"}


def test_what_stands_before_a_name_is_no_part_of_it(toy: ToyDatabase, tmp_path: Path) -> None:
    people = [["村", "姓名", "联系电话"], ["西一村", "网格员：不是", ""], ["西一村", "组长：郑工", "10000000001"]]
    loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", people))
    assert counts(loaded)[0] == 2
    experts = [
        ["姓名", "单位", "备注"],
        ["组长：郑建工", "设计院", "返聘"],
        ["组员: 乙", "设计院", ""],
        ["丙", "设计院", ""],
    ]
    path = write_xlsx(tmp_path / "b.xlsx", experts)
    loaded = load(toy, path, "technicians")
    assert [(fault.line, kind_of(fault)) for fault in loaded.faults] == [(2, "check"), (3, "check")]
    with toy.transaction() as session:
        assert {(row.name, row.role, row.post) for row in contacts_of(session, AreaScope(WEST))} == {
            ("不是", "grid_worker", "网格员"),
            ("郑工", "group_head", "组长"),
        }
        told = {row.name: row.remark for row in all_technicians(session, AreaScope(COUNTY))}
    assert told == {"郑建工": "组长；返聘", "乙": "组员", "丙": None}
    assert counts(load(toy, path, "technicians")) == (0, 0, 3, 0)
