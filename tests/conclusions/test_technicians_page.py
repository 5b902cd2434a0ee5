"""What a technician sees: their work on the desk, the village's photos beside the form they sign, their own kept with it."""

import io
import re

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from tests.conclusions.test_signing import event, looked_at, technician
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

__all__ = ["event"]


def jpeg(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def page(toy: ToyDatabase) -> TestClient:
    """Of an account that is a technician in the roster."""
    member = toy.member("technician", COUNTY)
    with toy.transaction() as session:
        account = session.scalar(text("SELECT id FROM app_user WHERE name = :name"), {"name": member.name})
    technician(toy, app_user_id=account)
    return toy.browser(member)


def photos_of(toy: ToyDatabase, code: str) -> int:
    with toy.transaction() as session:
        return session.scalars(
            text(
                "SELECT count(*) FROM inspection_photo p JOIN emergency_inspection i ON i.id = p.inspection_id"
                " JOIN house h ON h.id = i.house_id WHERE h.code = :code AND p.taken_back_at IS NULL"
            ),
            {"code": code},
        ).one()


def form_of(answer: str) -> dict[str, str]:
    """What the sign form holds by itself."""
    form = answer[answer.index("conclusion-form") :]
    chosen = re.search(r'<option value="(\d+)" selected', form)
    upon = re.search(r'name="upon" value="(\d*)"', form)
    at = re.search(r'name="signed_at" type="datetime-local" value="([^"]*)"', form)
    assert chosen and upon and at
    return {"technician": chosen[1], "upon": upon[1], "signed_at": at[1]}


def test_he_signs_in_his_own_name_and_in_nobody_else_s(toy: ToyDatabase, event: int, page: TestClient) -> None:
    other = technician(toy, "李工")
    address = f"/events/{event}/conclusions/houses/西一-D"
    shown = page.get(address).text
    assert "李工" not in shown and "某工程师" in shown
    said = {"conclusion": "not_habitable", "items": ["wall_crack"], "advice": "住到安置点"}
    api = f"/api/v1/events/{event}/conclusions/西一-D"
    refused = page.post(api, json={**said, "technician": other})
    assert refused.status_code == 422 and "只能以本人名义签署" in refused.text
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM emergency_conclusion")) == 0
    assert page.post(api, json=said).status_code in (200, 201)
    office = toy.browser(toy.member("county", COUNTY))
    assert "李工" in office.get(address).text, "who types what was signed on paper chooses among all"


def test_his_work_stands_on_the_desk_until_it_is_signed(toy: ToyDatabase, event: int, page: TestClient) -> None:
    def told() -> str:
        found = re.search(r"应急评估，等您签署结论.*?</a>", page.get("/").text, re.S)
        return "" if found is None else found[0]

    assert "3 栋" in told() and f"/events/{event}/conclusions/mine" in page.get("/").text
    # Who only enters what technicians sign is not told to sign.
    assert "等您签署结论" not in toy.browser(toy.member("county", COUNTY)).get("/").text
    address = f"/events/{event}/conclusions/houses/西一-A"
    sent = {**form_of(page.get(address).text), "conclusion": "habitable", "items": "none"}
    assert page.post(address, data=sent).status_code == 303
    assert "2 栋" in told()
    with toy.transaction() as session:
        session.execute(text("UPDATE technician SET areas = :areas"), {"areas": [EAST]})
    assert told() == "", "西 is somebody else's"
    looked_at(toy, event, "东一-D", "suspected")
    assert "1 栋" in told()
    with toy.transaction() as session:
        session.execute(text("UPDATE technician SET areas = :areas"), {"areas": [WEST]})
        session.execute(text("UPDATE hazard_event SET mode = 'drill' WHERE id = :id"), {"id": event})
    assert told() == "", "a drill is no work"


def test_photos_stand_beside_the_form_and_come_with_the_signature(
    toy: ToyDatabase, event: int, page: TestClient
) -> None:
    address = f"/events/{event}/conclusions/houses/西一-A"
    first = page.get(address).text
    assert 'class="photos"' not in first and 'enctype="multipart/form-data"' in first
    sent = {**form_of(first), "conclusion": "habitable", "items": "none"}
    answer = page.post(address, data=sent, files=[("photos", ("a.jpg", jpeg())), ("photos", ("b.jpg", jpeg("blue")))])
    assert answer.status_code == 303 and photos_of(toy, "西一-A") == 2
    shown = re.findall(r'<img src="(/api/v1/inspections/\d+/photos/\d+)"', page.get(address).text)
    assert len(shown) == 2 and page.get(shown[0]).headers["content-type"] == "image/jpeg"
    # A leader reads conclusions, and sees no photo of anybody's home.
    assert "/photos/" not in toy.browser(toy.member("leader", COUNTY)).get(address).text


def test_a_refused_signature_keeps_the_photos_and_says_which_not(
    toy: ToyDatabase, event: int, page: TestClient
) -> None:
    address = f"/events/{event}/conclusions/houses/西一-A"
    sent = {**form_of(page.get(address).text), "conclusion": "not_habitable", "items": "wall_crack"}
    files = [("photos", ("a.jpg", jpeg())), ("photos", ("b.jpg", b"no photo"))]
    answer = page.post(address, data=sent, files=files)
    assert answer.status_code == 422 and photos_of(toy, "西一-A") == 1
    assert "照片 1 张已保存" in answer.text and "照片“b.jpg”没有保存" in answer.text
    # All is well but for a file that is no photo: nothing is signed, the good one is kept.
    answer = page.post(address, data={**sent, "advice": "住到安置点"}, files=files)
    assert answer.status_code == 422 and "照片“b.jpg”没有保存" in answer.text
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM emergency_conclusion")) == 0
    assert photos_of(toy, "西一-A") == 1
