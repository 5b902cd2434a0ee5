"""What is done when it is over: the lift, the looking, the morning report, the technicians, one way home and one to a shelter."""

import io
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import openpyxl
from docx import Document
from PIL import Image
from playwright.sync_api import expect

from geo_housing.evacuation.sums import totals
from geo_housing.scope import AreaScope
from tests.fixtures.people import Member
from tests.flows.night.county import COUNTY, NAMES, VILLAGES, WARNED, house_rows
from tests.flows.night.families import Families, Heads
from tests.flows.night.people import Night, Person, can_press, said_at
from tests.flows.night.sums import column, scalar, sums_agree

VILLAGE = VILLAGES["东沟"]


def the_warnings_are_lifted(night: Night, officer: Person, event: int) -> None:
    """05:30: both warnings are lifted, and every inspection still stands; by daylight a person begins 灾后排查."""
    page = officer.signs_in_again("/events")
    before = column(night, "SELECT state || id FROM emergency_inspection ORDER BY id")
    at = said_at(night.moment(5, 30))
    page.fill(
        "#paste-text",
        f"玩具县气象台{at}解除暴雨红色预警信号。\n\n玩具县水利局和玩具县气象台{at}解除山洪灾害气象风险橙色预警。",
    )
    page.get_by_role("button", name="读取").click()
    for part in (0, 1):
        expect(page.locator(f"#w{part}-target-{event}")).to_be_checked()
    officer.sees("lift")
    page.get_by_role("button", name="确认登记").click()
    page.wait_for_url(re.compile(rf"/events/{event}(#next)?$"))
    officer.is_told("解除不撤销任何任务")
    assert column(night, "SELECT state || id FROM emergency_inspection ORDER BY id") == before
    assert set(column(night, "SELECT DISTINCT state FROM emergency_inspection")) == {"prepared"}
    expect(page.locator("#progress .figures")).to_contain_text(f"{len(before)} 栋应查")
    expect(page.locator(".next-step")).to_contain_text("预警已解除，任务一项没有撤销")
    expect(page.locator(".event-line")).to_contain_text("预警已解除")
    officer.sees("lifted")

    night.comes(6, 20)
    officer.signs_in_again(f"/events/{event}")
    enter = page.locator(".next-step summary", has_text="进入灾后排查")
    can_press(enter)
    enter.click()
    expect(page.locator(".confirm-step p").first).to_contain_text(f"将有 {len(before)} 栋的完成时限")
    officer.sees("aftermath_asked")
    page.locator(".next-step .confirm-step button").click()
    expect(page.locator("#progress .figures")).to_contain_text(f"{len(before)} 待排查")
    assert set(column(night, "SELECT DISTINCT state FROM emergency_inspection")) == {"open"}
    assert scalar(night, "SELECT count(*) FROM emergency_inspection WHERE due_at IS NULL") == 0
    officer.sees("aftermath")


def houses_are_looked_at(night: Night, fetcher: Person, event: int, folder: Path) -> None:
    """What its village saw comes three ways: told to the township, in a workbook, by a phone; nobody is back before."""
    page = fetcher.signs_in_again(f"/events/{event}/evacuation/areas/{VILLAGE}?all=1")
    _returns(fetcher, "户主03", refused=True)
    fetcher.is_told("房屋还没有排查，暂不返回")
    page = fetcher.goes(f"/events/{event}")
    page.locator("#progress a.row-link", has_text="东沟村").click()
    fetcher.sees("to_inspect")
    _inspects(fetcher, event, "东沟-D", "有损坏或疑似危险", rooms={"rooms_severe": "2"}, damage="严重损坏")
    _list_comes_back(fetcher, event, "东沟-C", folder / "东沟.xlsx", night.moment(6, 15))
    _phone_enters(night, fetcher, event, "东沟-A")
    page = fetcher.goes(f"/events/{event}")
    expect(page.locator("#progress .figures")).to_contain_text("3 已排查")
    fetcher.sees("inspected")
    fetcher.goes(f"/events/{event}/evacuation/areas/{VILLAGE}?all=1")
    _returns(fetcher, "户主03", refused=True)
    fetcher.is_told("待评估，暂不返回")
    fetcher.sees("not_back")
    assert scalar(night, "SELECT count(*) FROM evacuation WHERE state = 'returned'") == 0


