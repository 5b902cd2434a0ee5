"""The layers of disasters: zones of events, standing risk areas, emergency inspections."""

from sqlalchemy import and_, case, func, literal

from geo_housing.inspections.priority import SEES_URGENCY
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.house_layer import HEAD, HEADS, HOUSE_JOINS, HOUSES, PLACE, POINT
from geo_housing.layers.legend import LEVEL_COLOURS, STATE_COLOURS
from geo_housing.layers.tables import EVENT, HOUSE, INSPECTION, REVISION, ZONE, in_range, overlapping, plain
from geo_housing.words import (
    CHECK_RESULT,
    DAMAGE_CLASS,
    EVENT_KIND,
    EVENT_MODE,
    EVENT_PHASE,
    FINDING_ITEM,
    INSPECTION_STATE,
    REPORTED_HOW,
    RISK,
    STRUCTURE,
    WARNING_LEVEL,
)

_z, _e, _i = ZONE.c, EVENT.c, INSPECTION.c

_ZONE_COLUMNS = (
    plain("zone_id", "编号", "int", _z.id),
    plain("name", "名称", "text", _z.name),
    plain("kind", "灾种", "text", _z.kind, words=EVENT_KIND),
    plain("level", "预警级别", "text", _z.level, words=WARNING_LEVEL),
    plain("area_code", "所属区划", "text", _z.scope_code),
    plain("area_m2", "面积（㎡）", "float", _z.area_m2),
)

# A file is handed on without its other columns: that it was a drill stands with the name.
_event_name = case((_e.mode == "drill", literal("【演练】").concat(_e.name)), else_=_e.name)

ZONES = Layer(
    name="zones",
    label="影响范围",
    geometry_type="MultiPolygon",
    # Only the event's current revision: earlier ones are history.
    source=ZONE.join(EVENT, _e.id == _z.event_id).join(
        REVISION, and_(REVISION.c.id == _z.revision_id, REVISION.c.n == _e.revision)
    ),
    scope_column=_z.scope_code,
    key=_z.id,
    feature_id=_z.id,
    geometry=_z.geom,
    columns=(
        *_ZONE_COLUMNS,
        plain("event", "事件编号", "int", _e.id),
        plain("event_name", "事件", "text", _event_name),
        plain("phase", "阶段", "text", _e.phase, words=EVENT_PHASE),
        plain("mode", "性质", "text", _e.mode, words=EVENT_MODE),
        plain("revision", "范围版本", "int", REVISION.c.n),
        plain("made_at", "划定时间", "datetime", REVISION.c.made_at),
    ),
    within_scope=lambda scope: overlapping(_z.scope_code, scope),
    filters=frozenset({"area", "bbox", "within", "event", "zone"}),
    colourings=(LEVEL_COLOURS,),
)

STANDING_AREAS = Layer(
    name="standing-areas",
    label="灾害易发地",
    geometry_type="MultiPolygon",
    source=ZONE,
    scope_column=_z.scope_code,
    key=_z.id,
    feature_id=_z.id,
    geometry=_z.geom,
    columns=_ZONE_COLUMNS,
    within_scope=lambda scope: overlapping(_z.scope_code, scope),
    always=(_z.event_id.is_(None), _z.ended_at.is_(None)),
    filters=frozenset({"area", "bbox", "within", "zone"}),
)

_overdue = func.coalesce(and_(_i.state.in_(("open", "in_progress")), _i.due_at < func.now()), False)

EMERGENCY_INSPECTIONS = Layer(
    name="emergency-inspections",
    label="应急排查",
    geometry_type="Point",
    source=INSPECTION.join(HOUSE, HOUSE.c.id == _i.house_id).join(EVENT, _e.id == _i.event_id),
    scope_column=_i.scope_code,
    key=_i.id,
    feature_id=_i.id,
    geometry=HOUSE.c.geom,
    columns=(
        plain("inspection_id", "编号", "int", _i.id),
        plain("event", "事件编号", "int", _i.event_id),
        plain("event_name", "事件", "text", _event_name),
        plain("mode", "性质", "text", _e.mode, words=EVENT_MODE),
        plain("house_code", "房屋编号", "text", HOUSE.c.code),
        *PLACE,
        HEAD,
        *POINT,
        plain("structure", "结构形式", "text", HOUSE.c.structure, words=STRUCTURE),
        plain("risk", "危险等级", "text", HOUSE.c.risk, words=RISK),
        plain("state", "排查状态", "text", _i.state, words=INSPECTION_STATE),
        Column("overdue", "逾期", "bool", _overdue, test=_overdue),
        # Both follow from the family, too (inspections/priority.py).
        Column("priority", "优先级", "int", _i.priority, permission=SEES_URGENCY),
        plain("uncertain", "位置不确定", "bool", _i.uncertain),
        Column("due_at", "应完成时间", "datetime", _i.due_at, permission=SEES_URGENCY),
        plain("assignee_area", "承办区划", "text", _i.assignee_area),
        plain("result", "排查结果", "text", _i.result, words=CHECK_RESULT),
        plain("damage", "损坏程度", "text", _i.damage, words=DAMAGE_CLASS),
        plain("rooms_collapsed", "倒塌（间）", "int", _i.rooms_collapsed),
        plain("rooms_severe", "严重损坏（间）", "int", _i.rooms_severe),
        plain("rooms_slight", "一般损坏（间）", "int", _i.rooms_slight),
        Column("finding_items", "损坏情况", "words", _i.finding_items, words=FINDING_ITEM),
        Column("findings", "现场情况", "text", _i.findings, permission=HEADS, ledger=True),
        Column("visitor", "排查人", "text", _i.visitor, permission=HEADS, ledger=True),
        plain("visited_at", "排查时间", "datetime", _i.visited_at),
        # 代录: who told it to whoever typed it, how and when.
        plain("reported_how", "报告方式", "text", _i.reported_how, words=REPORTED_HOW),
        Column("reported_by", "报告人", "text", _i.reported_by, permission=HEADS, ledger=True),
        plain("reported_at", "报告时间", "datetime", _i.reported_at),
        Column("entered_by", "录入人", "text", _i.entered_by, permission=HEADS, ledger=True),
        plain("done_at", "完成时间", "datetime", _i.done_at),
    ),
    within_scope=lambda scope: in_range(_i.scope_code, scope),
    joins=HOUSE_JOINS,
    filters=HOUSES.filters - {"uncertain"} | {"state"},
    colourings=(STATE_COLOURS,),
)
