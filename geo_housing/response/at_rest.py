"""What is said where an event stands, to whoever has nothing to press there. No session here."""

from geo_housing.response.next_step import Situation


def standing(now: Situation) -> str:
    """Where it stands, for whoever has nothing to press: what one waits for, or that it is over."""
    if now.phase == "closed":
        return "事件已结束，结果保留。" + now.stays_away
    if now.phase == "mistaken":
        off = "事件已作误发撤销，没有开始的任务已撤回。"
        if now.unfinished:
            off += f"已经开始排查、或者有人报过险情的还有 {now.unfinished:,} 栋，请接着查完。"
        if now.not_moved:
            off += f"房屋查出或报有危险、还在家里的有 {now.not_moved:,} 户，请马上转移。"
        if now.calls.to_tell:
            off += f"叫应过的还有 {now.calls.to_tell:,} 个没有告知：请到“叫应”逐一告知。"
        if not now.to_name:
            return off
        return off + f"电话报数里还有 {now.to_name:,} 户没有录姓名：请到“转移避险”补录，到家后登记“已返回”。"
    if now.message_status != "Actual":
        return (
            f"这条预警消息的状态是 {now.message_status}（演习、测试或草稿），不能据此下达任务；"
            "需要演练的，请另建性质为“演练”的事件。"
        )
    if now.phase == "draft":
        return "事件还没有确认，没有下达任何任务。"
    if not now.affected and not now.unfinished and not now.done:
        return "影响范围内没有本辖区的农房。"
    if not now.has_tasks and not now.unfinished and not now.done:
        return "还没有给本辖区下达任务。"
    moving = f"还有 {now.not_moved:,} 户没有转移。" if now.not_moved else ""
    if now.phase in ("warning", "ongoing"):
        if not now.prepared and now.anew.unfinished:
            return f"再次预警以前下达、还没有查完的有 {now.anew.unfinished:,} 栋；转入“灾后排查”后重新起算完成时限。{moving}"
        return f"任务已下达，{now.prepared:,} 栋待开始；转入“灾后排查”后起算完成时限。{moving}"
    if now.unfinished:
        return f"正在排查，还有 {now.unfinished:,} 栋没有完成。{moving}"
    seen = f"{now.done:,} 栋已全部排查。"
    return seen + now.open_.sentence + "落实以后再结束。" if now.open_.sentence else seen
