"""What has not been done is not read as done: denied, only planned, hearsay, an emergency response; and what is done still is."""

from datetime import date

import pytest

from geo_housing.hazards.bulletin import doubts
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.reading import read_bulletin
from geo_housing.hazards.bulletin.signals import lifts_only

ON = date(2026, 7, 28)
AT = "突泉县气象台7月28日18时"

DENIED = [
    ("突泉县气象台：截至20时，目前没有发布暴雨红色预警信号，全县请勿轻信网络传言。", "没有发布"),
    ("突泉县气象台今天不会发布暴雨红色预警信号。", "不会发布"),
    (f"{AT}说明：我台未发布过暴雨红色预警信号，请大家不信谣、不传谣。", "未发布"),
    ("突泉县气象台尚未发布暴雨红色预警信号，网传消息不实。", "尚未发布"),
    ("突泉县气象台：7月28日全县没有暴雨红色预警信号，请放心。", "没有暴雨红色预警信号"),
    ("突泉县气象局：目前尚未达到暴雨红色预警信号发布标准，暂不发布预警。", "尚未达到暴雨红色预警信号"),
]
RETRACTED = [
    (f"{AT}：刚才发布的暴雨红色预警信号系误发，请宝石镇群众不要惊慌。", "系误发"),
    (f"{AT}：17时30分发布的暴雨红色预警信号系误发，现予以撤销。", "系误发"),
    ("突泉县气象台7月28日17时30分发布的暴雨红色预警信号系误发，现予以撤销。", "系误发"),
    (f"【更正】{AT}：17时30分发布的暴雨红色预警信号系误发，现予以撤销。", "系误发"),
    (f"【更正】{AT}：17时30分发布的暴雨红色预警信号属误操作，特此更正，宝石镇群众可以返回。", "属误操作"),
    (f"{AT}撤销17时30分误发的暴雨红色预警信号。", "误发"),
    (f"{AT}：因系统故障，17时30分误发暴雨红色预警信号，现予以撤销。", "误发"),
    (f"{AT}撤销17时30分发布的暴雨红色预警信号，该预警系误发。", "系误发"),
    (f"{AT}：撤回17时30分发布的暴雨红色预警信号（系误发）。", "系误发"),
]
PLANS_TO_ISSUE = [
    ("突泉县气象台拟于7月28日22时发布暴雨红色预警信号，宝石镇、永安镇请提前做好准备。", "拟于7月28日22时发布"),
    (f"{AT}准备发布暴雨红色预警，请各乡镇待命。", "准备发布"),
    (f"{AT}通报：预计今晚20时前后发布山洪灾害橙色预警。", "预计今晚20时前后发布"),
    (f"{AT}会商：不排除发布暴雨红色预警信号。", "不排除发布"),
]
PLANS_TO_CHANGE = [
    ("突泉县气象台计划今晚将暴雨橙色预警信号升级为暴雨红色预警信号。", "计划今晚将暴雨橙色预警信号升级"),
    ("突泉县气象台预计7月28日21时将暴雨红色预警信号降为暴雨黄色预警信号。", "预计7月28日21时将暴雨红色预警信号降"),
    (f"{AT}暴雨橙色预警将于19时升级为红色，宝石镇做好准备。", "将于19时升级"),
    (f"{AT}暴雨橙色预警信号可能升级为暴雨红色预警信号，请关注。", "可能升级"),
]
PLANS_TO_LIFT = [
    ("突泉县气象台7月28日20时20分消息：20时50分将解除暴雨红色预警信号。", "将解除"),
    ("突泉县暴雨红色预警信号将于7月28日20时50分解除，宝石镇、永安镇请继续防范。", "将于7月28日20时50分解除"),
    ("突泉县气象台预计7月28日20时前后解除暴雨红色预警信号，请宝石镇、永安镇继续做好防范。", "预计7月28日20时前后解除"),
    (f"{AT}通知：计划明日8时解除暴雨红色预警信号。", "计划明日8时解除"),
    (f"{AT}发布的暴雨红色预警信号将于20时50分解除。", "将于20时50分解除"),
]
DROPPED = [
    (f"{AT}通报：取消原定20时发布暴雨红色预警信号的计划。", "取消原定20时发布暴雨红色预警信号的计划"),
    ("突泉县气象台已取消发布暴雨红色预警信号的计划，宝石镇、水泉镇恢复正常。", "取消发布暴雨红色预警信号的计划"),
]
HEARSAY = [
    ("网传“突泉县气象台发布暴雨红色预警信号，宝石镇、永安镇立即转移”系谣言，请大家不要相信。", "网传"),
    ("谣传突泉县今晚发布暴雨红色预警、要全县转移，县气象台没有发布。", "谣传"),
    ("突泉县应急管理局：微信群流传的“突泉县今晚发布山洪灾害红色预警、宝石镇全部转移”为不实信息。", "流传"),
    ("【辟谣】突泉县气象台7月28日发布暴雨红色预警信号、全县停课的消息是假的。", "辟谣"),
]
RESPONSES = [
    ("突泉县防汛抗旱指挥部7月28日9时终止防汛Ⅱ级应急响应。", "II级应急响应"),
    ("突泉县防汛抗旱指挥部决定于7月28日9时将防汛Ⅱ级应急响应调整为Ⅲ级应急响应。", "II级应急响应调整为III级"),
    ("突泉县防指7月28日9时将防汛应急响应由Ⅱ级降至Ⅳ级。", "防汛应急响应由II级降至IV级"),
    ("突泉县人民政府7月28日9时结束自然灾害救助Ⅲ级应急响应。", "III级应急响应"),
    ("突泉县7月28日9时终止暴雨红色预警应急响应。", "终止暴雨红色预警应急响应"),
]
UNDONE = [
    (text, words, sentence)
    for texts, sentence in (
        (DENIED, doubts.NOT_ISSUED), (RETRACTED, doubts.RETRACTED), (PLANS_TO_ISSUE, doubts.ISSUE_PLANNED), (PLANS_TO_CHANGE, doubts.CHANGE_PLANNED),
        (PLANS_TO_LIFT, doubts.IS_PLANNED), (DROPPED, doubts.PLAN_DROPPED), (HEARSAY, doubts.IS_RUMOUR), (RESPONSES, doubts.RESPONSE_ENDED),
    )
    for text, words in texts
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "sentence"), UNDONE, ids=[text for text, _, _ in UNDONE])
def test_what_is_not_done_has_no_action_and_says_why(
    text: str, words: str, sentence: str, gazetteer: Gazetteer
) -> None:
    for found in read_bulletin(text, gazetteer, pasted_on=ON).bulletins:
        assert found.action is None and found.undone is not None
        assert (found.undone.text, found.undone.sentence) == (words, sentence)
        assert found.undone in found.unread and found.retracts is (sentence == doubts.RETRACTED)
    assert read_bulletin(text, gazetteer, pasted_on=ON).bulletins


