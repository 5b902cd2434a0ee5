"""The list of a department as a file, with what it says about itself (数据说明). Papers and files are Chinese."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from geo_housing.area_codes import is_village, township_of
from geo_housing.departments.queries import Asked, OwnDepartment, Row
from geo_housing.journal.purposes import NOT_STATED
from geo_housing.sheets import long_workbook, told_sheet, write_heads
from geo_housing.words import CATEGORY, GRADE, GRADE_BASIS, MEASURE, RENOVATION, RISK, STRUCTURE

COLUMNS = (
    ("乡镇", 14), ("行政村", 16), ("自然屯/组", 12), ("户主姓名", 12), ("家庭人口", 9), ("保障类别", 30), ("房屋编号", 22),
    ("结构形式", 10), ("建成年份", 9), ("危险等级", 18), ("安全等级", 9), ("等级依据", 9), ("评定日期", 12), ("改造状态", 16),
    ("处置方式", 16),
)  # fmt: skip
NOT_REGISTERED = "未登记现住房"


def file_name(own: OwnDepartment, on: date) -> str:
    """Name of the download."""
    return f"{own.name}名单-{on:%Y%m%d}.xlsx"


def notes_of(
    own: OwnDepartment,
    asked: Asked,
    names: Mapping[str, str],
    *,
    rows: int,
    maker: str,
    purpose: str,
    at: datetime,
) -> dict[str, str]:
    """What the file says about itself to whoever finds it on a disk a year later."""
    told = (
        "含个人信息，只用于上述用途，用后按规定销毁；等级、改造状态以县住建局为准"
        if purpose
        else "没有写明用途，户主只显示姓"
    )
    return {
        "名称": f"{own.name}名单",
        "导出时间": f"{at:%Y-%m-%d %H:%M}",
        "筛选条件": _in_words(asked, names),
        "行数": f"{rows} 户",
        "认定类别": "、".join(CATEGORY.label(code) for code in own.categories),
        "制作人": maker,
        "用途": purpose or NOT_STATED,
        "说明": told,
    }


def _in_words(asked: Asked, names: Mapping[str, str]) -> str:
    parts = [
        f"区域：{names.get(asked.area, asked.area)}" if asked.area else "",
        f"保障类别：{CATEGORY.label(asked.category)}" if asked.category else "",
        f"危险等级：{RISK.label(asked.risk)}" if asked.risk else "",
    ]
    return "；".join(part for part in parts if part) or "无（全部）"


def write_list(path: Path, rows: Iterable[tuple[Row, str]], names: Mapping[str, str], notes: Mapping[str, str]) -> None:
    """Rows with the heads as the file may show them, and the notes on a sheet of their own."""
    with long_workbook(path) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        dated = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("名单")
        sheet.freeze_panes(1, 0)
        write_heads(sheet, COLUMNS, bold)
        for at, (row, head) in enumerate(rows, start=1):
            for place, value in enumerate(_cells(row, head, names)):
                if isinstance(value, date):
                    sheet.write_datetime(at, place, value, dated)
                elif isinstance(value, int):
                    sheet.write_number(at, place, value)
                elif value:
                    sheet.write_string(at, place, value)
        told_sheet(book, "数据说明", notes.items(), widths=(16, 80))


def _cells(row: Row, head: str, names: Mapping[str, str]) -> tuple[str | int | date | None, ...]:
    village = names.get(row.scope_code, row.scope_code) if is_village(row.scope_code) else ""
    return (
        names.get(township_of(row.scope_code), ""),
        village,
        row.settlement,
        head,
        row.persons,
        "、".join(CATEGORY.label(code) for code in row.categories),
        row.house_code or NOT_REGISTERED,
        row.structure and STRUCTURE.label(row.structure),
        row.built_year,
        row.risk and RISK.label(row.risk),
        row.grade and GRADE.label(row.grade),
        row.grade_basis and GRADE_BASIS.label(row.grade_basis),
        row.graded_on,
        row.renovation and RENOVATION.label(row.renovation),
        row.measure and MEASURE.label(row.measure),
    )
