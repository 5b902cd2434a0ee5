"""What a cell says: pure rules, one function per field. No session, no file.

Each rule takes normalised text (NFKC, trimmed, never empty) and gives the value as PostgreSQL reads it, CLEARED
when the cell empties the field, or raises CellFault with a sentence. "Not stated" never reaches a rule.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from geo_housing.errors import BadInput
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.houses.spreadsheet.fields import TICKED
from geo_housing.houses.spreadsheet.personal import has_lost_digits, ledger_id_number, ledger_phone
from geo_housing.houses.spreadsheet.spellings import (
    GRADE_MORE,
    KIND_MORE,
    NO_GROUP,
    NOT_GRADED,
    OCCUPANCY_MORE,
    OTHER_SET,
    SETS,
    STRUCTURE_MORE,
    TRAIT_MORE,
)
from geo_housing.people_names import tidy_name
from geo_housing.words import (
    BUILDING_KIND,
    GRADE,
    GRADE_BASIS,
    MEASURE,
    OCCUPANCY,
    RENOVATION,
    SIGNED_BASES,
    STRUCTURE,
    TRAIT,
    WordList,
)

CLEARED = "\x00cleared"
NOT_STATED = frozenset(
    {"", "不详", "未知", "不清楚", "不明", "/", "\\", "-", "--", "—", "——", "null", "none", "n/a", "待查"}
)
CLEARING = frozenset({"无", "没有"})
YES = frozenset({"√", "✓", "✔", "是", "有", "1", "1.0", "true", "yes", "y", "对"})
NO = frozenset({"×", "✗", "x", "否", "无", "没有", "0", "0.0", "false", "no", "n"})
EARLIEST_YEAR = 1850
# The first counties renovated dangerous rural houses by an annual list (农村危房改造试点) in this year.
FIRST_ANNUAL_LEDGER = 2008
_NUMBER = re.compile(
    r"^(?:约|大约|大概)?(-?\d+(?:\.\d*)?)(?:余|多)?(?:㎡|m2|m²|平方米|平方|平米|平|间|层|人|口|元|岁)?(?:左右|上下)?$"
)
_YEAR = re.compile(r"^(?:公元)?(\d{4})(?:\.0)?年?(?:代|左右|前后|建)?$")
_YEAR_IN_DATE = re.compile(r"^(\d{4})[-/.年]\d{1,2}(?:[-/.月]\d{0,2}日?)?.*$")
_LEDGER_YEAR = re.compile(r"^(\d{4})(?:\.0)?(?:年度?)?$")
# Two figures alone may be anything; 24年 in such a column is 2024.
_SHORT_LEDGER_YEAR = re.compile(r"^(\d{2})年度?$")
# What stands around a grade and says nothing of it.
_BESIDE_GRADES = re.compile(r"[\s级()、,;:/-]")
_GRADES = re.compile("|".join((*GRADE.labels, *GRADE_MORE)))
_ONLY_GRADES = re.compile(f"(?:(?:{_GRADES.pattern})(?:危房|危险房屋)?)+")
_DECADE = re.compile(r"^(\d{2})年代(?:初|中|末)?$")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?(?:月)?(?:[ T].*)?$")
_PLAIN_DATE = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_CHINESE_NUMBER = re.compile(r"^([零〇一二两三四五六七八九十])(?:间|层|人|口)?$")
_HEADCOUNT = re.compile(r"^(\d{1,2})(?:\.0)?(?:人|名|个|口)?$")
_SEPARATORS = re.compile(r"[、，,;；/|\s]+")


def normalise(text: str) -> str:
    """NFKC (full-width digits and letters), trimmed, inner line breaks as spaces."""
    if text.isascii() and "\n" not in text:
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("\r", " ").replace("\n", " ").strip()


def is_stated(text: str) -> bool:
    """Whether a normalised cell says anything."""
    return text.lower() not in NOT_STATED


def code(text: str) -> str:
    """House code: upper case, whole numbers without the .0 of a spreadsheet."""
    if has_lost_digits(text):
        raise CellFault("编号被表格软件转成了科学计数，末几位已丢失；请把该列设为文本后重新填写。")
    bare = text.removesuffix(".0").upper()
    if len(bare) > 64:
        raise CellFault("房屋编号超过 64 个字符。")
    return bare


def free_text(text: str, longest: int = 1000) -> str:
    """Text as it stands, within a length."""
    if len(text) > longest:
        raise CellFault(f"超过 {longest} 个字，请缩短。")
    return text


def name(text: str) -> str:
    """A person's name, without the spaces that fill a short one up to the width of the column."""
    return free_text(tidy_name(text), longest=60)


