"""Lists as they went out, filled in by their headings as a village does."""

import io
from pathlib import Path
from typing import Any

import openpyxl
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.response.steps.evacuation_list import move_list, write_moves
from tests.fixtures.toy import ToyDatabase

SEEN = {"排查人": "某巡查员", "排查时间": f"{clock.now():%Y-%m-%d %H:%M}"}


class Sheet:
    """A list as it was exported, filled in by the headings."""

    def __init__(self, client: TestClient, event: int) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(client.get(f"/api/v1/events/{event}/list.xlsx").content))

    def column(self, heading: str) -> int:
        """Where a heading stands; all townships have the same columns."""
        return next(cell.column for cell in self.book.worksheets[1][3] if cell.value == heading)

    def codes(self, township: str) -> list[str]:
        """Houses of a township's sheet in their order."""
        at = self.column("房屋编号")
        cells = (cell.value for (cell,) in self.book[township].iter_rows(4, min_col=at, max_col=at))
        return [str(code) for code in cells if code]

    def place(self, code: str) -> tuple[Any, int]:
        """Sheet and line of a house."""
        for sheet in self.book.worksheets[1:]:
            for line in range(4, sheet.max_row + 1):
                if sheet.cell(line, self.column("房屋编号")).value == code:
                    return sheet, line
        raise AssertionError(code)

    def line(self, code: str) -> int:
        return self.place(code)[1]

    def fill(self, code: str, **said: object) -> "Sheet":
        sheet, line = self.place(code)
        for heading, value in said.items():
            sheet.cell(line, self.column(heading)).value = value
        return self

    def delete(self, code: str) -> str:
        """As a township deletes a line; the lines below move up."""
        sheet, line = self.place(code)
        sheet.delete_rows(line)
        return code

    def content(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()

    def saved(self, folder: Path) -> Path:
        path = folder / "名单.xlsx"
        path.write_bytes(self.content())
        return path


class Workbook:
    """The list as it was made, filled in by the headings; rows are found by house."""

    def __init__(self, session: Session, toy: ToyDatabase, event: int, folder: Path, area: str | None = None) -> None:
        self.path = folder / "转移名单.xlsx"
        write_moves(move_list(session, toy.actor(), event, area=area), self.path)
        self.book = openpyxl.load_workbook(self.path)

    def lines(self) -> dict[str, tuple[Any, int, dict[str, int]]]:
        found = {}
        for sheet in self.book.worksheets[1:]:
            heads = {cell.value: cell.column for cell in sheet[3]}
            if "房屋编号" not in heads:
                continue
            for line in range(4, sheet.max_row + 1):
                if code := sheet.cell(line, heads["房屋编号"]).value:
                    found[code] = (sheet, line, heads)
        return found

    def fill(self, code: str, **said: object) -> "Workbook":
        sheet, line, heads = self.lines()[code]
        for heading, value in said.items():
            sheet.cell(line, heads[{"去向": "安置点、去向"}.get(heading, heading)]).value = value
        return self

    def saved(self) -> Path:
        self.book.save(self.path)
        return self.path
