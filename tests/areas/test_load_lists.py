"""``areas load`` of lists: levels, codes cut by length, what is wrong with a row, loading again."""

from pathlib import Path

import pytest
import shapely

from geo_housing.errors import BadInput, NotAllowed
from geo_housing.own_code import PROJECT_FOLDER
from tests.areas.conftest import Desk

DIVISIONS = PROJECT_FOLDER / "data" / "boundaries" / "tuquan_divisions.csv"


def counts(loaded: object) -> tuple[int, ...]:
    names = ("read", "loaded", "updated", "unchanged", "rejected")
    return tuple(getattr(loaded, name) for name in names)


def test_the_official_list_loads_level_by_level_and_again_unchanged(desk: Desk) -> None:
    for level, number in (("county", 1), ("township", 10), ("village", 212)):
        assert counts(desk.load(DIVISIONS, level)) == (number, number, 0, 0, 0)
    for level, number in (("county", 1), ("township", 10), ("village", 212)):
        assert counts(desk.load(DIVISIONS, level)) == (number, 0, 0, number, 0)


def test_a_village_code_that_ends_in_zeros_is_a_village(desk: Desk) -> None:
    desk.load(DIVISIONS, "county")
    desk.load(DIVISIONS, "township")
    desk.load(desk.csv("152224100200,零号村委会,village,152224100"), "village")
    assert desk.names("village") == {"152224100200": "零号村委会"}


def test_twelve_digits_of_a_township_are_cut_to_nine(desk: Desk) -> None:
    desk.load(desk.csv("152224000000,突泉县", head="code,name"), "county")
    desk.load(desk.csv("152224100000,突泉镇", head="code,name"), "township")
    assert desk.names("county") == {"152224": "突泉县"}
    assert desk.names("township") == {"152224100": "突泉镇"}


def test_a_township_is_not_taken_for_a_village_because_its_code_has_twelve_digits(listed: Desk) -> None:
    mixed = listed.csv("990002100000,东镇,", "990002100206,青石村委会,", "990002000000,某县,", head="code,name,remark")
    loaded = listed.load(mixed, "village")
    assert counts(loaded) == (3, 1, 0, 0, 2)
    assert "990002100206" in listed.names("village")
    assert not {"990002100000", "990002000000"} & set(listed.names("village"))
    assert {fault.line: fault.sentence for fault in loaded.faults} == {
        2: "990002100000 是上级区划的代码，不是村代码，未装入。",
        4: "990002000000 是上级区划的代码，不是村代码，未装入。",
    }


def test_a_name_that_changed_is_updated_in_place(listed: Desk) -> None:
    loaded = listed.load(
        listed.csv("990002100,东风街道,township,990002", "990002200,西岭乡,township,990002"), "township"
    )
    assert counts(loaded) == (2, 0, 1, 1, 0)
    assert listed.names("township")["990002100"] == "东风街道"
    assert listed.sql("SELECT version FROM area WHERE code = '990002100'") == [(2,)]


def test_orphans_duplicates_and_short_codes_are_row_errors_and_the_rest_is_stored(listed: Desk) -> None:
    path = listed.csv(
        "990002100203,新村委会,village,990002100",
        "990002300201,无主村委会,village,990002300",
        "990002100203,又一个新村委会,village,990002100",
        "99000210,短码村,village,990002100",
        "990002100204,矛盾村委会,village,990002200",
    )
    loaded = listed.load(path, "village")
    assert counts(loaded) == (5, 1, 0, 0, 4)
    said = {fault.line: fault.sentence for fault in loaded.faults}
    assert said[3] == "上级区划 990002300 尚未装入，请先装入乡镇。"
    assert said[4] == "代码与第 2 行重复，只采用第一次出现的。"
    assert "不少于 12 位" in said[5]
    assert "请改正其中之一" in said[6]
    assert listed.names("village")["990002100203"] == "新村委会"


