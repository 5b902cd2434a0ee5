"""``geo-housing hazards``: zones in, whom they concern, tasks, phases, village lists."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.hazard_papers import add_papers
from geo_housing.cli.say import line, result, t, told

if TYPE_CHECKING:
    from geo_housing.hazards.without_home import WithoutHome

app = typer.Typer(
    no_args_is_help=True,
    help=t(
        "灾害应急：装入影响范围、影响分析、下达任务、阶段、名单。",
        "Disasters: load zones, whom they concern, respond, phases, village lists.",
    ),
)

Json = Annotated[bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))]
Event = Annotated[int, typer.Argument(help=t("事件编号", "Number of the event"))]


@app.command(
    epilog=t(
        "例：geo-housing hazards load 淹没范围.zip --kind 洪水 --level 橙色",
        "Example: geo-housing hazards load flood.zip --kind flood --level orange",
    )
)
def load(
    file: Annotated[
        Path,
        typer.Argument(
            help=t(
                "GeoJSON、GeoPackage、Shapefile（.shp 或 .zip）、KML、FlatGeobuf、CAP 1.2 XML",
                "GeoJSON, GeoPackage, Shapefile (.shp or .zip), KML, FlatGeobuf, CAP 1.2 XML",
            )
        ),
    ],
    event: Annotated[
        int | None, typer.Option(help=t("替换这个事件的影响范围", "Replace the zones of this event"))
    ] = None,
    join: Annotated[
        int | None, typer.Option(help=t("把预警消息归入这个事件", "A further warning message of this event"))
    ] = None,
    name: Annotated[str | None, typer.Option(help=t("事件名称", "Name of the event"))] = None,
    kind: Annotated[str | None, typer.Option(help=t("灾种，如 rainstorm 或 暴雨", "Kind, e.g. rainstorm"))] = None,
    level: Annotated[
        str | None, typer.Option(help=t("预警级别 red orange yellow blue", "red | orange | yellow | blue"))
    ] = None,
    buffer: Annotated[
        float | None, typer.Option(help=t("点、线的缓冲距离（米）", "Buffer around points and lines, metres"))
    ] = None,
    crs: Annotated[str | None, typer.Option(help=t("坐标是什么：EPSG:n、gcj02、bd09", "What coordinates are"))] = None,
    layer: Annotated[str | None, typer.Option(help=t("图层名", "Layer"))] = None,
    drill: Annotated[bool, typer.Option("--drill", help=t("演练，不计入任何统计", "A drill: in no figure"))] = False,
    even_if_known: Annotated[
        bool,
        typer.Option(
            "--even-if-known",
            help=t("消息登记过的事件已结束的，仍要另建", "A new event though the message's former one has ended"),
        ),
    ] = False,
    standing: Annotated[
        bool, typer.Option("--standing", help=t("装入灾害易发地，不建事件", "Standing risk areas, no event"))
    ] = False,
    as_json: Json = False,
) -> None:
    """Load zones: a new event, with --event other zones of one, with --join a further warning, with --standing risk areas."""
    from geo_housing.cli.run import open_work
    from geo_housing.errors import BadInput
    from geo_housing.hazards.report import findings, write_report
    from geo_housing.rekeying import ready_keys
    from geo_housing.response.standing.loading import load_standing_file
    from geo_housing.response.zones.answers import Given, kind_word
    from geo_housing.response.zones.loading import load_file

    if standing and (event is not None or join is not None or name or level or drill):
        raise BadInput("装入灾害易发地（--standing）时不用 --event、--join、--name、--level、--drill。")
    if event is not None and join is not None:
        raise BadInput("--event 替换影响范围，--join 归入事件，请只用一个。")
    with open_work() as w:
        try:
            with bar(t("装入影响范围", "Loading zones")), w.transaction() as session:
                if standing:
                    places = load_standing_file(
                        session, w.actor, file, lambda: ready_keys(w.database, w.settings),
                        kind=kind_word(kind), buffer_m=buffer, crs=crs, layer=layer,
                    )  # fmt: skip
                    faults, answer = list(places.faults), places.as_json()
                else:
                    mode = "drill" if drill else None
                    given = Given(
                        event=event, joins=join, name=name, kind=kind, level=level, mode=mode, buffer_m=buffer, crs=crs,
                        layer=layer, even_if_known=even_if_known,
                    )  # fmt: skip
                    loaded = load_file(session, w.actor, file, given)
                    faults, answer = findings(loaded.source), loaded.as_json(None)
        except BadInput as error:
            report = write_report(w.settings.reports, file.name, list(error.faults))
            if report is not None:
                line(f"报告：{report}", f"Report: {report}")
            raise
        report = write_report(w.settings.reports, file.name, faults)
    answer["report"] = None if report is None else str(report)
    for sentence in answer["warnings"]:
        line(f"注意：{told(sentence)}", f"Note: {told(sentence)}")
    result(
        answer,
        as_json=as_json,
        rows=[(_LABELS[key](), "—" if value is None else value) for key, value in answer.items() if key in _LABELS],
    )


_LABELS = {
    "event": lambda: t("事件编号", "event"),
    "zones": lambda: t("影响范围（块）", "zones"),
    "updated": lambda: t("更新了范围、措施或责任人的（块）", "changed: outline, measures or people"),
    "unchanged": lambda: t("已有、未重复装入（块）", "unchanged"),
    "not_in_file": lambda: t("文件里没有、照旧保留的（块）", "not in the file, kept"),
    "repaired": lambda: t("修复图形", "repaired"),
    "rejected": lambda: t("拒绝", "rejected"),
    "area_km2": lambda: t("面积（平方公里）", "area km²"),
    "revision": lambda: t("范围版本", "revision"),
    "opened": lambda: t("新增排查任务（栋）", "inspections opened"),
    "to_withdraw": lambda: t("移出范围、待下达时撤销（栋）", "to withdraw at the next respond"),
    "crs": lambda: t("坐标系", "CRS"),
    "report": lambda: t("报告", "report"),
}


@app.command(
    "text",
    epilog=t(
        "例：geo-housing hazards text 预警.txt；粘贴：geo-housing hazards text -，贴上全文后按 Ctrl+D",
        "Example: geo-housing hazards text warning.txt; to paste: geo-housing hazards text - , then Ctrl+D",
    ),
)
def pasted_text(
    file: Annotated[
        str,
        typer.Argument(
            help=t("文本文件（UTF-8 或 GB18030），- 为标准输入", "Text file (UTF-8 or GB18030), - for standard input")
        ),
    ],
    as_json: Json = False,
) -> None:
    """Read a pasted warning: kind, level, issuer, time, divisions, and what could not be read. Stores nothing."""
    from geo_housing.cli.run import work
    from geo_housing.hazards.pasted import decode, paste_json, read_pasted

    text = decode(_content_of(file))
    with work() as w:
        paste = read_pasted(w.session, text)
    answer = paste_json(paste)
    if as_json:
        result(answer, as_json=True)
        return
    for n, one in enumerate([answer, *answer["further"]]):
        if n:
            print()
        result({}, as_json=False, rows=_bulletin_rows(one))
    if answer["further"]:
        line(
            f"文中有 {len(answer['further']) + 1} 条不同的预警。",
            f"{len(answer['further']) + 1} different warnings in the text.",
        )


def _content_of(file: str) -> bytes:
    """At most a little more than may be read, so that a wrong file is not taken in whole."""
    import sys

    from geo_housing.errors import BadInput
    from geo_housing.hazards.pasted import MAX_BYTES

    if file == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError:
        raise BadInput(f"读不到文件“{file}”，请核对路径；- 表示从标准输入读取。") from None


def _bulletin_rows(one: dict[str, Any]) -> list[tuple[str, object]]:
    from geo_housing.words import EVENT_KIND, RESPONSE_LEVEL, WARNING_ACTION, WARNING_LEVEL

    def said(value: str | None, lists: Any) -> str:
        return "—" if value is None else t(lists.label(value), told(lists.label(value)))

    def moment(value: str | None) -> str:
        return "—" if value is None else value[:16].replace("T", " ")

    rows: list[tuple[str, object]] = [
        (t("动作", "action"), said(one["action"], WARNING_ACTION)),
        (t("灾种", "kind"), said(one["kind"], EVENT_KIND)),
        (t("级别", "level"), said(one["level"], WARNING_LEVEL)),
        (t("发布单位", "issuer"), one["issuer"] or "—"),
        (t("发布时间", "issued at"), moment(one["issued_at"])),
    ]
    for name, label in (("former_level", t("原级别", "former level")), ("response_level", t("应急响应", "response"))):
        if one.get(name):
            rows.append((label, said(one[name], WARNING_LEVEL if name == "former_level" else RESPONSE_LEVEL)))
    for name, label in (
        ("effective_at", t("起始时间", "effective at")),
        ("expires_at", t("有效期至", "valid until")),
        ("replaced_at", t("所替代预警的发布时间", "replaces the one of")),
        ("corrected_at", t("更正时间", "corrected at")),
    ):
        if one.get(name):
            rows.append((label, moment(one[name])))
    if one.get("drill"):
        rows.append((t("性质", "mode"), t("演练", "drill")))
    for area in one["areas"]:
        marks = [said(area["level"], WARNING_LEVEL)] if area["level"] else []
        marks += [t("已出现", "observed")] if area["observed"] else []
        rows.append((t("区域", "area"), " ".join([area["code"], area["name"], f"“{area['text']}”", *marks])))
    for asked in one["questions"]:
        names = t("、", ", ").join(f"{place['name']} {place['code']}" for place in asked["candidates"])
        rows.append((t("请选择", "to choose"), f"“{asked['text']}” {told(asked['sentence'])} {names}"))
    rows += [(t("未识别", "unread"), f"“{part['text']}” {told(part['sentence'])}") for part in one["unread"]]
    if one["missing"]:
        labels = {
            "action": t("动作", "action"), "kind": t("灾种", "kind"), "level": t("级别", "level"),
            "issuer": t("发布单位", "issuer"), "issued_at": t("发布时间", "issued at"), "areas": t("区域", "areas"),
        }  # fmt: skip
        rows.append((t("文中没有写", "not said"), t("、", ", ").join(labels[part] for part in one["missing"])))
    return rows


@app.command(epilog=t("例：geo-housing hazards affected 3 --json", "Example: geo-housing hazards affected 3 --json"))
def affected(event: Event, as_json: Json = False) -> None:
    """Whom the event's zones concern (影响分析): houses, households, people, by village."""
    from geo_housing.cli.run import work
    from geo_housing.hazards.first_list import first_of_event
    from geo_housing.hazards.queries import affected as analysed
    from geo_housing.response.queries import event_of
    from geo_housing.response.schemas import affected_json

    with work() as w:
        event_of(w.session, event, w.actor.scope)
        found = analysed(w.session, event, w.actor.scope)
        first = first_of_event(w.session, event, w.actor.scope)
        answer = affected_json(found, w.actor, first)
    risks = answer["by_risk"]
    rows: list[tuple[str, object]] = [
        (t("影响范围内（涉及）农房（栋）", "houses affected"), found.houses),
        (t("居住户数（户）", "households"), found.households),
        (t("居住人口（人）", "people"), found.people),
        (t("未填人数，另计（户）", "households of unstated size, not counted"), found.households_without_size),
        (t("位置不确定（栋）", "uncertain houses"), found.uncertain),
        (t("首批转移（户 / 人）", "to be moved first, households / people"), f"{first.households} / {first.people}{_unsized(first.unsized)}"),
        (t("登记在此、点位在别的辖区，未计入（栋）", "declared here, placed in another area, not counted"),
         found.declared_elsewhere),
        (t("无房户，原住房在范围内，未计入（户）", "families without a home who lived inside, not counted"),
         _without_home(found.without_home)),
        (t("其中 D / C / 疑似 / 未评定（栋）", "of these D / C / suspected / none"),
         f"{risks['D']} / {risks['C']} / {risks['suspected']} / {risks['none']}"),
    ]  # fmt: skip
    rows += [
        (f"  {area.name}", t(
            f"{area.houses}栋 {area.households}户 {area.people}人{_unsized(area.households_without_size)}，位置不确定 {area.uncertain}栋",
            f"{area.houses} houses, {area.households} households, {area.people} people{_unsized(area.households_without_size)}, {area.uncertain} uncertain",
        ))
        for area in sorted(found.areas, key=lambda area: (-area.houses, area.code))
    ]  # fmt: skip
    result(answer, as_json=as_json, rows=rows)


