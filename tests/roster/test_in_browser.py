"""In a real browser, with one thumb: somebody is added, their number shown by one tap, a list looked at and loaded."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase
from tests.roster.lists import write_xlsx
from tests.toy_county import WEST


def test_a_contact_is_added_on_a_phone_and_his_number_is_one_tap_away(
    toy: ToyDatabase, visit: Callable[..., Visit]
) -> None:
    found = visit(toy, toy.member("township", WEST), "/roster", size=PHONE)
    found.expected.append("422")
    page = found.page
    page.get_by_role("link", name="登记责任人").click()
    page.locator("#area_code").select_option(label="　西一村村委会")
    expect(page.locator("#field-role-own")).to_be_hidden()
    page.locator("#field-role").select_option(label="另填")
    page.locator("#field-role-own").fill("护林员")
    page.locator("#field-phone").fill("1000000")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".problem")).to_contain_text("请填写姓名")
    expect(page.locator("#field-role-own")).to_have_value("护林员")
    page.locator("#field-name").fill("甲")
    page.locator("#field-phone").fill("10000000001、0482-5120000")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#toasts")).to_contain_text("已登记责任人“甲”")
    row = page.locator("tr", has_text="护林员")
    row.get_by_role("button", name="100****0001").click()
    expect(row.locator("a[href='tel:10000000001']")).to_be_visible()
    expect(row.locator("a[href='tel:04825120000']")).to_be_visible()
    assert fits(page)


def test_a_list_is_looked_at_and_loaded(toy: ToyDatabase, visit: Callable[..., Visit], tmp_path: Path) -> None:
    rows = [
        ["西山镇网格员通讯录", "", ""],
        ["村", "姓名", "电话"],
        ["西一村", "甲", "10000000001"],
        ["西九村", "乙", "10000000002"],
    ]
    path = write_xlsx(tmp_path / "网格员.xlsx", rows)
    page = visit(toy, toy.member("township", WEST), "/roster/loads?kind=contacts").page
    page.locator("#file").set_input_files(path)
    expect(page.locator("h1")).to_have_text("网格员.xlsx")
    expect(page.locator(".import-faults")).to_contain_text("没有找到村“西九村”")
    page.get_by_role("button", name="确认导入").click()
    expect(page.locator("#toasts")).to_contain_text("新增 1")
    page.get_by_role("link", name="从表格导入").click()
    page.get_by_role("link", name="← 通讯录").click()
    expect(page.locator("tr", has_text="网格员")).to_contain_text("甲")


def test_a_load_is_taken_back_by_two_presses(toy: ToyDatabase, visit: Callable[..., Visit], tmp_path: Path) -> None:
    rows = [["村", "类别", "姓名", "电话", "届期情况"], ["西一村", "网格员", "甲", "10000000001", "本届"]]
    page = visit(toy, toy.member("township", WEST), "/roster/loads?kind=contacts", size=PHONE).page
    page.locator("#file").set_input_files(write_xlsx(tmp_path / "网格员.xlsx", rows))
    expect(page.locator(".problem")).to_contain_text("届期情况：这一列像是“任期”")
    assert fits(page)
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("撤销这次导入").click()
    expect(page.locator(".import-undo")).to_contain_text("新增的 1 条从通讯录里删去。")
    assert fits(page)
    page.get_by_role("button", name="确认撤销").click()
    expect(page.locator("#toasts")).to_contain_text("已撤销这次导入：删去 1 条，恢复 0 条。")
    expect(page.locator(".import-state")).to_contain_text("已撤销")
