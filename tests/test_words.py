"""The lists of the product are those that the county and the service agreed on: code word and label, in this order."""

import pytest

from geo_housing import words
from geo_housing.errors import BadInput
from geo_housing.words import WordList

AGREED = {
    "GRADE": "A A级 · B B级 · C C级 · D D级",
    "GRADE_BASIS": "assessment 评定 · appraisal 鉴定 · field_judgement 排查初判 · legacy 旧台账",
    "RISK": "A A级 · B B级 · C C级 · D D级 · suspected 疑似危房（待评定） · none 未评定",
    "RENOVATION": "not_needed 不涉及 · unplanned 未纳入计划 · listed 已纳入年度台账 · started 已开工 · completed 已竣工"
    " · accepted 已验收 · moved_in 已入住",
    "MEASURE": "subsidised 补助改造 · self_funded 自行改造 · placement 公房安置 · rental 公租房安置 · sealed 封存"
    " · demolished 拆除 · declined 农户不愿改造（书面）",
    "STRUCTURE": "earth_wood 土木 · brick_wood 砖木 · brick_earth 砖土混杂 · wood 木结构 · stone_wood 石木"
    " · brick_concrete 砖混 · rc 混凝土 · steel 钢 · earth 生土 · other 其他 · unknown 不详",
    "BUILDING_KIND": "dwelling 主要住房 · ancillary 附属用房 · disused 闲置旧房",
    "OCCUPANCY": "resident 常住 · seasonal 季节性居住 · away 长期外出空置 · let 出租 · empty 无人居住",
    "LOCATION_STATE": "located 已定位 · unlocated 待定位 · disputed 待核对",
    "MONITORING": "lifted 已脱贫户 · unstable 脱贫不稳定户 · marginal 边缘易致贫户 · sudden_hardship 突发严重困难户",
    "TRAIT": "elderly_alone 独居老人 · impaired 残疾或行动不便 · pregnant_or_child 孕妇儿童 · needs_help 需帮助转移",
    "EVENT_KIND": "rainstorm 暴雨 · flood 洪水 · flash_flood 山洪 · dam_release 水库泄洪 · snowstorm 暴雪 · gale 大风"
    " · hail 冰雹 · cold_wave 寒潮 · earthquake 地震 · geological 地质灾害 · fire 火灾 · other 其他",
    "WARNING_LEVEL": "red 红色 · orange 橙色 · yellow 黄色 · blue 蓝色 · ungraded 未分级",
    "WARNING_ACTION": "issue 发布 · continue 继续 · upgrade 升级 · downgrade 降级 · change 变更 · lift 解除"
    " · response 启动应急响应 · none 不是预警",
    "RESPONSE_LEVEL": "I Ⅰ级 · II Ⅱ级 · III Ⅲ级 · IV Ⅳ级",
    "EVENT_MODE": "actual 实际 · drill 演练",
    "EVENT_PHASE": "draft 待确认 · warning 预警响应 · ongoing 灾中 · aftermath 灾后排查 · closed 结束 · mistaken 误发撤销",
    "CALL_STATE": "calling 未应 · answered 已应 · handed_on 转叫下一人",
    "INSPECTION_STATE": "prepared 待开始 · open 待排查 · in_progress 排查中 · done 已排查 · withdrawn 已撤销",
    "CHECK_RESULT": "no_visible_hazard 未见明显隐患 · suspected 有损坏或疑似危险 · collapsed 倒塌 · locked 锁门/外出"
    " · uninhabited 无人居住 · refused 拒绝入户 · demolished 已拆除",
    "DAMAGE_CLASS": "none 无 · slight 一般损坏 · severe 严重损坏 · collapsed 倒塌",
}
SIX_CATEGORIES = (
    "K1 农村易返贫致贫户 · K2 农村低保户 · K3 农村分散供养特困人员 · K4 因病因灾因意外刚性支出较大等严重困难家庭"
    " · K5 农村低保边缘家庭 · K6 未享受过保障政策的其他脱贫户"
)


def agreed(text: str) -> list[tuple[str, str]]:
    return [(code, label) for code, _, label in (part.partition(" ") for part in text.split(" · "))]


@pytest.mark.parametrize("name", AGREED)
def test_list_is_the_agreed_one(name: str) -> None:
    assert list(getattr(words, name).labels.items()) == agreed(AGREED[name])


def test_the_six_categories_come_first_and_are_the_key_groups() -> None:
    assert list(words.CATEGORY.labels.items())[:6] == agreed(SIX_CATEGORIES)
    assert tuple(code for code, _ in agreed(SIX_CATEGORIES)) == words.KEY_GROUPS


def test_only_assessment_and_appraisal_are_signed() -> None:
    assert words.SIGNED_BASES == ("assessment", "appraisal")


def test_every_list_reads_its_own_codes_and_labels() -> None:
    for wanted in vars(words).values():
        if isinstance(wanted, WordList):
            for code, label in wanted.labels.items():
                assert wanted.code(code) == wanted.code(f" {label} ") == code
                assert wanted.label(code) == label


def test_an_unknown_word_names_what_is_allowed() -> None:
    with pytest.raises(BadInput, match=r"red（红色）、orange（橙色）"):
        words.WARNING_LEVEL.code("紫色")


def test_an_unknown_code_is_shown_as_it_is_and_nothing_as_a_dash() -> None:
    assert (words.EVENT_KIND.label("meteor"), words.EVENT_KIND.label(None), words.EVENT_KIND.label("")) == (
        "meteor",
        "—",
        "—",
    )
