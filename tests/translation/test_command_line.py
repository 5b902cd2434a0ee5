"""The command line in English: what a command refuses, its faults and its checks; without a choice it is Chinese."""

import json

import pytest

from geo_housing import cli
from geo_housing.cli import say
from geo_housing.errors import BadInput, Fault
from tests.translation.said import CHINESE

REFUSAL = BadInput(
    "条件（where）在第 5 个字符“=”处读不懂。写法示例：grade IN ('C','D') AND built_year < 1990 AND NOT (structure = 'rc')。",
    faults=[
        Fault(3, "id_number", "1522…", "身份证号校验位不对，可能有一位写错。"),
        Fault(
            None,
            None,
            None,
            "没有认出代码列（有：name、geom），请用 --code-field 指定；没有统一代码的数据请加 --under 由系统编号。",
        ),
    ],
)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_refusal_with_its_faults_is_english(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEO_HOUSING_LANG", "en")
    monkeypatch.setattr("sys.argv", ["geo-housing", *(["--json"] if as_json else [])])
    cli._explain(REFUSAL)
    told = capsys.readouterr()
    assert not CHINESE.search(told.err + told.out)
    assert told.err.startswith(
        "Something in the input is wrong: The condition (where) is not understood at character 5"
    )
    assert "line 3, column “id_number”, value “1522…”: The check digit of the ID number is wrong" in told.err
    if as_json:
        assert json.loads(told.out)["errors"][0]["sentence"].startswith("The check digit")


def test_without_a_choice_the_same_is_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GEO_HOUSING_LANG", "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    cli._explain(REFUSAL)
    told = capsys.readouterr().err
    assert (
        told.startswith("输入有误：条件（where）在第 5 个字符")
        and "第 3 行，“id_number”列，值“1522…”：身份证号" in told
    )


def test_a_sentence_without_label_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_HOUSING_LANG", "en")
    assert say.labelled("", "请先登录。") == "Please sign in first."
