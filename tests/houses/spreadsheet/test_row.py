from datetime import date

import pytest

from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.houses.spreadsheet.row import CLEARED, normalise, rules
from tests.houses.ledgers import id_number

RULES = rules(date(2026, 12, 31))


def value(field: str, cell: str) -> str | None:
    return RULES[field](normalise(cell))


@pytest.mark.parametrize(
    ("field", "cell", "kept"),
    [
        ("area_m2", "80㎡", "80.0"),
        ("area_m2", "８０．５平方米", "80.5"),
        ("area_m2", "约 120 m²", "120.0"),
        ("area_m2", "1,234.567", "1234.57"),
        ("area_m2", "约90", "90.0"),
        ("area_m2", "90左右", "90.0"),
        ("area_m2", "85平方", "85.0"),
        ("area_m2", "60余", "60.0"),
        ("area_m2", "大约60多平米左右", "60.0"),
        ("area_m2", "120.", "120.0"),
        ("persons", "3人左右", "3"),
        ("rooms", "3.", "3"),
        ("rooms", "三间", "3"),
        ("rooms", "３间", "3"),
        ("rooms", "3.0", "3"),
        ("storeys", "一层", "1"),
        ("storeys", "两层", "2"),
        ("persons", "4人", "4"),
        ("built_year", "1998年", "1998"),
        ("built_year", "１９９８", "1998"),
        ("built_year", "90年代", "1990"),
        ("built_year", "80年代末", "1980"),
        ("built_year", "1998.0", "1998"),
        ("built_year", "2003年左右", "2003"),
        ("built_year", "1998-05-01", "1998"),
        ("renovation_year", "2026", "2026"),
        ("renovation_year", "2026年", "2026"),
        ("renovation_year", "2026.0", "2026"),
        ("renovation_year", "２０２６", "2026"),
        ("renovation_year", "2024 年度", "2024"),
        ("renovation_year", "24年", "2024"),
        ("renovation_year", "2024-05-01", "2024"),
        ("renovation_year", "2024年5月", "2024"),
        ("renovation_year", "2027", "2027"),
        ("suspected", "√", "t"),
        ("suspected", "×", "f"),
        ("suspected", "疑似", "t"),
        ("suspected", "安全", "f"),
        ("occupancy", "√", "resident"),
        ("occupancy", "否", "empty"),
        ("occupancy", "长期外出空置", "away"),
        ("structure", "砖混结构", "brick_concrete"),
        ("structure", "土木", "earth_wood"),
        ("structure", "砖瓦房", "brick_wood"),
        ("structure", "土房", "earth"),
        ("grade", "Ｄ级", "D"),
        ("grade", "c级危房", "C"),
        ("grade", "C级（局部危房）", "C"),
        ("grade", "D级（整栋危房）", "D"),
        ("grade", "C级局部危房", "C"),
        ("grade", "局部危房", "C"),
        ("grade", "整栋危房", "D"),
        ("grade", "Ｄ级／整幢危房", "D"),
        ("grade", "未评定", None),
        ("graded_on", "2023年5月1日", "2023-05-01"),
        ("graded_on", "2023.5", "2023-05-01"),
        ("graded_on", "20230501", "2023-05-01"),
        ("graded_on", "45047", "2023-05-01"),
        ("categories", "低保、五保", "{K2,K3}"),
        ("categories", "一般户", CLEARED),
        ("monitoring", "脱贫户", "{lifted}"),
        ("traits", "独居老人，孕妇儿童", "{elderly_alone,pregnant_or_child}"),
        ("house_code", "ａ-０１", "A-01"),
        ("house_code", "1001.0", "1001"),
        ("phone", "＋86 100-0000-0001", "10000000001"),
        ("phone", "86-13800000001", "13800000001"),
        ("phone", "0086 138 0000 0001", "13800000001"),
        ("phone", "（0482）6000001", "04826000001"),
        ("phone", "100****0001", None),
    ],
)
def test_a_cell_is_understood_as_it_was_meant(field: str, cell: str, kept: str | None) -> None:
    assert value(field, cell) == kept


