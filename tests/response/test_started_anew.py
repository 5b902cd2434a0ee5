"""What the main button says of an event that was warned again, beside what it does."""

from geo_housing.response.service import change_phase
from tests.fixtures.toy import ToyDatabase
from tests.response.test_grounds import AGAIN_WEST, enter, event, main_step, rows
from tests.response.warnings import confirm
from tests.toy_county import COUNTY, WEST

__all__ = ["event"]
LIFT_AGAIN = "玩具县水利局和玩具县气象台2026年7月12日09时30分联合解除西山镇山洪灾害气象风险橙色预警。"


def test_the_button_after_a_renewed_warning_says_what_starts_anew(toy: ToyDatabase, event: int) -> None:
    """0 栋 would say that nothing happens, where every due time is set once more and whoever was well is seen again."""
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    west = {"west": f"{WEST}%"}
    done = "SET state = 'done', done_at = now(), result ="
    wanted = "WHERE id = (SELECT {} (id) FROM emergency_inspection WHERE scope_code LIKE :west) RETURNING id"
    [harmless] = rows(toy, f"UPDATE emergency_inspection {done} 'no_visible_hazard' {wanted.format('min')}", **west)
    rows(toy, f"UPDATE emergency_inspection {done} 'collapsed' {wanted.format('max')}", **west)
    confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
    confirm(toy, LIFT_AGAIN, target=str(event), action="lift")
    step = main_step(toy, event, COUNTY)
    assert step is not None and step.confirm is not None
    before = rows(toy, "SELECT id, version FROM emergency_inspection WHERE scope_code LIKE :west", **west)
    unfinished = len(before) - 2
    assert unfinished and "待开始" not in step.sentence
    assert f"还没有查完的 {unfinished} 栋，完成时限从现在重新起算" in step.sentence
    assert "没有发现损坏的 1 栋要再查一次" in step.sentence
    assert f"将有 {unfinished + 1} 栋的完成时限从现在起算" in step.confirm
    enter(toy, event, WEST)
    after = rows(toy, "SELECT id, version FROM emergency_inspection WHERE scope_code LIKE :west", **west)
    changed = {one.id for one in after} - {one.id for one in before if one in after}
    assert len(changed) == unfinished + 1 and harmless.id in changed