def whole(text: str, *, least: int, most: int, what: str) -> str:
    """Whole number with or without unit, within plausible bounds."""
    bare = text.replace(",", "").replace(" ", "")
    if written := _CHINESE_NUMBER.match(bare):
        bare = str(_CHINESE_DIGITS[written[1]])
    found = _NUMBER.match(bare)
    if not found or not float(found[1]).is_integer():
        raise CellFault(f"{what}应为整数。")
    value = int(float(found[1]))
    if not least <= value <= most:
        raise CellFault(f"{what}应在 {least} 到 {most} 之间。")
    return str(value)


def area(text: str) -> str:
    """Square metres with or without unit, two decimals kept."""
    found = _NUMBER.match(text.lower().replace(",", "").replace(" ", ""))
    if not found:
        raise CellFault("面积应为数字（平方米）。")
    value = round(float(found[1]), 2)
    if not 0 < value <= 5000:
        raise CellFault("面积应大于 0，不超过 5000 平方米。")
    return repr(value)


def year(text: str, *, this_year: int) -> str:
    """Year out of 1998, 1998年, 90年代 (its first year), 1998-05-01."""
    found = _YEAR.match(text) or _YEAR_IN_DATE.match(text)
    if found:
        value = int(found[1])
    elif decade := _DECADE.match(text):
        value = 1900 + int(decade[1])
    else:
        raise CellFault("年份看不懂，请写四位年份，如 1998。")
    if not EARLIEST_YEAR <= value <= this_year:
        raise CellFault(f"年份应在 {EARLIEST_YEAR} 到 {this_year} 之间。")
    return str(value)


def ledger_year(text: str, *, this_year: int) -> str:
    """Year of an annual ledger out of 2024, 2024年度, 24年, 2024-05 (the month of a date is one); next year's is made in autumn."""
    bare = text.replace(" ", "")
    if found := _LEDGER_YEAR.match(bare):
        value = int(found[1])
    elif found := _SHORT_LEDGER_YEAR.match(bare):
        value = 2000 + int(found[1])
    elif (found := _DATE.match(text)) and 1 <= int(found[2]) <= 12:
        value = int(found[1])
    else:
        raise CellFault("改造年度看不懂，请写一个四位年份，如 2024。")
    if not FIRST_ANNUAL_LEDGER <= value <= this_year + 1:
        raise CellFault(f"改造年度应在 {FIRST_ANNUAL_LEDGER} 到 {this_year + 1} 之间。")
    return str(value)


def day(text: str) -> str:
    """ISO date out of 2023-5-1, 2023/05/01, 2023年5月1日, 20230501, 2023.5 (first of the month), a spreadsheet serial."""
    found = _DATE.match(text) or _PLAIN_DATE.match(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3] or 1)).isoformat()
        serial = float(text)
        if 20000 <= serial < 80000:
            return (date(1899, 12, 30) + timedelta(days=int(serial))).isoformat()
    except ValueError:
        pass
    raise CellFault("日期看不懂，请写成 2023-05-01。")


def past_day(text: str, *, today: date) -> str:
    """ISO date of something that was done: a year mistyped into the future would shut out everything said later."""
    found = day(text)
    if found > today.isoformat():
        raise CellFault("日期不能晚于今天。")
    return found