@pytest.mark.parametrize(
    ("field", "cell", "sentence"),
    [
        ("id_number", "1.52224E+17", "末几位已丢失"),
        ("id_number", "152224190001011000.0", "末几位已丢失"),
        ("id_number", "152224000101001", "15 位旧身份证号"),
        ("id_number", "99000119000101000", "应为 18 位"),
        ("id_number", "990001190001010005", "校验位不对"),
        ("house_code", "1.5E+16", "末几位已丢失"),
        ("house_code", "15222410020100001.0", "末几位已丢失"),
        ("area_m2", "八十平", "应为数字"),
        ("area_m2", "-3", "大于 0"),
        ("area_m2", "80000", "不超过 5000"),
        ("built_year", "2035", "1850 到 2026"),
        ("built_year", "解放前", "四位年份"),
        ("renovation_year", "26", "一个四位年份"),
        ("renovation_year", "2024、2025", "一个四位年份"),
        ("renovation_year", "2024-2025", "一个四位年份"),
        ("renovation_year", "2024-25", "一个四位年份"),
        ("renovation_year", "去年", "一个四位年份"),
        ("renovation_year", "2007", "2008 到 2027"),
        ("renovation_year", "2028年", "2008 到 2027"),
        ("renovation_year", "03年", "2008 到 2027"),
        ("graded_on", "2023-13-40", "日期看不懂"),
        ("rooms", "3.5", "整数"),
        ("grade", "E级", "A、B、C、D"),
        ("grade", "危房", "A、B、C、D"),
        ("grade", "C级（整栋危房）", "C、D.*互相矛盾"),
        ("grade", "A级（局部危房）", "A、C.*互相矛盾"),
        ("grade", "C、D级", "C、D.*互相矛盾"),
        ("area_m2", "60-80", "应为数字"),
        ("area_m2", "左右", "应为数字"),
        # Earth with a frame of wood or without one, stone under a roof of anything: only who has seen it knows.
        ("structure", "泥草房", "可用：土木"),
        ("structure", "石砌", "可用：土木"),
        ("structure", "稻草", "可用：土木"),
        ("phone", "12345", "7 到 12 位"),
        ("phone", "1380000零0001", "7 到 12 位"),
        ("phone", "找村书记", "7 到 12 位"),
        ("suspected", "也许", "是 或 否"),
    ],
)
def test_a_cell_that_cannot_be_used_says_what_to_do(field: str, cell: str, sentence: str) -> None:
    with pytest.raises(CellFault, match=sentence):
        value(field, cell)


def test_a_right_id_number_is_taken_with_blanks_and_small_x() -> None:
    number = id_number(7)
    assert value("id_number", f" {number[:6]} {number[6:].lower()} ") == number


def test_a_masked_id_number_states_nothing() -> None:
    assert value("id_number", "990001********1234") is None


def test_a_word_that_nobody_knows_does_not_take_its_neighbours_along() -> None:
    with pytest.raises(CellFault, match="“聋哑、癫痫”不在避险特征的取值中，未采用，同一格里的其他词已导入") as told:
        value("traits", "独居老人、聋哑、孕妇，癫痫")
    assert told.value.value == "{elderly_alone,pregnant_or_child}"
    with pytest.raises(CellFault, match="“聋哑”不在避险特征的取值中，可用") as told:
        value("traits", "聋哑")
    assert told.value.value is None


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("13800000001、13900000001", "13800000001"),
        ("13800000001（子）", "13800000001"),
        ("甲某：13800000001", "13800000001"),
        ("13800000001 13900000001", "13800000001"),
        ("86-13800000001/86-13900000001", "13800000001"),
        ("139、13800000001", "13800000001"),
        ("0482-6000001转8", "04826000001"),
    ],
)
def test_of_several_numbers_the_first_is_taken_and_that_is_said(cell: str, first: str) -> None:
    with pytest.raises(CellFault, match="只采用了其中第一个电话号码") as told:
        value("phone", cell)
    assert told.value.value == first
