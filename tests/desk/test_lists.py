"""The list of houses, the search and the desk: order, counts, scope, rights, questions asked."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from geo_housing.clock import now
from geo_housing.desk.house_list import ListPosition, figures, house_page
from geo_housing.layers.filters import Filter
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

HTML = {"accept": "text/html"}


def rows_of(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]+">([^<]+)<', page)


def township(toy: ToyDatabase, area: str = WEST) -> TestClient:
    return toy.browser(toy.member("township", area))


def test_what_must_be_done_first_stands_first_and_pages_lose_nothing(toy_worker: ToyDatabase) -> None:
    actor = toy_worker.actor(COUNTY)
    with toy_worker.transaction(COUNTY) as session:
        whole = house_page(session, Filter(), actor, limit=100)
        assert whole.next_after is None and len(whole.rows) == 43
        order = [row["risk"] for row in whole.rows]
        assert order == sorted(order, key=["D", "C", "suspected", "none", "B", "A"].index)
        found: list[str] = []
        after: ListPosition | None = None
        for _ in range(20):
            page = house_page(session, Filter(), actor, after=after, limit=7)
            found += [row["house_code"] for row in page.rows]
            after = page.next_after
            if after is None:
                break
    assert found == [row["house_code"] for row in whole.rows]


def test_lived_in_houses_come_before_empty_ones_of_their_class(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        session.execute(
            text("UPDATE house SET occupancy = 'empty', occupancy_checked_on = current_date WHERE code = '西一-D'")
        )
        codes = [row["house_code"] for row in house_page(session, Filter(risk=("D",)), toy.actor(WEST)).rows]
    assert codes == ["西二-D", "西三-D", "西四-D", "西一-D"]


def test_the_figures_of_the_chips_are_those_of_the_list(toy_worker: ToyDatabase) -> None:
    browser = township(toy_worker)
    page = browser.get("/houses").text
    with toy_worker.transaction(WEST) as session:
        counts = figures(session, Filter(), toy_worker.actor(WEST)).by_risk
    assert counts == {"A": 4, "B": 4, "C": 4, "D": 4, "none": 5, "suspected": 1}
    assert "<b>22</b>" in page and "共 22 条" in page and len(rows_of(page)) == 22
    dangerous = browser.get("/houses?risk=C,D&occupancy=lived_in").text
    assert len(rows_of(dangerous)) == 8 and "共 8 条" in dangerous
    form = re.search(r'<form method="post" action="/export/houses.xlsx".*?</form>', dangerous, re.S)
    assert (
        form
        and 'value="risk=C%2CD&amp;occupancy=lived_in"' in form[0]
        and 'name="purpose" maxlength="200" required' in form[0]
    )
    assert "/api/v1/houses.xlsx" not in dangerous
    assert browser.get("/api/v1/houses?risk=C,D&occupancy=lived_in&matched=1").json()["matched"] == 8


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("西一-", {"西一-0", "西一-A", "西一-B", "西一-C", "西一-D"}),
        ("户主03", {"西一-D"}),
        ("西二村", {f"西二-{grade}" for grade in "ABCD0"}),
        ("没有这样的", set()),
        ("%", set()),
        ("_一", set()),
    ],
)
def test_the_list_is_searched_by_code_head_and_village(toy_worker: ToyDatabase, typed: str, codes: set[str]) -> None:
    page = township(toy_worker).get("/houses", params={"q": typed}).text
    assert set(rows_of(page)) == codes
    if not codes:
        assert "没有符合条件的房屋" in page


def test_a_reader_finds_no_heads(toy_worker: ToyDatabase) -> None:
    browser = toy_worker.browser(toy_worker.member("planner", COUNTY))
    assert rows_of(browser.get("/houses", params={"q": "户主03"}).text) == []
    assert browser.get("/api/v1/search", params={"q": "户主"}).json() == {"groups": []}
    assert "户主03" not in browser.get("/houses").text
    assert browser.get("/houses?category=K2", headers=HTML).status_code == 403


def test_foreign_houses_are_in_no_list_count_or_search(toy_worker: ToyDatabase) -> None:
    browser = township(toy_worker, EAST)
    assert "西一" not in browser.get("/houses").text
    assert browser.get("/api/v1/search", params={"q": "西"}).json() == {"groups": []}
    assert browser.get(f"/houses?area={WEST}", headers=HTML).status_code == 403
    assert browser.get(f"/houses/check?area={WEST}", headers=HTML).status_code == 403


def test_search_answers_in_groups_with_what_a_map_needs(toy_worker: ToyDatabase) -> None:
    groups = township(toy_worker).get("/api/v1/search", params={"q": "西一"}).json()["groups"]
    assert [group["label"] for group in groups] == ["房屋", "村"]
    house = groups[0]["items"][1]
    assert (house["text"], house["lon"], house["lat"]) == ("西一-A", 120.005, 45.005)
    assert house["house"]["house_code"] == "西一-A" and house["house"]["risk"] == "A"
    assert groups[1]["items"][0]["bbox"] == pytest.approx([120.0, 45.0, 120.01, 45.01])
    heads = township(toy_worker).get("/api/v1/search", params={"q": "户主0"}).json()["groups"]
    assert [group["label"] for group in heads] == ["户主"] and len(heads[0]["items"]) == 8


def test_enter_opens_the_house_and_typing_gives_rows(toy_worker: ToyDatabase) -> None:
    browser = township(toy_worker)
    assert browser.get("/search", params={"q": "西一-a"}).headers["location"] == "/houses/%E8%A5%BF%E4%B8%80-A"
    assert browser.get("/search", params={"q": "户主03"}).headers["location"] == "/houses/%E8%A5%BF%E4%B8%80-D"
    rows = browser.post("/search", data={"q": "西"}, headers={"HX-Request": "true"}).text
    assert "<html" not in rows and "西山镇" in rows and 'href="/houses/%E8%A5%BF%E4%B8%80-A"' in rows
    assert browser.post("/search", data={"q": ""}, headers={"HX-Request": "true"}).text == ""
    assert "没有找到" in browser.get("/search", params={"q": "zzz"}).text


@pytest.mark.parametrize("query", ["after=abc", "after=WyI5OSIsIngiXQ==", "risk=Z", "area=abc", "nothing=1", "bbox=1"])
def test_a_bad_address_is_answered_with_a_sentence(toy_worker: ToyDatabase, query: str) -> None:
    answer = township(toy_worker).get(f"/houses?{query}", headers=HTML)
    assert answer.status_code == 422 and "系统出错" not in answer.text


def open_inspections(toy: ToyDatabase, *, mode: str = "actual") -> int:
    """An event with tasks: one overdue, one due today, one due later, one done."""
    with toy.transaction() as session:
        number: int = session.execute(
            text(
                "INSERT INTO hazard_event (scope_code, name, kind, level, mode, phase, source, created_by)"
                " VALUES (:county, :name, 'rainstorm', 'red', :mode, 'aftermath', 'drawing', 'tests') RETURNING id"
            ),
            {"county": COUNTY, "name": f"暴雨{mode}", "mode": mode},
        ).scalar_one()
        midnight = now().replace(hour=23, minute=59, second=59)
        tasks = [
            ("西一-D", "open", now() - timedelta(hours=3)),
            ("西一-C", "in_progress", midnight),
            ("西二-D", "open", now() + timedelta(days=2)),
            ("西二-C", "done", now() - timedelta(days=1)),
            ("东一-D", "open", now() - timedelta(hours=1)),
        ]
        for code, state, due in tasks:
            session.execute(
                text(
                    "INSERT INTO emergency_inspection"
                    " (event_id, house_id, scope_code, state, priority, reasons, due_at, assignee_area, revision, batch_id)"
                    " SELECT :event, id, scope_code, :state, 1, '{}', :due, left(scope_code, 9), 1, 1"
                    " FROM house WHERE code = :code"
                ),
                {"event": number, "state": state, "due": due, "code": code},
            )
    return number


def test_the_desk_shows_what_is_due_what_is_late_and_what_came_in(toy: ToyDatabase) -> None:
    open_inspections(toy)
    page = township(toy).get("/").text
    today, late, new = (page[page.index(f'<h2 class="h3">{part}') :] for part in ("今天要做", "已逾期", "新收到"))
    today, late = today[: today.index("</section>")], late[: late.index("</section>")]
    assert "西一-C" in today and "西一-D" not in today and "核对房屋位置" in today
    assert "西一-D" in late and "东一-D" not in page and "西二-C" not in page
    assert "暴雨actual" in new and "应急排查 3 栋" in new
    row = re.search(r">西一村村委会</a></td>.*?</tr>", page, re.S)
    assert row is not None and "0 / 2" in row[0] and 'class="late"' in row[0]


@pytest.mark.parametrize("mode", ["actual", "drill"])
def test_whom_to_fetch_stands_first_on_the_desk(toy: ToyDatabase, mode: str) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    asked = {"areas": [WEST], "name": "强降雨", "kind": "flood", "level": "red", "mode": mode}
    number = county.post("/api/v1/events", json=asked).json()["event"]
    county.post(f"/api/v1/events/{number}/respond")
    chore = re.compile(rf'<li><a href="/events/{number}/evacuation">.*?([\d,]+) 户 →', re.S)
    for phase in ("warning", "aftermath"):
        if phase == "aftermath":
            assert county.post(f"/api/v1/events/{number}/phase", json={"phase": phase}).status_code == 200
        for reader in (county, township(toy), township(toy, EAST)):
            due = reader.get(f"/api/v1/events/{number}/evacuation/totals").json()["total"]
            left = due["due"]["households"] - due["moved"]["households"]
            page = reader.get("/").text
            found = chore.search(page)
            if mode == "drill" or not left:
                assert found is None
            else:
                assert found is not None and int(found[1]) == left
                assert page.index("转移避险，还没有转移的") < page.index("核对房屋位置")
            assert left or reader is not county


def test_figures_of_inspections_open_those_of_their_division(toy: ToyDatabase) -> None:
    open_inspections(toy)
    browser = toy.browser(toy.member("county", COUNTY))
    assert f"/inspections?mode=actual&amp;area={WEST}&amp;overdue=1" in browser.get("/").text
    west = browser.get(f"/inspections?area={WEST}&overdue=1").text
    assert "西一-D" in west and "东一-D" not in west and "西一-C" not in west


def test_a_drill_is_in_no_figure(toy: ToyDatabase) -> None:
    open_inspections(toy, mode="drill")
    page = township(toy).get("/").text
    assert "暴雨drill" not in page and "没有逾期的排查" in page and "/inspections?mode=actual&amp;area=" not in page


def test_figures_of_the_desk_open_lists_of_the_same_length(toy: ToyDatabase) -> None:
    open_inspections(toy)
    browser = toy.browser(toy.member("leader", COUNTY))
    page = browser.get("/").text
    assert "今天要做" not in page and "应急排查逾期" in page and "各乡镇" in page
    checked = 0
    for address, figure in re.findall(
        r'<td class="number" data-label="[^"]+"><a href="(/houses[^"]+)">([\d,]+)</a>', page
    ):
        total = re.search(r"共 ([\d,]+) 条", browser.get(address.replace("&amp;", "&")).text)
        assert total is not None and total[1] == figure, address
        checked += 1
    assert checked >= 6


def test_the_figure_of_the_queue_says_what_it_is_made_of(toy: ToyDatabase) -> None:
    def said(area: str) -> tuple[str, str, str]:
        page = township(toy, area).get("/").text
        found = re.search(r'href="/houses/check"><span class="desk-what">(.*?)</a>', page, re.S)
        assert found is not None
        beside = re.search(r">合计</td>.*?location=unlocated,disputed[^>]*>(\d+)<", page, re.S)
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", found[1].replace('</span><span class="desk-where">', " ")))
        return words, beside[1] if beside else "0", page

    words, beside, _ = said(WEST)
    assert words == f"核对房屋位置 待核对、待定位 {beside}，登记在此、点位在外 1 {int(beside) + 1} 栋 →"
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET location_note = 'shared_point' WHERE code IN ('西一-A', '西一-B')"))
    words, again, _ = said(WEST)
    assert again == beside
    assert words.startswith(f"核对房屋位置 待核对、待定位 {beside}，已定位但存疑 2，登记在此、点位在外 1 ")
    # One kind alone needs no explanation.
    assert said(EAST)[0] == f"核对房屋位置 {said(EAST)[1]} 栋 →"


def test_the_house_of_a_task_says_what_is_open(toy: ToyDatabase) -> None:
    open_inspections(toy)
    page = township(toy).get("/houses/西一-D").text
    assert "录入结果" in page and "（逾期）" in page
    answer = township(toy).get("/api/v1/houses/西一-D").json()
    assert answer["inspections"][0]["overdue"] is True
    assert "录入结果" not in toy.browser(toy.member("leader", COUNTY)).get("/houses/西一-D").text


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", 20), ("/houses", 14), ("/houses?q=西", 14), ("/houses/check", 14), ("/api/v1/search?q=西", 12)],
)
def test_lists_ask_the_same_number_of_questions_for_few_and_many_rows(
    toy_worker: ToyDatabase, path: str, most: int
) -> None:
    counts = []
    for role, area in (("county", COUNTY), ("township", EAST)):
        browser = toy_worker.browser(toy_worker.member(role, area))
        asked: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_more: object, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(toy_worker.database.engine, "before_cursor_execute", note)
        try:
            assert browser.get(path).status_code == 200
        finally:
            event.remove(toy_worker.database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert max(counts) <= most and abs(counts[0] - counts[1]) <= 2, counts


def test_whom_nobody_counted_stands_beside_the_people(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        session.execute(text("UPDATE house SET households_without_size = 2 WHERE code = '西一-A'"))
    page = township(toy).get("/houses", headers=HTML).text
    assert re.search(r"</b> 人 <span[^>]*>另 2 户未填人数", page)
    for asked in (Filter(), Filter(area=WEST)):
        with toy.transaction(WEST) as session:
            assert figures(session, asked, toy.actor(WEST)).households_without_size == 2