@pytest.mark.parametrize(
    ("text", "action"),
    [
        (f"{AT}将暴雨橙色预警信号升级为暴雨红色预警信号：宝石镇有大暴雨。", "upgrade"),
        ("突泉县气象台将2026年7月28日15时发布的暴雨橙色预警信号升级为暴雨红色预警信号：宝石镇将有大暴雨。", "upgrade"),
        (f"{AT}发布暴雨红色预警信号：宝石镇、永安镇有大暴雨，请不信谣、不传谣，关注官方发布。", "issue"),
        (f"{AT}发布暴雨红色预警信号：宝石镇、永安镇有大暴雨，请勿听信谣言，未经通知不得返回。", "issue"),
        (f"{AT}发布暴雨红色预警信号：宝石镇将有大暴雨。针对网传消息，请以气象台发布为准。", "issue"),
        (f"{AT}发布暴雨橙色预警信号：预计未来6小时宝石镇有大暴雨，后期可能升级为暴雨红色预警信号。", "issue"),
        (f"{AT}发布暴雨红色预警信号：预计未来3小时宝石镇降水将达100毫米以上，我台将继续发布预警信息。", "issue"),
        (f"{AT}继续发布暴雨红色预警信号：预计宝石镇将有大暴雨。预计29日8时解除。", "continue"),
        ("突泉县气象台决定7月28日20时50分解除暴雨红色预警信号。", "lift"),
        (f"{AT}：暴雨红色预警信号暂不解除，宝石镇、永安镇群众不得返回。", "continue"),
    ],
)
def test_what_is_done_is_read_though_such_words_stand_in_it(text: str, action: str, gazetteer: Gazetteer) -> None:
    found = read_bulletin(text, gazetteer, pasted_on=ON).bulletins[0]
    assert found.action is not None and (found.action.value, found.undone) == (action, None)


def test_a_level_that_may_come_is_no_level_of_the_places(gazetteer: Gazetteer) -> None:
    text = f"{AT}发布暴雨橙色预警信号：预计未来6小时宝石镇、永安镇有大暴雨，后期可能升级为暴雨红色预警信号。"
    (found,) = read_bulletin(text, gazetteer, pasted_on=ON).bulletins
    assert [(area.name, area.level) for area in found.areas] == [("宝石镇", None), ("永安镇", None)]
    assert [(one.text, one.sentence) for one in found.unread] == [("可能升级", doubts.CHANGE_PLANNED)]


