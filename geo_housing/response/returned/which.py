"""Which list a workbook is: the one of inspections and the one of those to be moved come back to pages of their own."""

from collections.abc import Mapping

from geo_housing.errors import BadInput
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.response.returned import moves_reading, reading
from geo_housing.response.returned.sheets import has_head


class OtherList(BadInput):
    """The workbook is the other list."""

    title = "这是另一种名单"


def refuse_moves(sheets: Mapping[str, Grid]) -> None:
    """OtherList when it is a 转移名单 that was uploaded as a list of inspections."""
    if has_head(sheets, moves_reading.COLUMNS) and not has_head(sheets, reading.COLUMNS):
        raise OtherList("这是分村转移避险名单，不是排查名单；请到“转移避险”的“转移名单回传”上传。")


def refuse_inspections(sheets: Mapping[str, Grid]) -> None:
    """OtherList when it is a 排查名单 that was uploaded as a list of those to be moved."""
    if has_head(sheets, reading.COLUMNS) and not has_head(sheets, moves_reading.COLUMNS):
        raise OtherList("这是分村应急排查名单，不是转移名单；请到事件页面的“名单回传”上传。")