def word(text: str, *, words: WordList, more: dict[str, str]) -> str:
    """Code word of a closed list."""
    bare = text.replace(" ", "")
    if bare in more:
        return more[bare]
    try:
        return words.code(bare)
    except BadInput:
        raise CellFault(f"“{text}”不在{words.name}的取值中，可用：{'、'.join(words.labels.values())}。") from None


def word_set(text: str, *, words: WordList, more: dict[str, str]) -> str:
    """Code words of a cell that lists several, as an array; 无 (and 一般户) clears the list.

    A word that nobody knows does not take its neighbours along: the fault has them as its value.
    """
    found, unknown = set(), []
    for part in _parts(text):
        try:
            found.add(word(part, words=words, more=more))
        except CellFault as fault:
            unknown.append((part, fault))
    known = "{" + ",".join(sorted(found)) + "}" if found else None
    if not unknown:
        return known or CLEARED
    if known is None and len(unknown) == 1:
        raise unknown[0][1]
    words_said, rest = "、".join(words.labels.values()), "同一格里的其他词已导入，" if known else ""
    told = "、".join(part for part, _ in unknown)
    raise CellFault(f"“{told}”不在{words.name}的取值中，未采用，{rest}原文已保留；可用：{words_said}。", known)


def own_set(text: str, *, name: str) -> str | None:
    """``word_set`` of categories or monitoring, without the words of the other one (``of_other_set``)."""
    words, more = SETS[name]
    parts = _parts(text)
    own = [part for part in parts if _known(part, name) or not _known(part, OTHER_SET[name])]
    return word_set("、".join(own), words=words, more=more) if own or not parts else None


def _parts(text: str) -> list[str]:
    return [
        part
        for part in _SEPARATORS.split(text)
        if part and is_stated(part) and part not in CLEARING and part not in NO_GROUP
    ]


def of_other_set(text: str, name: str) -> str | None:
    """Words of the other set in a cell of ``name`` (categories or monitoring), as an array; None where there are none.

    脱贫户 in the column 农户类型 is a monitoring identity and none of the six; 低保 stands under 监测类别 in many forms.
    """
    other = OTHER_SET[name]
    found = {
        word(part, words=SETS[other][0], more=SETS[other][1])
        for part in _parts(normalise(text))
        if not _known(part, name) and _known(part, other)
    }
    return "{" + ",".join(sorted(found)) + "}" if found else None


def known_words(text: str, name: str) -> set[str]:
    """Code words of set ``name`` that a cell says, whatever else it says."""
    return {
        word(part, words=SETS[name][0], more=SETS[name][1]) for part in _parts(normalise(text)) if _known(part, name)
    }


def _known(part: str, name: str) -> bool:
    words, more = SETS[name]
    return part in more or part in words.labels.values() or part in words.labels


def grade(text: str) -> str | None:
    """A-D out of A, A级, Ａ级, C级危房, D级(整栋危房), 局部危房; 未评定 states nothing."""
    if text in NOT_GRADED:
        return None
    bare = _BESIDE_GRADES.sub("", text.upper())
    said: set[str] = {GRADE_MORE.get(part, part) for part in _GRADES.findall(bare)}
    if not said or not _ONLY_GRADES.fullmatch(bare):
        raise CellFault("等级应为 A、B、C、D。")
    if len(said) > 1:
        raise CellFault(f"一格里写了几个等级（{'、'.join(sorted(said))}），互相矛盾；请核对后只写一个。")
    return said.pop()


def yes_or_no(text: str, *, yes: frozenset[str] = YES, no: frozenset[str] = NO) -> str:
    """T or f out of ticks and words."""
    bare = text.lower()
    if bare in yes:
        return "t"
    if bare in no:
        return "f"
    raise CellFault("应填 是 或 否（√ 也可以）。")