def _returns(person: Person, head: str, *, refused: bool = False) -> None:
    if refused:
        # The browser says of every refusal that it is one.
        person.visit.expected.append("409")
    row = person.page.locator(".move", has_text=head)
    row.get_by_text("更改 ▾").click()
    row.get_by_role("button", name="已返回").click()


def _inspects(
    person: Person, event: int, code: str, result: str, *, rooms: dict[str, str] | None = None, damage: str = ""
) -> None:
    page = person.page
    person.goes(f"/events/{event}/areas/{VILLAGE}")
    page.locator(".inspection-table tr", has_text=code).locator("a.row-link").click()
    page.locator(".results label", has_text=result).click()
    if damage:
        page.locator(".choices label", has_text=damage).first.click()
    for name, value in (rooms or {}).items():
        page.fill(f"[name={name}]", value)
    if rooms:
        page.fill("[name=findings]", "东墙开裂外闪")
        page.set_input_files("[name=photos][multiple]", {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": _photo()})  # fmt: skip
    page.fill("[name=visitor]", "东书记")
    page.locator(".choices label", has_text="电话").click()
    page.fill("[name=reported_by]", "东书记")
    person.sees(f"entry_{code}")
    can_press(page.locator(".form-save .btn-primary"))
    page.locator(".form-save .btn-primary").click()
    person.is_told("排查完成")


def _list_comes_back(person: Person, event: int, code: str, path: Path, at: datetime) -> None:
    """The village's workbook with one house filled in: looked at, then entered."""
    page = person.page
    person.goes(f"/events/{event}/areas/{VILLAGE}")
    with page.expect_download() as download:
        page.get_by_role("link", name="名单（Excel）").click()
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book["青石镇"]
    heads = {cell.value: cell.column for cell in sheet[3]}
    [line] = [
        row[0].row for row in sheet.iter_rows(min_row=4) if sheet.cell(row[0].row, heads["房屋编号"]).value == code
    ]
    filled = {
        "排查结果": "倒塌", "倒塌间数": 3, "现场情况": "东墙倒塌", "排查人": "东书记", "排查时间": at.replace(tzinfo=None),
        "报告方式": "电话", "报告人": "东书记",
    }  # fmt: skip
    for head, value in filled.items():
        sheet.cell(line, heads[head]).value = value
    book.save(path)
    page = person.goes(f"/events/{event}/returned")
    page.set_input_files("#file", path)
    page.get_by_role("button", name="读取").click()
    expect(page.locator(".figures")).to_contain_text("1 将录入")
    person.sees("returned")
    page.get_by_role("button", name="确认录入").click()
    expect(page.get_by_text("已录入 1 栋")).to_be_visible()


def _phone_enters(night: Night, person: Person, event: int, code: str) -> None:
    """A phone without an account opens the link that the village was sent, and sees nothing but that village."""
    page = person.goes(f"/events/{event}/links?area={VILLAGE}")
    page.get_by_role("button", name="给本村发链接").click()
    sent = re.search(r"/v/[\w-]{43}", page.locator(".ticket-copy textarea").input_value())
    assert sent is not None
    phone = night.opens_link(sent[0])
    rows = phone.page.locator(".link-row")
    expect(rows).to_have_count(sum(row["房屋编号"].startswith("东沟-") for row in house_rows()))
    phone.sees("phone")
    rows.filter(has_text=code).locator("a").click()
    form = phone.page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="未见明显隐患").click()
    form.locator("[name=visitor]").fill("东沟网格员")
    phone.sees("phone_form")
    form.locator(".form-save .btn-primary").click()
    expect(rows.filter(has_text=code)).to_contain_text("已排查")
    phone.sees("phone_done")


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "grey").save(out, "JPEG")
    return out.getvalue()


@dataclass(frozen=True)
class Report:
    """A report that went out: which, as of when, and what stands in it."""

    address: str
    number: int
    text: str
    due: Heads
    moved: Heads