def _without_home(found: "WithoutHome") -> str:
    """Families without a home and their people; where to find them, because somebody must ask."""
    if not found.households:
        return "0"
    n = found.households_without_size
    beside = t(f"（另{n}户未填人数）", f" (+ {n} of unstated size)") if n else ""
    people = t(f"{found.people}人", f"{found.people} people")
    return f"{found.households}, {people}{beside} → " + t("网页“核对位置”的无房户名单", "/houses/check#waiting")


def _unsized(n: int) -> str:
    """How many households nobody has counted, beside the people; nothing where there is none."""
    return t(f"（另{n}户未填人数）", f" (+ {n} households of unstated size)") if n else ""


@app.command(epilog=t("例：geo-housing hazards respond 3", "Example: geo-housing hazards respond 3"))
def respond(
    event: Event,
    expired: Annotated[
        bool, typer.Option("--expired", help=t("预警已失效，仍要下达", "Respond although the warning has expired"))
    ] = False,
    area: Annotated[str | None, typer.Option(help=t("只在这个区划内下达", "Only within this division"))] = None,
    told_too: Annotated[
        bool,
        typer.Option(
            "--told-too",
            help=t("预警只需掌握（蓝色）的农房也下达", "Also houses whose warnings (blue) are only to be known"),
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Open one emergency inspection per affected house; repeat it after the zones have changed."""
    from dataclasses import asdict

    from geo_housing.cli.run import work
    from geo_housing.response.service import respond as give_tasks

    with bar(t("下达任务", "Responding")), work() as w:
        done = give_tasks(w.session, w.actor, event, area=area, even_if_expired=expired, told_too=told_too)
    result(
        asdict(done),
        as_json=as_json,
        rows=[
            (t("新下达（栋）", "opened"), done.opened),
            (t("此前已下达（栋）", "kept"), done.kept),
            (t("撤销（栋）", "withdrawn"), done.withdrawn),
            (t("其中位置不确定（栋）", "uncertain"), done.uncertain),
            (t("应转移名单新增（户）", "households to be moved, new"), done.evacuation.opened),
            (t("名单上原有（户）", "households listed before"), done.evacuation.kept),
            (t("从名单撤下（户）", "households taken off the list"), done.evacuation.withdrawn),
        ],
    )


@app.command(
    epilog=t(
        "例：geo-housing hazards phase 3 aftermath；只有一个乡镇先进入：geo-housing hazards phase 3 aftermath --area 152224105",
        "Example: geo-housing hazards phase 3 aftermath; one township alone: … aftermath --area 152224105",
    )
)
def phase(
    event: Event,
    phase: Annotated[str, typer.Argument(help="warning | ongoing | aftermath | closed | mistaken")],
    reason: Annotated[str | None, typer.Option(help=t("原因", "Reason"))] = None,
    area: Annotated[
        list[str] | None,
        typer.Option(
            help=t("只让这些乡镇进入灾后排查（可重复）", "Only these townships enter the aftermath (repeatable)")
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Move an event to its next phase; aftermath opens the inspections and starts their time."""
    from dataclasses import asdict

    from geo_housing.cli.run import work
    from geo_housing.response.service import change_phase
    from geo_housing.words import EVENT_PHASE, INSPECTION_STATE

    with work() as w:
        done = change_phase(w.session, w.actor, event, phase, reason=reason, areas=area or None)
    result(
        asdict(done),
        as_json=as_json,
        rows=[
            (t("阶段", "phase"), t(EVENT_PHASE.label(done.phase), done.phase)),
            *((t(INSPECTION_STATE.label(state), state), count) for state, count in done.inspections.items()),
        ],
    )


add_papers(app)
