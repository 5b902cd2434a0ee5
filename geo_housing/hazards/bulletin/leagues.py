"""What stands above a county: leagues and cities by the first four digits of its code (GB/T 2260). Pure.

A text of the league's station speaks for each of its counties (全盟大部), one of another league for none of ours.
"""

REGION = "15"
_NAMES = {
    "1501": "呼和浩特市", "1502": "包头市", "1503": "乌海市", "1504": "赤峰市", "1505": "通辽市", "1506": "鄂尔多斯市",
    "1507": "呼伦贝尔市", "1508": "巴彦淖尔市", "1509": "乌兰察布市", "1522": "兴安盟", "1525": "锡林郭勒盟", "1529": "阿拉善盟",
}  # fmt: skip
_REGION_NAMES = ("内蒙古自治区", "自治区", "内蒙古")
NAMES = tuple(_NAMES.values())


def named_at(words: str) -> str | None:
    """The code of the league whose name ``words`` begin with."""
    return next((code for code, name in _NAMES.items() if words.startswith(name)), None)


def league_of(words: str) -> str | None:
    """The code of the league that ``words`` end with; ``15`` for the region itself."""
    for code, name in _NAMES.items():
        if words.endswith(name):
            return code
    # 盟气象台: whose it is only the reader knows.
    return REGION if words.endswith(_REGION_NAMES) else None
