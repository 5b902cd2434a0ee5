"""What ledgers write for the words of our lists, beside the labels themselves. Pure."""

from geo_housing.words import CATEGORY, MONITORING, TRAIT

OCCUPANCY_MORE = {
    "空置": "away", "闲置": "empty", "出租": "let", "有人居住": "resident", "季节性": "seasonal",
    **{f"{who}外出{what}": "away" for who in ("长期", "全家", "举家", "全家长期", "举家长期") for what in ("", "务工", "打工")},
}  # fmt: skip
STRUCTURE_MORE = {
    "砖混结构": "brick_concrete", "砖木结构": "brick_wood", "土木结构": "earth_wood", "钢结构": "steel", "混凝土结构": "rc",
    "框架": "rc", "框架结构": "rc", "钢筋混凝土": "rc", "钢混": "rc", "土坯": "earth", "生土结构": "earth", "土坯房": "earth",
    "木": "wood", "石木结构": "stone_wood", "砖瓦": "brick_wood", "砖瓦房": "brick_wood", "土房": "earth", "轻钢": "steel", "彩钢": "steel", "其它": "other",
    "砖土混杂结构": "brick_earth", "砖土": "brick_earth",
}  # fmt: skip
# The standards' words for the two grades of dangerous houses: in part, and as a whole.
GRADE_MORE = {
    "局部危房": "C", "局部危险房屋": "C", "整栋危房": "D", "整栋危险房屋": "D", "整幢危房": "D", "整幢危险房屋": "D",
}  # fmt: skip
KIND_MORE = {
    "住房": "dwelling",
    "住宅": "dwelling",
    "居住": "dwelling",
    "附属": "ancillary",
    "闲置": "disused",
    "仓房": "ancillary",
}
CATEGORY_MORE = {
    "低保户": "L2", "农村低保": "K2", "低保": "K2", "特困": "K3", "分散供养特困人员": "K3", "五保": "K3", "五保户": "K3",
    "易返贫致贫户": "K1", "低保边缘": "K5", "低保边缘家庭": "K5", "严重困难家庭": "K4", "建档立卡户": "L1", "贫困残疾人": "L4",
}  # fmt: skip
MONITORING_MORE = {
    "脱贫户": "lifted",
    "脱贫不稳定": "unstable",
    "边缘易致贫": "marginal",
    "突发严重困难": "sudden_hardship",
}
# Two sets that ledgers write into one column.
OTHER_SET = {"categories": "monitoring", "monitoring": "categories"}
# More words can only bring somebody before others.
TRAIT_MORE = {
    "独居": "elderly_alone", "残疾": "impaired", "残疾人": "impaired", "行动不便": "impaired", "卧床": "impaired", "失能": "impaired",
    "孕妇": "pregnant_or_child", "儿童": "pregnant_or_child", "需帮助": "needs_help", "需协助转移": "needs_help",
}  # fmt: skip
SETS = {
    "categories": (CATEGORY, CATEGORY_MORE),
    "monitoring": (MONITORING, MONITORING_MORE),
    "traits": (TRAIT, TRAIT_MORE),
}
# A household of none of the protected kinds: an answer, not a blank.
NO_GROUP = frozenset({"一般户", "一般农户", "普通户", "普通农户", "其他户", "其他农户", "其它农户", "否"})
NOT_GRADED = frozenset({"未评定", "未鉴定", "未定级", "待评定", "待鉴定"})
