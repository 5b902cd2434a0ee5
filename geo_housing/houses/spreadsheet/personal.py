"""What a cell says of a person's two numbers, the ID number and the telephone. Pure, as the rules of row.py."""

import re

import numpy as np
from numpy.typing import NDArray

from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.phones import read_phones, without_country

_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d+$")
# What a spreadsheet made a number of, with more digits than a number holds.
_LONG_NUMBER = re.compile(r"^\d{15,}\.0+$")
# A number of the first generation: the same without the century of birth and the check character.
_FIRST_GENERATION = re.compile(r"\d{15}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"


def has_lost_digits(text: str) -> bool:
    """Whether a spreadsheet made a number of a code and dropped its last digits."""
    return bool(_SCIENTIFIC.match(text) or _LONG_NUMBER.match(text))


def id_number(text: str) -> str | None:
    """Resident ID number of 18 characters with a right check character (GB 11643); a masked one states nothing."""
    bare = _bare(text)
    if "*" in bare:
        return None
    if has_lost_digits(bare):
        raise CellFault("身份证号被表格软件转成了数字，末几位已丢失；请把该列设为文本后重新填写。")
    if _FIRST_GENERATION.fullmatch(bare):
        raise CellFault("15 位旧身份证号不能用来识别和查找，请填写 18 位身份证号。")
    if not re.fullmatch(r"\d{17}[\dX]", bare):
        raise CellFault("身份证号应为 18 位。")
    if check_character(bare) != bare[17]:
        raise CellFault("身份证号校验位不对，可能有一位写错。")
    return bare


def ledger_id_number(text: str) -> str | None:
    """``id_number``; one of the first generation is kept with its family as a note, by which nobody is known or found."""
    try:
        return id_number(text)
    except CellFault:
        bare = _bare(text)
        if not _FIRST_GENERATION.fullmatch(bare):
            raise
    raise CellFault("15 位旧身份证号已随这户加密留存，不能用来识别和查找；请补填 18 位身份证号。", bare)


def _bare(text: str) -> str:
    return text.upper().replace(" ", "").replace("'", "")


def first_generation(number: str) -> str:
    """The 15 digits that an ID number had, or would have had, before it became 18 characters."""
    return number if _FIRST_GENERATION.fullmatch(number) else f"{number[:6]}{number[8:17]}"


def check_character(number: str) -> str:
    """Eighteenth character that belongs to the first seventeen digits."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number[:17], strict=True)) % 11]


def are_id_numbers(characters: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether the check character is right, for rows of the 18 codes of 17 digits and one of 0-9, X."""
    sums = (characters[:, :17].astype(np.int32) - ord("0")) @ np.array(_ID_WEIGHTS, np.int32)
    return np.asarray(np.frombuffer(_ID_CHECKS.encode(), np.uint8)[sums % 11] == characters[:, 17])


def phone(text: str) -> str | None:
    """Digits of one telephone number, 7 to 12 of them; a masked one states nothing."""
    if "*" in text:
        return None
    bare = without_country(re.sub(r"[\s()-]", "", text).removesuffix(".0"))
    if not re.fullmatch(r"\d{7,12}", bare):
        raise CellFault("电话号码应为 7 到 12 位数字。")
    return bare


def ledger_phone(text: str) -> str | None:
    """``phone``; of a cell that says more than one number (138…、139…, 138…(子)) the first, and that the rest is not kept.

    A family has one number, which is sealed; nothing would seal the others, or the names beside them.
    """
    try:
        return phone(text)
    except CellFault:
        first = next((number for number in read_phones(text).numbers if re.match(r"\d{7}", number)), None)
        if first is None:
            raise
    raise CellFault(
        "只采用了其中第一个电话号码；其余号码和文字没有存入（一户登记一个电话，加密保存）："
        "请把最容易打通的写在最前，需要说明的写在备注列。",
        first.partition("-")[0],
    )
