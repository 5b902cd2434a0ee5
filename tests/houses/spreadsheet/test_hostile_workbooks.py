"""Workbooks made to bring a reader down: each is refused with a sentence, and this process does not feel it."""

import resource
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from geo_housing import apart
from geo_housing.errors import BadInput, TooLarge
from geo_housing.houses.spreadsheet import workbook
from geo_housing.houses.spreadsheet.reader import open_ledger

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADS = (
    f'<row r="1">{cell("A1", "房屋编号")}{cell("B1", "户主姓名")}</row>'
    f'<row r="2">{cell("A2", "H1")}{cell("B2", "某")}</row>'
)


def make(path: Path, rows: str, *, shared: str | None = None, prologue: str = "", sheets: int = 1) -> Path:
    """A workbook of as few parts as are needed; every one of its ``sheets`` shows the same ``rows``."""
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, sheets + 1))
    strings = f'<Relationship Id="r2" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>' if shared else ""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r0" Type="{RELATION}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATION}/worksheet" Target="w.xml"/>'
            f"{strings}</Relationships>",
        )
        archive.writestr("xl/w.xml", f'{prologue}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>')
        if shared:
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si><t>{shared}</t></si></sst>')
    return path


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_a_cell_in_the_last_row_and_column_does_not_ask_for_all_memory(tmp_path: Path) -> None:
    path = make(tmp_path / "far.xlsx", f'{HEADS}<row r="1048576">{cell("XFD1048576", "x")}</row>')
    before = peak_mib()
    with pytest.raises(TooLarge, match=r"far\.xlsx 展开后太大"):
        open_ledger(path)
    assert peak_mib() - before < 50


def test_one_long_text_named_ten_thousand_times_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Thirty gigabytes come to any limit; four of them are ten to twenty seconds of memory that nobody has used before.
    monkeypatch.setattr(apart, "MOST_MEMORY_BYTES", 1 << 30)
    named = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for r in range(3, 1003)
    )
    # The same workbook with a short text is read within that limit.
    assert open_ledger(make(tmp_path / "short.xlsx", HEADS + named, shared="字"))
    path = make(tmp_path / "long.xlsx", HEADS + named, shared="字" * 1_000_000)
    before = peak_mib()
    with pytest.raises(TooLarge, match="展开后太大"):
        open_ledger(path)
    assert peak_mib() - before < 50


def test_a_stray_cell_far_to_the_right_is_said(tmp_path: Path) -> None:
    path = make(tmp_path / "wide.xlsx", f'{HEADS}<row r="3">{cell("XFD3", "x")}</row>')
    with pytest.raises(BadInput, match=r"“S1”有 16384 列，最多 1000 列"):
        open_ledger(path)


@pytest.mark.parametrize("entity", ['"AAAA"', 'SYSTEM "file:///etc/hostname"'])
def test_entities_are_not_read(tmp_path: Path, entity: str) -> None:
    prologue = f"<!DOCTYPE w [<!ENTITY e {entity}>]>"
    path = make(tmp_path / "entity.xlsx", HEADS.replace("某", "&e;"), prologue=prologue)
    with pytest.raises(BadInput, match=r"entity\.xlsx 打不开"):
        open_ledger(path)


@pytest.mark.parametrize("name", ["rubbish.xls", "rubbish.xlsx", "empty.xlsx", "empty.ods"])
def test_rubbish_is_named_as_what_it_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"" if name.startswith("empty") else bytes.fromhex("d0cf11e0a1b11ae1") + bytes(range(256)) * 40)
    with pytest.raises(BadInput, match="打不开：不是完整的表格文件"):
        open_ledger(path)


def test_of_hundreds_of_sheets_the_first_are_looked_at(tmp_path: Path) -> None:
    found = workbook.read_sheet(make(tmp_path / "many.xlsx", HEADS, sheets=300), None)
    assert found.name == "S1" and len(found.sheets) == workbook.MOST_SHEETS
    assert found.further[0] == f"S{workbook.MOST_SHEETS + 1}" and len(found.further) == 300 - workbook.MOST_SHEETS
    assert list(found.rows) == [["房屋编号", "户主姓名"], ["H1", "某"]]
    assert workbook.read_sheet(tmp_path / "many.xlsx", "S299").name == "S299"


def test_all_sheets_at_once_are_what_each_is_by_itself(tmp_path: Path) -> None:
    book = Workbook()
    for name, rows in (
        ("甲", [["标题"], ["a", "b"], [1, 2.5]]),
        ("空", []),
        ("end", [["x"], ["y"]]),
        ("乙", [["c"]] * 2_100),
    ):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path := tmp_path / "several.xlsx")
    found = workbook.read_sheets(path)
    assert list(found) == ["甲", "end", "乙"]
    assert {name: sheet.rows for name, sheet in found.items()} == {
        name: list(workbook.read_sheet(path, name).rows) for name in found
    }
    for line in (1, 2):
        book["空"].cell(line, workbook.MOST_COLUMNS + 1, "x")
    book.save(path)
    with pytest.raises(BadInput, match="最多"):
        workbook.read_sheets(path)


def test_who_finds_all_turns_taken_is_told_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo_housing.errors import NotReady

    path = make(tmp_path / "good.xlsx", HEADS)
    monkeypatch.setattr(apart, "PATIENCE_S", 0.05)
    with apart.turn(), apart.turn(), pytest.raises(NotReady, match="过几分钟"):
        open_ledger(path)
    assert [len(batch.lines) for batch in open_ledger(path).batches] == [1]


def test_what_lies_in_the_folder_one_stands_in_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module named like one that the reader needs: it must neither run nor stand in the way."""
    for name in ("http", "csv", "marshal", "python_calamine"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\nraise SystemExit(9)\n", "utf-8")
    path = make(tmp_path / "good.xlsx", HEADS)
    monkeypatch.chdir(tmp_path)
    assert [row[0] for row in workbook.read_sheet(path, None).rows][:2] == ["房屋编号", "H1"]
    assert not (tmp_path / "ran").exists()
