"""A report in words: the paragraphs that an office sends on, made of frozen figures. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS
from geo_housing.clock import BEIJING
from geo_housing.houses.heads import Heads
from geo_housing.response.reports.compared import chinese_moment, warning_said
from geo_housing.response.reports.figures import LOSSES, Figures, Loss
from geo_housing.words import DAMAGE_CLASS, EVENT_PHASE, REPORT_KIND, WARNING_ACTION

# So many places of a warning are named in its line.
MOST_NAMES = 12


@dataclass(frozen=True)
class Heading:
    """What stands above and below a report. Times are in the county's time."""

    event_name: str
    is_drill: bool
    kind: str
    number: int
    as_of: datetime
    area_name: str
    made_by: str
    corrects: int | None = None
    reason: str | None = None
    area_code: str = ""
    is_final: bool = True
    # Made some time after its 截至.
    is_then: bool = False
    # Of a 更正: which kind of report it puts right.
    corrected_kind: str = "flash"
    # A draft that nobody wanted.
    is_dropped: bool = False

    @property
    def title(self) -> str:
        """【演练】某县农村住房灾害应急快报."""
        drill = "【演练】" if self.is_drill else ""
        return f"{drill}{self.area_name}农村住房灾害应急{kind_said(self.kind, self.corrected_kind)}"

    @property
    def number_line(self) -> str:
        """第 3 期; what a correction corrects, and that it is not final: a draft is printed and passed on as any other paper."""
        line = f"第{self.number}期"
        line = f"{line}（更正第{self.corrects}期：{self.reason}）" if self.corrects else line
        return f"{line}（{self.standing}）" if self.standing else line

    @property
    def standing(self) -> str:
        """未定稿, 已作废, or nothing where it went out."""
        return "" if self.is_final else "已作废" if self.is_dropped else "未定稿"

    @property
    def office(self) -> str:
        """Who reports: of a county its housing bureau, of a township its government."""
        kind = {COUNTY_DIGITS: "住房和城乡建设局", TOWNSHIP_DIGITS: "人民政府"}.get(len(self.area_code), "")
        return f"{self.area_name}{kind}"

    @property
    def as_of_line(self) -> str:
        """截至2026年7月12日06时00分."""
        return f"截至{chinese_moment(self.as_of)}"


@dataclass(frozen=True)
class Section:
    """One numbered part with its paragraphs."""

    heading: str
    paragraphs: tuple[str, ...]


def kind_said(kind: str, corrected_kind: str) -> str:
    """晨报, or of a 更正 with what it puts right: 晨报（更正）."""
    return f"{REPORT_KIND.label(corrected_kind)}（更正）" if kind == "correction" else REPORT_KIND.label(kind)


def action_said(action: str) -> str:
    """What was done, as a sentence goes on with the warning: 继续发布暴雨红色预警."""
    return _SAID.get(action) or WARNING_ACTION.label(action)


# A warning that was wrong, and the text that put it right.
CORRECTED, CORRECTED_TO = "（已更正）", "更正为"
_SAID = {"continue": "继续发布", "upgrade": "升级发布", "downgrade": "降级发布", "change": "变更发布"}


def hour_corrected(then: datetime) -> str:
    """Beside a warning whose hour of issue was put right: which one it was."""
    return f"（发布时间已更正，原为{then.astimezone(BEIJING):%H时%M分}）"


def file_name(heading: Heading, event_id: int, ending: str) -> str:
    """演练-晨报-某县-7-第3期-未定稿.docx: what and whose it is and that it is not final stand in the name of the file, too."""
    drill = "演练-" if heading.is_drill else ""
    draft = f"-{heading.standing}" if heading.standing else ""
    kind = kind_said(heading.kind, heading.corrected_kind)
    place = "".join(char for char in heading.area_name if char.isalnum())
    return f"{drill}{kind}-{place}-{event_id}-第{heading.number}期{draft}.{ending}"


def places(names: Sequence[str]) -> str:
    """（宝石镇、六户镇）: where a warning holds; a lift for one township leaves the others as they were."""
    found = list(dict.fromkeys(names))
    more = f"等{len(found)}个乡镇村" if len(found) > MOST_NAMES else ""
    return f"（{'、'.join(found[:MOST_NAMES])}{more}）" if found else ""


def people(count: Heads) -> str:
    """12户34人, and how many families nobody counted."""
    beside = f"（另{count.unsized}户未填人数）" if count.unsized else ""
    return f"{count.households:,}户{count.people:,}人{beside}"