def the_morning_report(night: Night, officer: Person, event: int, families: Families, folder: Path) -> Report:
    """晨报 in one press: every figure is what the database and a plain count say at its 截至 time."""
    page = officer.signs_in_again(f"/events/{event}")
    officer.opens_step("报告")
    can_press(page.get_by_role("button", name="出晨报"))
    officer.sees("reports")
    page.get_by_role("button", name="出晨报").click()
    page.wait_for_url(re.compile(r"/reports/\d+$"))
    said = page.locator("article.report").inner_text()
    due, moved, left = families.heads(), families.heads(moved=True), families.heads(moved=False)
    for sentence in _sentences(night, event, families):
        assert sentence in said, sentence
    officer.sees("report")
    page.fill("[name=difficulties]", "三道梁村道路中断，正在抢通。")
    page.fill("[name=next_steps]", "继续逐栋排查。")
    page.get_by_role("button", name="定稿").click()
    officer.is_told("已定稿")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 Word").click()
    path = folder / "晨报.docx"
    download.value.save_as(path)
    written = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    for sentence in (*_sentences(night, event, families), "三道梁村道路中断，正在抢通。"):
        assert sentence in written, sentence
    assert left.households == due.households - moved.households
    officer.sees("report_final")
    return Report(page.url, int(page.url.rpartition("/")[2]), page.locator("article.report").inner_text(), due, moved)


def _sentences(night: Night, event: int, families: Families) -> list[str]:
    """What a 晨报 must say, by a plain count of families and by the database."""
    due, moved, left = families.heads(), families.heads(moved=True), families.heads(moved=False)
    rows = house_rows()
    located = [row for row in rows if row["经度"] != ""]
    sized = [int(row["家庭人口"]) for row in located if row["家庭人口"] != ""]
    checked = scalar(night, "SELECT count(*) FROM emergency_inspection WHERE state = 'done'")
    all_of = scalar(night, "SELECT count(*) FROM emergency_inspection WHERE state <> 'withdrawn'")
    return [
        f"预警：{said_at(night.moment(1, 50))}，玩具县气象台升级发布暴雨红色预警（{'、'.join(WARNED)}）。",
        f"预警：{said_at(night.moment(5, 30))}，玩具县气象台解除暴雨红色预警。",
        f"截至{said_at(night.moment(8, 0))}",
        f"影响范围内（涉及）农房{len(located)}栋，{len(located)}户{sum(sized)}人（另{len(located) - len(sized)}户未填人数）；"
        # The house that fell outside of the lists is in the register by now, without a point.
        f"位置不确定的{len(rows) - len(located) + 1}栋另计。",
        # 青石镇 answered the red warning and was warned of the flash flood again: it counts with those that came later.
        f"叫应：应叫应{len(WARNED) - 1}个，已应{len(WARNED) - 1}个。"
        f"另有{len(NAMES) - len(WARNED) + 1}个没有应最近的预警，预警已解除，不用再叫。",
        f"应转移{_people(due)}，已转移{_people(moved)}，未转移{_people(left)}。",
        "应转移中表外新增1户。",
        "倒塌1户1栋3间、严重损坏1户1栋2间、一般损坏0户0栋0间",
        f"应排查{all_of}栋，已排查{checked}栋；有损坏或疑似危险1栋。",
        "应评估2栋，待评估2栋；可以居住0栋，不可以居住0栋。",
    ]


def _people(heads: Heads) -> str:
    beside = f"（另{heads.unsized}户未填人数）" if heads.unsized else ""
    return f"{heads.households}户{heads.people}人{beside}"


