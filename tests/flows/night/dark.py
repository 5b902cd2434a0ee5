"""What is done while it rains: from the pasted text to the house outside the list."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.fixtures.people import Member
from tests.flows.night.county import (
    GROWN,
    NAMES,
    SECOND,
    TOWNSHIPS,
    VILLAGES,
    WARNED,
    house_rows,
    roster_rows,
    shelter_rows,
)
from tests.flows.night.families import Families, Family
from tests.flows.night.people import Night, Person, can_press, heads_in, said_at
from tests.flows.night.sums import column, scalar, sums_agree
from tests.roster.lists import write_xlsx

BLUE, WILLOW, BIRCH = (TOWNSHIPS[name] for name in NAMES[:3])
# Nobody answers there at the first call.
SILENT = ("榆树镇", "黑山乡")


def before_the_season(officer: Person, folder: Path, engineer: Member) -> None:
    """Who answers, and where people can go, is loaded from the county's own lists."""
    page = officer.page
    for kind, rows in (("contacts", roster_rows()), ("shelters", shelter_rows())):
        officer.goes(f"/roster/loads?kind={kind}")
        page.locator("#file").set_input_files(write_xlsx(folder / f"{kind}.xlsx", rows))
        expect(page.locator("h1")).to_have_text(f"{kind}.xlsx")
        expect(page.locator(".import-faults")).to_have_count(0)
        page.get_by_role("button", name="确认导入").click()
        officer.is_told(f"新增 {len(rows) - (2 if kind == 'contacts' else 1)}")
    officer.goes("/roster/technicians/new")
    page.fill("#field-name", "工程师甲")
    page.fill("#field-unit", "玩具县建筑设计室")
    page.fill("#field-account", engineer.name)
    page.get_by_role("button", name="保存").click()
    officer.is_told("已登记专业技术人员“工程师甲”")


def the_warning_is_pasted(night: Night, officer: Person, families: Families) -> int:
    """From the text to the list on the screen: paste, look, confirm, give the tasks."""
    page = officer.goes("/events")
    can_press(page.get_by_role("button", name="读取"))
    officer.sees("paste")
    warning = (
        f"玩具县气象台{said_at(night.moment(1, 50))}将暴雨橙色预警信号升级为暴雨红色预警信号：预计未来3小时"
        f"{'、'.join(WARNED)}仍有100毫米以上降水，请注意防范。"
    )
    page.fill("#paste-text", warning)
    page.get_by_role("button", name="读取").click()
    assert page.locator("mark.read-area").all_inner_texts() == list(WARNED)
    figures = page.locator(".warning-effect .figures")
    inside = [row for row in house_rows() if row["乡镇"] in WARNED]
    located = [row for row in inside if row["经度"] != ""]
    expect(figures).to_contain_text(f"{len(located)} 户")
    expect(figures).to_contain_text(f"{len(inside) - len(located)} 栋位置不确定，另计")
    expect(figures).to_contain_text(f"{sum(row['鉴定等级'] in ('C', 'D') for row in inside)} 栋 C、D级")
    assert scalar(night, "SELECT count(*) FROM warning") == 0, "nothing is stored before it is confirmed"
    can_press(page.get_by_role("button", name="确认登记"))
    officer.sees("read")
    page.get_by_role("button", name="确认登记").click()
    page.wait_for_url(re.compile(r"/events/\d+$"))
    event = int(page.url.rpartition("/")[2])

    families.warn(house_rows(), VILLAGES, WARNED)
    due = families.heads()
    give = page.get_by_role("button", name="下达转移任务")
    can_press(give)
    expect(page.locator(".next-step")).to_contain_text(f"按规则应转移 {due.households} 户 {due.people} 人")
    expect(page.locator(".next-step")).to_contain_text(f"其中 {due.unsized} 户未填人数")
    officer.sees("event")
    give.click()
    officer.is_told(f"任务已下达：新下达 {len(inside)} 栋")
    officer.is_told(f"转移名单新增 {due.households} 户")
    assert scalar(night, "SELECT count(*) FROM emergency_inspection WHERE state = 'prepared'") == len(inside)
    officer.opens_step("转移避险")
    assert heads_in(page.locator(".move-sums li").first.inner_text()) == due, "the list is on the screen"
    officer.sees("list")
    return event