def sections(
    heading: Heading,
    figures: Figures,
    changes: Sequence[str],
    *,
    difficulties: str | None,
    next_steps: str | None,
    has_before: bool,
    is_final: bool,
    put_right: Sequence[str] | None = None,
) -> list[Section]:
    """The report's parts in their order; what does not exist yet is said to be none, never left out.

    ``is_final``: it is out, and what nobody typed was nothing. ``put_right``: of a 更正, the numbers that are others than in the report that it corrects.
    """
    corrected = [] if put_right is None else [Section("更正的数字", (_put_right(heading, put_right),))]
    return [
        *corrected,
        Section("预警和响应", tuple(_response(heading, figures))),
        Section("转移避险", tuple(_moves(figures))),
        Section("房屋损失", tuple(_losses(figures, is_then=heading.is_then))),
        Section("排查和评估", tuple(_checks(figures))),
        Section("与上一期相比", (_changed(heading, changes, has_before=has_before),)),
        Section("存在困难", tuple(_lines(difficulties, is_final=is_final))),
        Section("下一步工作", tuple(_lines(next_steps, is_final=is_final))),
    ]


def _response(heading: Heading, figures: Figures) -> list[str]:
    said = [f"事件：{heading.event_name}，目前处于“{figures.phase}”阶段，影响范围为第{figures.revision}版。"]
    if early := [area for area in figures.townships if area.phase]:
        phases = dict.fromkeys(area.phase for area in early)
        apart = "；".join(
            f"{'、'.join(area.name for area in early if area.phase == phase)}已处于“{phase}”阶段" for phase in phases
        )
        said.append(f"其中{apart}，排查时限分别起算。")
    for one in figures.warnings:
        if one.issued_at is None:
            said.append(f"灾种和级别：{one.said}（没有录入预警信息）。")
            continue
        said.append(f"预警：{warning_said(one)}。")
    inside = figures.affected
    beside = f"（另{inside['unsized']:,}户未填人数）" if inside.get("unsized") else ""
    doubt = f"；位置不确定的{inside['uncertain']:,}栋另计" if inside.get("uncertain") else ""
    if not inside:
        said.append("影响范围此后改过，当时范围内的栋数、户数没有保存。")
    else:
        said.append(
            f"影响范围内（涉及）农房{inside['houses']:,}栋，{inside['households']:,}户{inside['people']:,}人{beside}{doubt}。"
        )
    if waiting := inside.get("without_home", 0):
        count = Heads(waiting, inside["without_home_people"], inside["without_home_unsized"])
        said.append(f"另有无房户{people(count)}原住在影响范围内，不在以上数字里，须逐户问清现住何处。")
    why = "预警系误发，已撤销" if figures.phase == EVENT_PHASE.label("mistaken") else "预警已解除"
    said.append(_called(figures.calls, figures.calls_lifted, why))
    return said


def _called(calls: str, lifted: int, why: str) -> str:
    reached, _, all_of = calls.partition("/")
    beside = f"另有{lifted}个没有应最近的预警，{why}，不用再叫。" if lifted else ""
    if all_of:
        return f"叫应：应叫应{all_of}个，已应{reached}个。{beside}"
    if reached:
        return f"叫应：已应{reached}个（影响范围此后改过，当时应叫应多少个没有保存）。"
    return f"叫应：有{lifted}个没有应最近的预警，{why}，不用再叫。" if lifted else "叫应：没有需要叫应的下级单位。"


def _moves(figures: Figures) -> list[str]:
    moves = figures.total.moves
    if not moves.due.households and not moves.told.households:
        return ["没有需要转移的农户。"]
    extra = f"应转移中表外新增{figures.extra:,}户。" if figures.extra else ""
    said = [f"应转移{people(moves.due)}，已转移{people(moves.moved)}，未转移{people(moves.left)}。{extra}"]
    parts = (
        ("集中安置", moves.in_shelters),
        ("投亲靠友", moves.with_kin),
        ("去向待核实", moves.unplaced),
        ("已外出", moves.away),
        ("已返回", moves.returned),
    )
    inside = "，".join(f"{label}{people(count)}" for label, count in parts if count.households)
    if inside:
        used = f"启用安置点{figures.shelters_used}处。" if figures.shelters_used else ""
        over = "、".join(f"{name}已住{people}人（可容{holds}人）" for name, people, holds in figures.crowded)
        said.append(f"已转移中：{inside}。{used}" + (f"超过可容人数的安置点：{over}，须另行安排。" if over else ""))
    kept = (("拒绝转移", moves.refused), ("联系不上", moves.unreachable))
    outside = "，".join(f"{label}{people(count)}" for label, count in kept if count.households)
    if outside:
        said.append(f"未转移中：{outside}。")
    if figures.elsewhere.households:
        said.append(f"未转移中有{people(figures.elsewhere)}因其他事件已转移在外（计入该事件，本事件尚未接转）。")
    if moves.told.households:
        told = f"另据电话报数，已转移而姓名待落实的有{people(moves.told)}"
        is_off = figures.phase == EVENT_PHASE.label("mistaken")
        said.append(f"{told}，还须逐户通知可以返回（房屋倒塌、不可以居住的除外）。" if is_off else f"{told}。")
    return said


