from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import literal, select

from geo_housing.evacuation.meant import is_one
from geo_housing.people_names import name_key, tidy_name
from tests.fixtures.toy import ToyDatabase

SPELLINGS = st.text(alphabet="丁广华乌云其𠮷aＡ１ \u3000\u00a0\u200b\ufeff·•・．.‧（）-\t", min_size=1, max_size=8)


def test_blanks_dots_and_what_nobody_sees_make_no_other_person() -> None:
    assert {
        name_key(one)
        for one in ("丁广华", "丁 广华", "丁　广华", "丁\u200b广华", "丁·广华", " 丁 广 华 ", "丁\ufeff广华")
    } == {"丁广华"}
    assert {name_key(one) for one in ("乌云·其其格", "乌云•其其格", "乌云．其其格", "乌云・其其格", "乌云 其其格")} == {
        "乌云其其格"
    }
    assert name_key("丁广华（村西）") != name_key("丁广华") and name_key("丁广花") != name_key("丁广华")


def test_a_name_is_kept_without_what_only_fills_a_column_and_with_its_dot() -> None:
    kept = {
        "丁　华": "丁华",
        "丁 广华": "丁广华",
        "丁\u200b广华": "丁广华",
        "欧 阳 小 花": "欧阳小花",
        "张三 李四": "张三 李四",
    }
    dotted = dict.fromkeys(("乌云·其其格", "乌云•其其格", "乌云．其其格", "乌云 · 其其格"), "乌云·其其格")
    as_it_is = {"村东头第二家": "村东头第二家", "丁广华（村西）": "丁广华（村西）", "John Smith": "John Smith"}
    for written, said in {**kept, **dotted, **as_it_is}.items():
        assert tidy_name(written) == said, written


@given(SPELLINGS)
@example("丁\u200b　华")
def test_what_is_kept_is_the_same_person_and_kept_once(name: str) -> None:
    assert name_key(tidy_name(name)) == name_key(name) and tidy_name(tidy_name(name)) == tidy_name(name)


@given(one=SPELLINGS, other=SPELLINGS)
@example(one="丁\u200b广华", other="丁　广华")
@example(one="乌云．其其格", other="乌云·其其格")
def test_the_database_says_the_same(toy_worker: ToyDatabase, one: str, other: str) -> None:
    with toy_worker.transaction() as session:
        assert session.scalar(select(is_one(literal(one), other))) == (name_key(one) == name_key(other))
