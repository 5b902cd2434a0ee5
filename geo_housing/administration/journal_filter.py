"""The journal's filter as it stands in the address: read once, used by page, file and API."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from geo_housing.accounts.queries import user_ids_called
from geo_housing.clock import BEIJING, day_typed
from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.journal.queries import Wanted
from geo_housing.journal.wording import ACTIONS, SUBJECTS, actions_like

MOST_TYPED = 100


@dataclass(frozen=True)
class Asked:
    """What was typed, kept as it was: days ``since`` and ``until`` (both included), who, action, kind, subject, area."""

    since: str = ""
    until: str = ""
    who: str = ""
    action: str = ""
    kind: str = ""
    subject: str = ""
    area: str = ""

    @classmethod
    def read(cls, params: Mapping[str, str]) -> "Asked":
        """From the address; too long texts are cut, they match nothing anyway."""
        return cls(**{name: params.get(name, "").strip()[:MOST_TYPED] for name in cls.names()})

    @classmethod
    def names(cls) -> list[str]:
        """The parameters in the address."""
        return [item.name for item in fields(cls)]

    def values(self) -> dict[str, str]:
        """What is set, for the address of another page and for the journal itself."""
        return {name: getattr(self, name) for name in self.names() if getattr(self, name)}

    def address(self, path: str, **more: str) -> str:
        """``path`` with this filter."""
        query = urlencode({**self.values(), **more})
        return f"{path}?{query}" if query else path

    def wanted(self, session: Session, actor: Actor) -> Wanted:
        """The filter for the query; BadInput or NotAllowed with a sentence when it cannot be meant."""
        since = day_typed(self.since, "开始日期")
        until = day_typed(self.until, "结束日期")
        if since and until and until < since:
            raise BadInput("结束日期早于开始日期，请改正。")
        if self.action and not actions_like(self.action):
            raise BadInput(f"没有“{self.action}”这种操作，请从列表里选。")
        if self.kind and self.kind not in SUBJECTS:
            raise BadInput(f"没有“{self.kind}”这种对象，请从列表里选。")
        return Wanted(
            scope=actor.scope.narrowed(self.area if self.area != "0" else None),
            since=_moment(since),
            # The calendar's last day has no next one, and bounds nothing.
            until=_moment(until + timedelta(days=1) if until and until < date.max else None),
            actors=(self.who, f"user:{self.who}", f"cli:{self.who}", f"job:{self.who}") if self.who else (),
            user_ids=user_ids_called(session, self.who) if self.who else (),
            action=self.action or None,
            subject_kind=self.kind or None,
            subject=self.subject or None,
        )


def action_groups() -> dict[str, list[tuple[str, str]]]:
    """Actions by room, for the list in the form: room's label → (code, label)."""
    rooms = {
        "accounts": "账号和登录",
        "areas": "区划",
        "houses": "房屋",
        "households": "农户",
        "hazards": "灾害事件",
        "response": "应急处置",
        "calls": "叫应",
        "evacuation": "转移避险",
        "inspections": "排查",
        "conclusions": "应急评估",
        "links": "村级链接",
        "orders": "委托",
        "duty": "交接班",
        "roster": "通讯录",
        "departments": "部门",
        "reports": "报告",
        "files": "文件",
        "export": "导出",
        "maps": "地图",
        "policy": "设置",
        "journal": "日志",
        "demo": "示例数据",
        "db": "备份和恢复",
        "keys": "密钥",
    }
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, label in ACTIONS.items():
        room = code.partition(".")[0]
        groups.setdefault(rooms[room], []).append((code, label))
    return groups


def _moment(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), BEIJING)