def lost(label: str, loss: Loss) -> str:
    """One damage class. Rooms are of their own class: those of a house that counts in a worse one are told as such."""
    if loss.rooms and not loss.houses:
        return f"{label}0户0栋，另有{label}房间{loss.rooms:,}间（所在房屋已按更重的一类计）"
    unstated = f"（{loss.unstated:,}栋未填间数，不在内）" if loss.unstated else ""
    return f"{label}{loss.households:,}户{loss.houses:,}栋{loss.rooms:,}间{unstated}"


def _losses(figures: Figures, *, is_then: bool = False) -> list[str]:
    losses = figures.total.losses
    parts = [lost(DAMAGE_CLASS.label(code), losses[code]) for code in LOSSES]
    said = ["、".join(parts) + "（按已录入的排查结果；没有登记农户的房屋只计栋数）。"]
    if is_then and not figures.is_known:
        said.append("本期在截至时间以后生成：截至时已登记的房屋，排查结果、损坏程度和间数含此后的更正。")
    if unclassed := figures.total.checks.unclassed:
        said.append(
            f"另有未定损坏程度{unclassed:,}栋（有损坏或疑似危险，损坏程度和间数都没有填），不在以上各类，请尽快核定。"
        )
    if figures.extra_unregistered:
        said.append(
            f"另有表外新增{figures.extra_unregistered:,}户不在农房台账（工棚、过路的人等），没有排查记录，房屋损失未计入；确是农房的，请补登记。"
        )
    zero = [area.name for area in figures.townships if area.is_zero]
    if zero:
        said.append(f"零报告：{'、'.join(zero)}。")
    told_of = [f"{area.name}{area.checks.reported:,}栋" for area in figures.townships if area.checks.reported]
    if told_of:
        said.append(f"有险情报来、还没有查实的乡镇：{'、'.join(told_of)}。")
    waits = [one for one in figures.townships if one.is_unharmed and not one.checks.reported and not one.is_zero]
    if open_yet := [area.name for area in waits]:
        said.append(f"目前没有损坏报告、排查还没有完成的乡镇：{'、'.join(open_yet)}。")
    return said


def _checks(figures: Figures) -> list[str]:
    checks, concluded = figures.total.checks, figures.total.concluded
    late = f"，逾期{checks.overdue:,}栋" if checks.overdue else ""
    said = [f"应排查{checks.due:,}栋，已排查{checks.done:,}栋{late}；有损坏或疑似危险{checks.suspected:,}栋。"]
    if concluded.needed or concluded.unsafe:
        restricted = f"，限制使用{concluded.restricted:,}栋" if concluded.restricted else ""
        said.append(
            f"应评估{concluded.needed:,}栋，待评估{concluded.waiting:,}栋；可以居住{concluded.habitable:,}栋，"
            f"不可以居住{concluded.not_habitable:,}栋{restricted}。农户尚未安全居住的{concluded.unsafe:,}栋。"
        )
    return said


def _changed(heading: Heading, changes: Sequence[str], *, has_before: bool) -> str:
    if not has_before:
        return "首期报告。" if 1 in (heading.number, heading.corrects) else "此前没有已定稿且未更正的报告，不作比较。"
    if not changes:
        return "与上一期相比没有变化。"
    return _told(changes)


def _put_right(heading: Heading, changes: Sequence[str]) -> str:
    """Which numbers differ: the corrected one's, and what they are now."""
    if not changes:
        return f"主要数字与第{heading.corrects}期相同，更正的内容见更正原因。"
    return f"与第{heading.corrects}期不同的数字：{_told(changes)}"


def _told(changes: Sequence[str]) -> str:
    return "；".join(changes) + "。"


def _lines(text: str | None, *, is_final: bool) -> list[str]:
    """What somebody typed; that there is nothing is said by them alone, and was by reports that are out."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()] or [
        "无。" if is_final else "（待填写）"
    ]