def townships_are_called(night: Night, officer: Person, event: int) -> None:
    """Six townships; at two of them nobody answers, and the next name does."""
    page = officer.page
    officer.opens_step("叫应")
    figures = page.locator("#calls .figures")
    expect(figures).to_contain_text("0/6 已应")
    officer.sees("calls")
    for name in WARNED:
        row = page.locator(f"#r{TOWNSHIPS[name]}")
        row.locator(".call-dial").click()
        expect(row.locator(".call-yes")).to_be_visible()
        if name in SILENT:
            continue
        row.get_by_role("button", name="收到，马上组织").click()
        expect(row.locator(".call-head")).to_contain_text(f"{name[0]}甲：收到，马上组织")
    expect(figures).to_contain_text("4/6 已应")
    officer.sees("calls_open")

    # Eleven minutes later the board says by itself whom to call next, and has those two on top.
    night.comes(2, 4)
    for name in SILENT:
        expect(page.locator(f"#r{TOWNSHIPS[name]} p.call-due")).to_contain_text("已过 10 分钟无人应答")
    first_two = [page.locator(".calls > li").nth(n).get_attribute("id") for n in (0, 1)]
    assert sorted(first_two, key=str) == sorted(f"r{TOWNSHIPS[name]}" for name in SILENT)
    officer.sees("calls_due")
    for name in SILENT:
        row = page.locator(f"#r{TOWNSHIPS[name]}")
        row.locator(".call-no").click()
        expect(row.locator(".call-next")).to_contain_text(f"{name[0]}乙")
        row.locator(".call-dial").click()
        row.locator(".call-yes").click()
        expect(row.locator(".call-head")).to_contain_text(f"{name[0]}乙")
    expect(figures).to_contain_text("6/6 已应")
    expect(page.locator("#event-steps")).to_contain_text("叫应 6/6")
    officer.sees("calls_done")
    answered = "SELECT scope_code FROM call WHERE event_id = :event AND state = 'answered' AND NOT is_void ORDER BY 1"
    assert column(night, answered, event=event) == [TOWNSHIPS[name] for name in WARNED]
    assert scalar(night, "SELECT count(*) FROM call WHERE state = 'handed_on'") == len(SILENT)


def people_are_moved(night: Night, officer: Person, event: int, families: Families) -> Person:
    """青石镇 fetches its people by name: to the shelter, to kin, one refuses, one slip is taken back."""
    fetcher = night.wakes("青石镇", "township", BLUE, "/")
    page = fetcher.page
    page.locator("a.event-line").click()
    fetcher.opens_step("转移避险")
    fetcher.sees("township")
    page.get_by_role("link", name="东沟村").click()
    fetcher.sees("village")
    page.get_by_text("每按一次都带上").click()
    page.get_by_label("送往").select_option(label="青石镇中心校 可容 200 人")
    page.locator(".move-bar-fields").get_by_label("谁报的").fill("东书记")
    for head in ("户主03", "户主02"):
        row = page.locator(".move", has_text=head)
        row.get_by_role("button", name="已转移", exact=True).click()
        expect(row).to_have_class(re.compile("is-done"))
        expect(row).to_contain_text("→ 青石镇中心校")
        families.of(head).state = "moved_to_shelter"
    fetcher.sees("village_moved")
    # The second was a slip: they are at their daughter's.
    page.locator("#toasts .toast-text", has_text="已登记").last.get_by_role("button", name="撤销").click()
    row = page.locator(".move", has_text="户主02")
    expect(row).not_to_have_class(re.compile("is-done"))
    row.get_by_text("其他 ▾").click()
    fetcher.sees("village_menu")
    row.get_by_role("button", name="投亲靠友").click()
    expect(row).to_contain_text("投亲靠友")
    families.of("户主02").state = "moved_to_kin"
    row = page.locator(".move", has_text="户主00")
    row.get_by_text("其他 ▾").click()
    row.get_by_role("button", name="拒绝转移").click()
    expect(row).to_have_class(re.compile("move-refused"))
    families.of("户主00").state = "refused"
    expect(page.locator("#moves .move-sums")).to_contain_text("已转 2户")
    fetcher.sees("village_done")
    sums_agree(officer, event, families, BLUE, VILLAGES["东沟"], VILLAGES["高台"])
    return fetcher


def figures_are_told(night: Night, officer: Person, event: int, families: Families) -> None:
    """柳沟镇 tells a figure by telephone before the names; then the names take its place."""
    page = officer.goes(f"/events/{event}/evacuation")
    page.get_by_label("电话报数").fill("柳沟镇已转3户8人")
    page.get_by_label("谁报的").last.fill("柳甲")
    page.locator(".move-line").get_by_role("button", name="登记").click()
    officer.is_told("电话报数已登记：柳沟镇已转3户8人")
    line = page.locator(".moves > li", has_text="柳沟镇")
    expect(line).to_contain_text("电话报数")
    expect(line).to_contain_text("其中 3户8人 还没有录姓名")
    officer.sees("figure")
    # Names alone count as 已转.
    sums_agree(officer, event, families, WILLOW)
    willow = night.wakes("柳沟镇", "township", WILLOW, f"/events/{event}/evacuation/areas/{WILLOW}?all=1")
    rows = willow.page.locator(".move")
    expect(rows).to_have_count(families.heads(WILLOW).households)
    willow.page.get_by_text("户未转的，一次登记").click()
    willow.sees("whole")
    willow.page.locator(".move-whole").get_by_role("button", name="已转移（集中安置）").click()
    expect(willow.page.locator(".move.is-done")).to_have_count(families.heads(WILLOW).households)
    for family in families.listed:
        if family.area.startswith(WILLOW):
            family.state = "moved_to_shelter"
    willow.page.reload()
    expect(willow.page.locator("#moves")).to_contain_text("名单已录齐")
    sums_agree(officer, event, families, WILLOW)


