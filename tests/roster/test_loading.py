"""Files of townships: everything usable is kept, everything else named by line, column and value."""

from pathlib import Path

import pytest
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.errors import BadInput
from geo_housing.houses.spreadsheet.faults import kind_of
from geo_housing.roster.facts import KINDS
from geo_housing.roster.loading import Loaded
from geo_housing.roster.queries import all_technicians, contacts_of, shelters_of
from geo_housing.roster.service import end_row, reveal
from geo_housing.roster.writing import write_roster
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.lists import counts, load, write_xlsx
from tests.roster.people import calling_order, contact, ring, shelter, technician
from tests.toy_county.county import COUNTY, EAST, WEST

TITLE = ["西山镇防汛责任人通讯录（2026年）", "", "", "", "", ""]
LONG = [
    TITLE,
    ["序号", "行政村", "类别", "姓名", "联系电话", "岗次"],
    ["1", "西一村", "党支部书记", "甲 一", "１００００００００１１", "Ａ岗"],
    ["2", "西一村", "网格员", "甲二", "10000000012、0482-5120012", ""],
    ["3", "西二", "包村干部（B岗）", "乙一", "100-0000-0021", ""],
    ["4", "西二村、西三嘎查", "包村领导", "丙一", "10000000031", "A"],
    ["5", "全镇", "镇长", "丁一", "10000000041", ""],
    ["6", "", "值班室", "", "0482-5120000", ""],
    ["7", "没有这个村", "网格员", "戊一", "10000000051", ""],
    ["8", "西四村", "网格员", "己一", "1000000006", "C岗"],
    ["9", "西四村", "", "庚一", "10000000071", ""],
    ["合计", "", "", "", "", ""],
]


def problems(loaded: Loaded) -> list[tuple[int | None, str | None, str]]:
    return [(fault.line, fault.column, kind_of(fault)) for fault in loaded.faults]