def tick(text: str) -> str:
    """Whether a column of one word of a set is ticked; how many people there are of the kind is more than it can say."""
    if found := _HEADCOUNT.match(text):
        if found[1] in YES or int(found[1]) == 0:
            return "t" if int(found[1]) else "f"
        raise CellFault("这一列只登记有没有，已按“是”导入；所写的人数原文已保留。", "t")
    return yes_or_no(text)


def says_yes(cell: str) -> bool:
    """Whether a cell of such a column ticks it, also where it says more than that."""
    try:
        return tick(normalise(cell)) == "t"
    except CellFault as fault:
        return fault.value == "t"


def occupancy(text: str) -> str:
    """居住状况; a plain yes means 常住, a plain no 无人居住."""
    bare = text.lower()
    if bare in YES:
        return "resident"
    if bare in NO:
        return "empty"
    plain = text.replace(" ", "")
    if plain.removesuffix("务工").removesuffix("打工") == "外出":
        # It may be one of the family, or for the winter: away for long would take the house off the lists of a disaster.
        raise CellFault(
            f"“{plain}”看不出是否全家长期外出，居住状况按未填（有人居住）对待，原文已保留；全家长期外出的请写“长期外出空置”。"
        )
    return word(text, words=OCCUPANCY, more=OCCUPANCY_MORE)


# Words of a conclusion (排查结论). Those that say more than that a house is suspected or not are kept beside the value.
_CONCLUDES_YES = frozenset({"疑似", "疑似危房", "需评定"})
_CONCLUDES_NO = frozenset({"安全", "不疑似"})
# So are the bases that no ledger can state by itself, though it names them.
SAYS_MORE = {
    "suspected": frozenset({"需评定"}) | _CONCLUDES_NO,
    "grade_basis": frozenset(GRADE_BASIS.label(basis) for basis in SIGNED_BASES),
}
suspected = partial(yes_or_no, yes=YES | _CONCLUDES_YES, no=NO | _CONCLUDES_NO)

# Cells that their rule gives back as they are, as regular expressions of RE2: most cells of the columns in which
# nearly every cell differs. NOT_STATED and CLEARING are left out before, an ID number's check character is looked at.
PLAIN = {
    "house_code": r"^(?:[A-Z]{1,16}[0-9][0-9A-Z-]{0,40}|[0-9]{1,40})$",
    "head": r"^[\x{4E00}-\x{9FFF}]{1,30}[0-9]{0,20}$",
    "id_number": r"^[0-9]{17}[0-9X]$",
    "phone": r"^[0-9]{7,12}$",
}

# None: the cell says nothing after all.
Rule = Callable[[str], str | None]


def rules(today: date) -> dict[str, Rule]:
    """Rule of every field that one cell decides alone (coordinates need each other: see batch.py)."""
    return {
        "house_code": code,
        "settlement": partial(free_text, longest=60),
        "head": name,
        "remark": free_text,
        "persons": partial(whole, least=0, most=50, what="人数"),
        "storeys": partial(whole, least=1, most=9, what="层数"),
        "rooms": partial(whole, least=0, most=99, what="间数"),
        "built_year": partial(year, this_year=today.year),
        "area_m2": area,
        "structure": partial(word, words=STRUCTURE, more=STRUCTURE_MORE),
        "building_kind": partial(word, words=BUILDING_KIND, more=KIND_MORE),
        "occupancy": occupancy,
        "occupancy_checked_on": partial(past_day, today=today),
        "grade": grade,
        "grade_basis": partial(word, words=GRADE_BASIS, more={}),
        "graded_on": partial(past_day, today=today),
        "suspected": suspected,
        "renovation": partial(word, words=RENOVATION, more={}),
        "renovation_year": partial(ledger_year, this_year=today.year),
        "measure": partial(word, words=MEASURE, more={}),
        "categories": partial(own_set, name="categories"),
        "monitoring": partial(own_set, name="monitoring"),
        "traits": partial(word_set, words=TRAIT, more=TRAIT_MORE),
        **dict.fromkeys(TICKED, tick),
        "id_number": ledger_id_number,
        "phone": ledger_phone,
    }