def the_zone_grows(night: Night, officer: Person, event: int, families: Families) -> None:
    """03:10: one township more. What it changes is read before it is applied, and nothing that was begun is lost."""
    page = officer.signs_in_again(f"/events/{event}")
    before = column(night, "SELECT state FROM evacuation ORDER BY id")
    page.get_by_role("link", name="更改影响范围").click()
    for name in WARNED:
        expect(page.locator(f"input[name=areas][value='{TOWNSHIPS[name]}']")).to_be_checked()
    page.check(f"input[name=areas][value='{TOWNSHIPS[GROWN]}']")
    added = sum(row["乡镇"] == GROWN for row in house_rows())
    for name, houses in (("added", added), ("left", 0)):
        expect(page.locator(f"[data-change={name}] td").last).to_have_text(str(houses))
    expect(page.locator(".by-township")).to_contain_text(f"{GROWN} +{added}")
    assert scalar(night, "SELECT revision FROM hazard_event WHERE id = :event", event=event) == 1
    can_press(page.get_by_role("button", name="保存新范围"))
    officer.sees("zone")
    page.get_by_role("button", name="保存新范围").click()
    officer.is_told(f"新增任务 {added} 栋")
    officer.sees("zone_grown")
    families.warn(house_rows(), VILLAGES, (GROWN,))
    assert column(night, "SELECT state FROM evacuation ORDER BY id")[: len(before)] == before
    officer.opens_step("叫应")
    expect(page.locator("#calls .figures")).to_contain_text("6/7 已应")
    sums_agree(officer, event, families, TOWNSHIPS[GROWN])


def a_second_warning_joins(night: Night, officer: Person, event: int, families: Families) -> None:
    """A flash flood over the last township joins the same event: one list, with all its reasons."""
    page = officer.goes("/events")
    warning = (
        f"玩具县水利局和玩具县气象台{said_at(night.moment(3, 20))}联合发布山洪灾害气象风险橙色预警："
        f"预计青石镇、{SECOND}发生山洪灾害的可能性大。"
    )
    night.comes(3, 25)
    page.fill("#paste-text", warning)
    page.get_by_role("button", name="读取").click()
    expect(page.locator(f"#w0-target-{event}")).to_be_checked()
    added = sum(row["乡镇"] == SECOND for row in house_rows())
    expect(page.locator(".change-said")).to_contain_text("事件级别不变")
    expect(page.locator(".by-township")).to_contain_text(f"{SECOND} +{added}")
    officer.sees("second")
    page.get_by_role("button", name="确认登记").click()
    page.wait_for_url(f"**/events/{event}")
    officer.is_told(f"已登记 1 条预警，新增任务 {added} 栋")
    families.warn(house_rows(), VILLAGES, (SECOND,))
    assert scalar(night, "SELECT count(*) FROM hazard_event") == 1
    assert scalar(night, "SELECT count(*) FROM (SELECT FROM emergency_inspection GROUP BY event_id, house_id HAVING count(*) > 1) d") == 0  # fmt: skip
    expect(page.locator("#progress .figures")).to_contain_text(f"{len(house_rows())} 栋应查")
    officer.sees("joined")
    page.goto(page.url.rpartition("/events")[0] + f"/events/{event}/areas/{VILLAGES['东沟']}")
    expect(page.locator(".area-reasons")).to_contain_text("暴雨")
    expect(page.locator(".area-reasons")).to_contain_text("山洪")
    sums_agree(officer, event, families, TOWNSHIPS[SECOND])


def a_house_outside_the_list_collapses(night: Night, fetcher: Person, event: int, families: Families) -> None:
    """In three fields a family is on the list that no list held: its house has fallen."""
    page = fetcher.signs_in_again(f"/events/{event}/evacuation/areas/{VILLAGES['西沟']}")
    page.locator(".move-extra > summary").click()
    extra = page.locator(".move-extra > form")
    expect(extra.locator("[name=village]")).to_have_value(VILLAGES["西沟"])
    extra.get_by_label("户主").fill("赵某某")
    extra.get_by_label("情况").fill("房屋倒塌")
    fetcher.sees("extra")
    extra.get_by_role("button", name="加入名单").click()
    fetcher.is_told("已加入转移名单")
    families.listed.append(Family("赵某某", VILLAGES["西沟"], None))
    expect(page.locator(".move", has_text="赵某某")).to_contain_text("表外新增")
    fetcher.sees("extra_added")
    sums_agree(fetcher, event, families, BLUE, VILLAGES["西沟"])