class TestContacts:
    def test_a_list_of_people_with_title_and_full_width_digits(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "list.xlsx", LONG, merges=[(0, 0, 0, 5)])
        loaded = load(toy, path)
        assert loaded.counts == {
            "read": 9, "created": 8, "updated": 0, "unchanged": 0, "rejected": 2, "missing": 0,
        }  # fmt: skip
        assert problems(loaded) == [
            (9, "行政村", "rejected"), (10, "联系电话", "cell"), (10, "岗次", "cell"), (11, "责任人类别", "rejected"),
            (12, None, "check"),
        ]  # fmt: skip
        assert "1000000006" not in str(loaded.faults), "a wrong number may be half of a right one"
        with toy.transaction() as session:
            rows = contacts_of(session, AreaScope(WEST))
            told = [(row.area_code[-3:], row.role, row.turn, row.name, row.phone) for row in rows]
            (duty,) = [row for row in rows if row.role == "duty_phone"]
            second = next(row for row in rows if row.name == "甲二")
            assert reveal(session, toy.actor(), KINDS["contacts"], second.id, ring=ring(toy)) == (
                "10000000012",
                "04825120012",
            )
        assert told == [
            ("100", "township_lead", "A", "丁一", "100****0041"),
            ("100", "duty_phone", "A", "值班室", "048****0000"),
            ("201", "secretary", "A", "甲一", "100****0011"),
            ("201", "grid_worker", "A", "甲二", "100****0012、048****0012"),
            ("202", "village_leader", "A", "丙一", "100****0031"),
            ("202", "village_cadre", "B", "乙一", "100****0021"),
            ("203", "village_leader", "A", "丙一", "100****0031"),
            ("204", "grid_worker", "A", "己一", None),
        ]
        assert duty.area_code == WEST

    def test_a_line_for_each_village_under_merged_heads(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [
            ["东河乡包村责任人一览表", "", "", "", "", "", ""],
            ["乡镇", "村名", "包村领导", "", "网格员", "", "备注"],
            ["", "", "姓名", "电话", "姓名", "电话", ""],
            ["东河乡", "东一村", "甲一", "10000000011", "甲二、甲三", "10000000012\n10000000013", "河边"],
            ["", "东二村", "甲一", "10000000011", "乙二", "", ""],
            ["", "东三村", "", "", "丙二、丙三", "10000000022", ""],
        ]
        merges = [(0, 0, 0, 6), (1, 2, 0, 0), (1, 2, 1, 1), (1, 1, 2, 3), (1, 1, 4, 5), (1, 2, 6, 6), (3, 5, 0, 0)]
        loaded = load(toy, write_xlsx(tmp_path / "wide.xlsx", rows, merges=merges))
        assert counts(loaded) == (5, 0, 0, 1)
        assert problems(loaded) == [(6, "网格员电话", "rejected")]
        with toy.transaction() as session:
            told = [
                (row.area_code[-3:], row.role, row.name, row.phone, row.remark)
                for row in contacts_of(session, AreaScope(EAST))
            ]
        assert told == [
            ("201", "village_leader", "甲一", "100****0011", "河边"),
            ("201", "grid_worker", "甲二", "100****0012", "河边"),
            ("201", "grid_worker", "甲三", "100****0013", "河边"),
            ("202", "village_leader", "甲一", "100****0011", None),
            ("202", "grid_worker", "乙二", None, None),
        ]

    def test_the_title_or_the_post_says_the_role(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [["西山镇网格员名单", "", "", ""], ["村", "姓名", "职务", "手机"], ["西一村", "甲", "", "10000000001"], ["西二村", "乙", "村主任", "10000000002"]]  # fmt: skip
        load(toy, write_xlsx(tmp_path / "titled.xlsx", rows))
        with toy.transaction() as session:
            assert [(row.name, row.role) for row in contacts_of(session, AreaScope(WEST))] == [
                ("甲", "grid_worker"),
                ("乙", "director"),
            ]

    def test_the_same_file_twice_changes_nothing(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "list.xlsx", LONG, merges=[(0, 0, 0, 5)])
        load(toy, path)
        before = state(toy)
        again = load(toy, path)
        assert counts(again) == (0, 0, 8, 2) and again.missing == []
        assert state(toy) == before

    def test_a_dry_run_says_the_same_and_stores_nothing(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_xlsx(tmp_path / "list.xlsx", LONG, merges=[(0, 0, 0, 5)])
        tried = load(toy, path, dry_run=True)
        assert state(toy) == []
        assert load(toy, path).as_preview() == tried.as_preview()

    def test_a_changed_number_is_updated_masked_and_an_empty_cell_leaves_what_is_known(
        self, toy: ToyDatabase, tmp_path: Path
    ) -> None:
        row_id = contact(toy, f"{WEST}201", "甲", phone="10000000001", unit="村委会")
        rows = [["乡镇", "村", "类别", "姓名", "电话", "单位"], ["西山镇", "西一村", "书记", "甲", "10000000002", ""]]
        loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows))
        assert [change.changes for change in loaded.updated] == [(("联系电话", "100****0001", "100****0002"),)]
        rows[1][4] = ""
        assert counts(load(toy, write_xlsx(tmp_path / "b.xlsx", rows))) == (0, 0, 1, 0)
        with toy.transaction() as session:
            assert reveal(session, toy.actor(), KINDS["contacts"], row_id, ring=ring(toy)) == ("10000000002",)
            assert contacts_of(session, AreaScope(WEST))[0].unit == "村委会"

    def test_who_is_not_in_the_file_is_named_and_stays(self, toy: ToyDatabase, tmp_path: Path) -> None:
        contact(toy, f"{WEST}201", "前任", "secretary", phone="10000000009")
        contact(toy, f"{WEST}201", "别类", "helper")
        contact(toy, f"{EAST}201", "别乡", "secretary")
        rows = [["乡镇", "村", "类别", "姓名", "电话"], ["西山镇", "西一村", "书记", "甲", "10000000002"]]
        loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows))
        assert [(entry.name, entry.phone) for entry in loaded.missing] == [("前任", "100****0009")]
        with toy.transaction() as session:
            assert [row.name for row in calling_order(session, f"{WEST}201", today())] == ["前任", "甲", "别类"]

    def test_who_was_ended_is_not_brought_back_by_an_old_file(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [["乡镇", "村", "类别", "姓名", "电话"], ["西山镇", "西一村", "书记", "甲", "10000000002"]]
        path = write_xlsx(tmp_path / "a.xlsx", rows)
        load(toy, path)
        with toy.transaction() as session:
            (row,) = contacts_of(session, AreaScope(WEST))
            end_row(session, toy.actor(), KINDS["contacts"], row.id)
        again = load(toy, path)
        assert counts(again) == (0, 0, 1, 0) and problems(again) == [(2, None, "check")]
        with toy.transaction() as session:
            assert calling_order(session, f"{WEST}201", today()) == []

    def test_one_person_on_two_lines_keeps_both_numbers(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [["村", "类别", "姓名", "电话"], ["西一村", "书记", "甲", "10000000001"], ["西一村", "书记", "甲", "10000000002"]]  # fmt: skip
        path = write_xlsx(tmp_path / "a.xlsx", rows)
        loaded = load(toy, path)
        assert counts(loaded) == (1, 0, 0, 0) and problems(loaded) == [(3, None, "check")]
        with toy.transaction() as session:
            assert contacts_of(session, AreaScope(WEST))[0].phone == "100****0001、100****0002"
        assert counts(load(toy, path)) == (0, 0, 1, 0)

    def test_a_township_loads_its_own_only(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [
            ["乡镇", "村", "类别", "姓名"],
            ["", "西一村", "书记", "甲"],
            ["东河乡", "东一村", "书记", "乙"],
            ["县本级", "", "住建局", "丙"],
        ]
        loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows), area=WEST)
        assert [change.name for change in loaded.created] == ["甲"]
        assert loaded.counts["rejected"] == 2
        assert [fault.line for fault in loaded.faults] == [3, 4]

    def test_csv_of_an_office_program(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = tmp_path / "list.csv"
        path.write_text("村,类别,姓名,电话\n西一村,书记,甲,10000000001\n", "gb18030")
        assert counts(load(toy, path)) == (1, 0, 0, 0)

    @pytest.mark.parametrize(
        ("name", "rows", "sentence"),
        [
            ("a.xlsx", [["一", "二"], ["三", "四"]], "没有认出表头"),
            ("a.xlsx", [["村", "电话"], ["西一村", "10000000001"]], "没有认出“姓名”"),
            ("a.xlsx", [["村", "类别", "姓名"], ["没有这个村", "书记", "甲"]], "没有一行可用"),
            ("a.pdf", [["村"]], "不认识 .pdf"),
        ],
    )
    def test_what_is_no_list_is_refused_with_the_reason(
        self, toy: ToyDatabase, tmp_path: Path, name: str, rows: list[list[str]], sentence: str
    ) -> None:
        path = write_xlsx(tmp_path / name, rows)
        with pytest.raises(BadInput, match=sentence):
            load(toy, path)
        assert state(toy) == []


class TestShelters:
    def test_capacity_kinds_and_point(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [
            [
                "序号",
                "乡镇",
                "村",
                "安置点名称",
                "地址",
                "可容纳人数",
                "负责人",
                "联系电话",
                "适用灾种",
                "经度",
                "纬度",
            ],
            [
                "1",
                "西山镇",
                "",
                "西山镇中心小学",
                "西山镇",
                "300人",
                "甲",
                "10000000001",
                "暴雨、洪水",
                "120.005",
                "45.005",
            ],
            ["2", "西山镇", "西一村", "西一村村部", "", "若干", "", "", "各类灾害", "", "45.1"],
        ]
        path = write_xlsx(tmp_path / "a.xlsx", rows)
        loaded = load(toy, path, "shelters")
        assert problems(loaded) == [(3, "可容纳人数", "cell"), (3, "经度", "cell")]
        with toy.transaction() as session:
            school, office = shelters_of(session, AreaScope(WEST))
        assert (school.name, school.capacity, school.contact_name, school.phone, school.safe_from, school.lon) == (
            "西山镇中心小学", 300, "甲", "100****0001", ("flood", "rainstorm"), 120.005,
        )  # fmt: skip
        assert (office.area_code, office.capacity, office.lat) == (f"{WEST}201", None, None)
        assert "geological" in (office.safe_from or ())
        assert counts(load(toy, path, "shelters")) == (0, 0, 2, 0)


class TestTechnicians:
    def test_areas_and_accounts(self, toy: ToyDatabase, tmp_path: Path) -> None:
        member = toy.member("technician", COUNTY)
        rows = [
            ["玩具县农房应急评估专业技术人员名单", "", "", "", "", ""],
            ["组别", "姓名", "单位", "职称", "包联乡镇", "平台账号"],
            ["第一组", "甲", "县住建局", "高级工程师", "西山镇、东河乡", member.name],
            ["第一组", "乙", "设计院", "", "全县", "nobody"],
            ["第二组", "丙", "设计院", "", "北山镇", ""],
        ]
        path = write_xlsx(tmp_path / "a.xlsx", rows)
        loaded = load(toy, path, "technicians")
        # Without the townships that are meant they would be one for the whole county.
        assert problems(loaded) == [(4, "平台账号", "cell"), (5, "包联乡镇", "rejected")]
        with toy.transaction() as session:
            told = {
                row.name: (row.area_code, row.areas, row.account) for row in all_technicians(session, AreaScope(COUNTY))
            }
        assert told == {
            "甲": (COUNTY, (WEST, EAST), member.name),
            "乙": (COUNTY, None, None),
        }
        assert counts(load(toy, path, "technicians")) == (0, 0, 2, 1)

    @pytest.mark.parametrize(
        ("begins", "ends", "column"),
        [("", "昨天", "有效期至"), ("去年", "", "任职起始"), ("2026-07-01", "2026-06-30", "任职截止")],
    )
    def test_who_may_act_until_nobody_knows_when_is_not_taken(
        self, toy: ToyDatabase, tmp_path: Path, begins: str, ends: str, column: str
    ) -> None:
        rows = [["姓名", "单位", "任职起始", "有效期至"], ["甲", "设计院", begins, ends], ["乙", "设计院", "", ""]]
        loaded = load(toy, write_xlsx(tmp_path / "a.xlsx", rows), "technicians")
        assert problems(loaded) == [(2, column, "rejected")]
        assert loaded.faults[0].sentence.endswith("这一行未导入。")
        with toy.transaction() as session:
            assert [row.name for row in all_technicians(session, AreaScope(COUNTY))] == ["乙"]


class TestRoundTrip:
    @pytest.mark.parametrize("personal", [True, False])
    @pytest.mark.parametrize("kind", ["contacts", "shelters", "technicians"])
    def test_what_goes_out_comes_in_again_and_changes_nothing(
        self, toy: ToyDatabase, tmp_path: Path, kind: str, personal: bool
    ) -> None:
        contact(toy, COUNTY, "值班室", "duty_phone", phone="0482-5120000转801")
        contact(
            toy, WEST, "镇长", "township_lead", phone="10000000001、0482-5120001", post="镇长", rank="1", remark="=1+1"
        )
        contact(toy, f"{WEST}202", "甲", "护林员", turn="B", valid_from="2026-01-01", valid_to="2099-12-31")
        contact(toy, f"{EAST}201", "乙", "group_head", unit="东一村", phone="10000000002")
        shelter(
            toy,
            WEST,
            "小学",
            capacity="300",
            lon="120.0051234",
            lat="45.005",
            safe_from=["flood", "gale"],
            phone="10000000003",
            contact_name="丙",
        )
        shelter(toy, f"{EAST}202", "村部", address="东二村")
        technician(
            toy, COUNTY, "丁", areas=[WEST, EAST], team="一组", certificate="一级注册结构工程师", phone="10000000004"
        )
        technician(toy, COUNTY, "戊", valid_to="2099-01-01")
        before, path = state(toy), tmp_path / "out.xlsx"
        with toy.transaction() as session:
            rows = write_roster(
                session, toy.actor(), KINDS[kind], AreaScope(""), path, ring=ring(toy) if personal else None
            )
        again = load(toy, path, kind)
        assert counts(again) == (0, 0, rows, 0) and again.faults == [] and again.missing == []
        assert rows == {"contacts": 4, "shelters": 2, "technicians": 2}[kind]
        assert state(toy) == before


def state(toy: ToyDatabase) -> list[str]:
    """Every row of the three tables as text."""
    with toy.transaction() as session:
        return [
            text_of_row
            for table in ("contact", "shelter", "technician")
            for text_of_row in session.scalars(text(f"SELECT CAST(t AS text) FROM {table} t ORDER BY id"))
        ]