def test_nothing_usable_is_refused_with_every_reason_and_nothing_is_stored(desk: Desk) -> None:
    with pytest.raises(BadInput, match="没有可用的村（读到 2 条）") as caught:
        desk.load(desk.csv("990009100201,甲村,village,", "990009100202,乙村,village,"), "village")
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    assert desk.names("village") == {}


def test_a_gb18030_list_with_chinese_headings_loads(listed: Desk) -> None:
    path = listed.folder / "名单.csv"
    path.write_bytes(
        "区划代码,区划名称,级别\r\n990002100205,镕家村委会,村\r\n990002300,新乡,乡镇\r\n".encode("gb18030")
    )
    assert counts(listed.load(path, "village")) == (1, 1, 0, 0, 0)
    assert listed.names("village")["990002100205"] == "镕家村委会"


def test_a_list_that_is_no_text_or_has_no_code_column_is_refused_with_what_to_do(desk: Desk) -> None:
    broken = desk.folder / "broken.csv"
    broken.write_bytes(b"code,name\n\xff\xff\xff,\x81")
    with pytest.raises(BadInput, match="编码不认识"):
        desk.load(broken, "county")
    with pytest.raises(BadInput, match=r"没有认出代码列（有：bianhao、mingcheng）.*--code-field.*--under"):
        desk.load(desk.csv("1,甲", head="bianhao,mingcheng"), "county")
    with pytest.raises(BadInput, match="文件没有“BM”列"):
        desk.load(desk.csv("990002,甲县"), "county", code_field="BM")
    with pytest.raises(BadInput, match=r"找不到文件 absent\.csv"):
        desk.load(desk.folder / "absent.csv", "county")
    with pytest.raises(BadInput, match="--where"):
        desk.load(desk.csv("990002,甲县"), "county", where="level = 'county'")


def test_named_columns_are_used_as_told(desk: Desk) -> None:
    path = desk.csv("x,990002,甲县,乙县", head="code,bm,name,mc")
    desk.load(path, "county", code_field="bm", name_field="mc")
    assert desk.names("county") == {"990002": "乙县"}


def test_a_list_leaves_a_stored_outline_alone(listed: Desk) -> None:
    outline = listed.geojson((shapely.box(110, 40, 110.1, 40.1), {"code": "990002100201", "name": "河口村委会"}))
    assert listed.load(outline, "village").updated == 1
    again = listed.load(listed.csv("990002100201,河口村委会,village,990002100"), "village")
    assert again.unchanged == 1
    assert listed.stored("village")["990002100201"].geom is not None


def test_a_level_or_parent_that_cannot_be_is_refused(desk: Desk, tmp_path: Path) -> None:
    path = desk.csv("990002,甲县")
    with pytest.raises(BadInput, match="county、township 或 village"):
        desk.load(path, "province")
    for level, under in (("county", "990002"), ("township", "9900"), ("village", "9900"), ("village", "99000210A")):
        with pytest.raises(BadInput, match="--under"):
            desk.load(path, level, under=under)
    with pytest.raises(BadInput, match=r"不认识“x\.doc”"):
        desk.load(tmp_path / "x.doc", "county")


def test_a_county_loads_its_own_rows_only(listed: Desk) -> None:
    path = listed.csv("990002400,新镇,township,990002", "990003100,邻县的镇,township,990003")
    loaded = listed.load(path, "township", area="990002")
    assert counts(loaded) == (2, 1, 0, 0, 1)
    assert loaded.faults[0].sentence == "区划 990003100 不在您的管辖范围（990002）内。"
    with pytest.raises(NotAllowed):
        listed.load(listed.csv("甲镇", head="name"), "township", area="990002", under="990003")


def test_the_load_stands_in_the_journal_with_its_counts(listed: Desk) -> None:
    ((counts_,),) = listed.sql(
        "SELECT counts FROM journal_entry WHERE action = 'areas.load' AND subject_id = 'village'"
    )
    assert (counts_["loaded"], counts_["updated"], counts_["rejected"], counts_["file"]) == (5, 0, 0, "list.csv")