def technicians_sign(night: Night, event: int, member: Member) -> None:
    """One house may be lived in, one may not; both signed with their name."""
    engineer = night.wakes("工程师甲", "technician", COUNTY, "/", member)
    page = engineer.page
    page.locator("a.event-line").click()
    engineer.opens_step("评估")
    engineer.sees("conclusions")
    page.locator("a.row-link", has_text="东沟村").click()
    rows = page.locator(".stacked tbody tr")
    expect(rows).to_have_count(2)
    # What has fallen is looked at first.
    expect(rows.first).to_contain_text("东沟-C")
    engineer.sees("walk")
    for code, conclusion, item, advice in (
        ("东沟-C", "不可以居住", "倒塌", "住到安置点，房屋不得使用"),
        ("东沟-D", "可以居住", "裂", "东墙支顶后可以居住"),
    ):
        engineer.goes(f"/events/{event}/conclusions/areas/{VILLAGE}")
        page.locator("tr", has_text=code).locator("a.row-link").click()
        page.locator(".items label", has_text=item).first.click()
        page.locator(".results label", has_text=re.compile(f"^{conclusion}$")).click()
        page.fill("[name=advice]", advice)
        expect(page.locator("[name=technician] option:checked")).to_contain_text("工程师甲")
        engineer.sees(f"sign_{code}")
        page.get_by_role("button", name="签署").click()
        engineer.is_told(f"已签署：{conclusion}")
    engineer.sees("signed")
    signed = "SELECT conclusion || ' ' || signed_by FROM emergency_conclusion WHERE event_id = :event ORDER BY id"
    assert column(night, signed, event=event) == ["not_habitable 工程师甲", "habitable 工程师甲"]


def one_returns_and_one_goes_to_a_shelter(
    night: Night, officer: Person, fetcher: Person, event: int, families: Families
) -> None:
    """Who may live at home goes home; whose house fell does not, and is given a place."""
    page = fetcher.signs_in_again(f"/events/{event}/evacuation/areas/{VILLAGE}?all=1")
    _returns(fetcher, "户主03")
    fetcher.is_told("已登记为“已返回”")
    families.of("户主03").state = "returned"
    _returns(fetcher, "户主02", refused=True)
    fetcher.is_told("房屋已倒塌或拆除，不能返回")
    fetcher.sees("one_returned")
    page.get_by_text("每按一次都带上").click()
    shelter = page.get_by_label("送往").locator("option", has_text="青石镇中心校 可容 200 人")
    expect(shelter).to_contain_text("已住")
    page.get_by_label("送往").select_option(value=shelter.get_attribute("value"))
    row = page.locator(".move", has_text="户主02")
    row.get_by_role("button", name="已转移", exact=True).click()
    expect(row).to_contain_text("→ 青石镇中心校")
    families.of("户主02").state = "moved_to_shelter"
    fetcher.sees("one_in_shelter")
    sums_agree(officer, event, families, VILLAGE)


def the_report_stays(night: Night, officer: Person, event: int, report: Report) -> None:
    """What has happened since is in no figure of a report that went out; asked again as of its moment it is the same."""
    officer.visit.page.goto(report.address)
    assert officer.page.locator("article.report").inner_text() == report.text
    with night.county.transaction(COUNTY) as session:
        query = "SELECT as_of FROM event_report WHERE event_id = :event AND number = :number"
        as_of = scalar(night, query, event=event, number=report.number)
        then = totals(session, event, AreaScope(COUNTY), as_of=as_of).total
    for told, wanted in ((then.due, report.due), (then.moved, report.moved)):
        assert Heads(told.households, told.people, told.unsized) == wanted


def the_course_is_asked(officer: Person, event: int, then: Families, at: datetime, now: Families) -> None:
    """How it stood at 02:40, and every change of the zones as a picture."""
    page = officer.goes(f"/events/{event}")
    officer.opens_step("过程")
    lines = page.locator("#then .figures li")
    expect(lines.nth(0)).to_contain_text(_said(now.heads()))
    expect(page.locator(".zone-pictures > li")).to_have_count(3)
    assert page.locator(".zone-pictures path.is-new").count() == 2, "one township each"
    officer.sees("course")
    page.fill("#at", f"{at:%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("h1")).to_have_text("当时的情况")
    for line, moved in ((0, None), (1, True), (2, False)):
        expect(lines.nth(line)).to_contain_text(_said(then.heads(moved=moved)))
    expect(page.locator("#then")).to_contain_text(f"叫应 已应 {len(WARNED)}")
    expect(page.locator(".zone-pictures > li")).to_have_count(1)
    officer.sees("course_then")


def _said(heads: Heads) -> str:
    return f"{heads.households}户 {heads.people}人"