def test_a_denial_before_what_was_issued_since_is_told(gazetteer: Gazetteer) -> None:
    text = f"突泉县气象台上午没有发布暴雨红色预警信号。\n{AT}发布暴雨红色预警信号：宝石镇将有大暴雨。"
    (issued,) = read_bulletin(text, gazetteer, pasted_on=ON).bulletins
    assert issued.undone is None and [area.name for area in issued.areas] == ["宝石镇"]
    assert [(one.text, one.sentence) for one in issued.unread] == [("没有发布", doubts.NOT_ISSUED)]


def test_two_are_denied_in_a_row_and_one_after_a_comma_is_not(gazetteer: Gazetteer) -> None:
    both = read_bulletin(f"{AT}：今天没有发布暴雨红色、大风黄色预警信号。", gazetteer, pasted_on=ON).bulletins
    assert both and all(one.undone is not None and one.action is None for one in both)
    text = "我县今天没有发布过暴雨预警，目前生效的是大风蓝色预警信号。"
    denied, other = read_bulletin(text, gazetteer, pasted_on=ON).bulletins
    assert denied.undone is not None and (other.undone, other.action) == (None, None)


def test_a_headline_lifts_only_what_is_lifted_and_a_warning() -> None:
    assert lifts_only("突泉县气象台解除暴雨红色预警信号")
    for headline in (
        "突泉县终止防汛Ⅱ级应急响应",
        "突泉县气象台将于20时解除暴雨红色预警信号",
        "暴雨红色预警信号没有解除",
    ):
        assert not lifts_only(headline), headline


def test_a_response_begun_is_told_to_be_no_warning(gazetteer: Gazetteer) -> None:
    text = "突泉县防汛抗旱指挥部7月28日9时启动防汛Ⅱ级应急响应。"
    (found,) = read_bulletin(text, gazetteer, pasted_on=ON).bulletins
    assert found.action is not None and found.action.value == "response"
    assert found.undone is not None and found.undone.sentence == doubts.RESPONSE_STARTED


def test_a_retraction_says_of_which_warning(gazetteer: Gazetteer) -> None:
    (found,) = read_bulletin(RETRACTED[1][0], gazetteer, pasted_on=ON).bulletins
    assert found.level is not None and found.replaced_at is not None
    assert (found.level.value, f"{found.replaced_at.value:%d %H:%M}") == ("red", "28 17:30")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{AT}：17时30分发布的暴雨橙色预警信号系误发，应为黄色。", ("downgrade", "yellow", "应为")),
        (f"{AT}：17时30分发布的暴雨橙色预警信号系误发，应为六户镇。", ("change", "orange", "应为")),
        (f"【更正】{AT}：17时30分误发的暴雨橙色预警信号，现更正为六户镇。", ("change", "orange", "更正")),
        (f"{AT}解除暴雨红色预警信号。此前误发的短信已更正。", ("lift", "red", None)),
        (f"{AT}解除暴雨红色预警信号，请勿误报灾情。", ("lift", "red", None)),
    ],
)
def test_what_holds_instead_and_what_ends_is_no_retraction(
    text: str, read: tuple[str, str, str | None], gazetteer: Gazetteer
) -> None:
    (found,) = read_bulletin(text, gazetteer, pasted_on=ON).bulletins
    assert not found.retracts and found.undone is None and found.action is not None and found.level is not None
    calls = found.corrects.text[:2] if found.corrects else None
    assert (found.action.value, found.level.value, calls) == read


@pytest.mark.parametrize(
    "said",
    [
        "：昨日20时发布的暴雨红色预警信号现继续发布，宝石镇将有大暴雨。",
        "将昨日20时发布的暴雨红色预警信号继续发布：宝石镇将有大暴雨。",
        "：27日20时发布的暴雨红色预警信号继续发布，宝石镇将有大暴雨。",
    ],
)
def test_what_was_issued_before_and_is_issued_on_goes_on(said: str, gazetteer: Gazetteer) -> None:
    (found,) = read_bulletin(f"{AT}{said}", gazetteer, pasted_on=ON).bulletins
    assert found.action is not None and (found.action.value, found.undone) == ("continue", None)
    assert [area.name for area in found.areas] == ["宝石镇"]
    assert found.replaced_at is not None and f"{found.replaced_at.value:%d %H:%M}" == "27 20:00"
