"""Warning texts of the toy county, and confirming them as a person does who corrects nothing."""

from typing import Any

from geo_housing.areas.queries import area_names
from geo_housing.hazards.pasted import read_pasted
from geo_housing.response.warnings import receiving
from geo_housing.response.warnings.form import form_of_reading, stated
from geo_housing.response.warnings.receiving import Done
from geo_housing.response.warnings.stated import Stated
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

ORANGE = "玩具县气象台2026年7月12日00时20分发布暴雨橙色预警信号：预计未来3小时西山镇仍有50毫米以上降水，请注意防范。"
RED = "玩具县气象台2026年7月12日01时50分将暴雨橙色预警信号升级为暴雨红色预警信号：预计未来3小时西山镇仍有100毫米以上降水，请注意防范。"
FLASH_FLOOD = "玩具县水利局和玩具县气象台2026年7月12日02时30分联合发布山洪灾害气象风险橙色预警：预计西山镇、东河乡发生山洪灾害的可能性大。"
LIFT = "玩具县气象台2026年7月12日05时30分解除暴雨红色预警信号。"
DRILL = "【演练】玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇有100毫米以上降水。"


def read(toy: ToyDatabase, pasted: str, *, area: str = COUNTY, **said: Any) -> Stated:
    """The first warning of the text as read, with what is stated otherwise."""
    with toy.transaction(area) as session:
        one = read_pasted(session, pasted).bulletins[0]
        names = {known.code: known.name for known in area_names(session)}
        found = stated(form_of_reading(one, 0), one, names, is_sure=False)
    return Stated(**{**vars(found), **said})


def confirm(toy: ToyDatabase, pasted: str, *, area: str = COUNTY, client_id: str | None = None, **said: Any) -> Done:
    """The first warning of the text, stored; ``target`` new unless stated."""
    known = said.pop("even_if_known", False)
    one = read(toy, pasted, area=area, **said)
    with toy.transaction(area) as session:
        return receiving.receive(session, toy.actor(area), pasted, [one], client_id=client_id, even_if_known=known)[0]
