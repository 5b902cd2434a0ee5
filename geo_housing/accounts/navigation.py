"""The menu at the left: what the role may do and what exists (screens.md, Frame)."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the menu; ``permission`` None is for everybody signed in."""

    label: str
    path: str
    permission: str | None = None

    def is_here(self, path: str) -> bool:
        """Whether a page at ``path`` belongs to this entry."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


# In the order of the screen; a phone shows the first five that somebody may use.
MENU = (
    Entry("工作台", "/", "desk.view"),
    Entry("一张图", "/map", "map.view"),
    Entry("灾害应急", "/events", "events.view"),
    Entry("巡查排查", "/inspections", "events.view"),
    Entry("交接班", "/duty", "duty.work"),
    Entry("本部门名单", "/department", "departments.list"),
    Entry("委托", "/orders", "orders.view"),
    Entry("评定鉴定", "/assessments", "houses.view"),
    Entry("危房档案", "/archive", "houses.view"),
    Entry("危房改造", "/renovation", "houses.view"),
    Entry("动态监测", "/monitoring", "houses.view"),
    Entry("通讯录", "/roster", "roster.view"),
    Entry("房屋", "/houses", "houses.view"),
    Entry("台账", "/imports", "houses.import"),
    Entry("督查", "/supervision", "houses.view"),
    Entry("日志", "/journal", "journal.view"),
    Entry("用户", "/users", "accounts.manage"),
    Entry("设置", "/settings", "settings.edit"),
)


def first_page(permissions: Collection[str]) -> str:
    """Where somebody begins who has no desk."""
    return next((entry.path for entry in MENU if entry.permission in permissions), "/account")


def menu_of(permissions: Collection[str], existing_paths: Collection[str]) -> list[Entry]:
    """The entries for somebody with ``permissions`` whose pages the application really has."""
    return [
        entry
        for entry in MENU
        if entry.path in existing_paths and (entry.permission is None or entry.permission in permissions)
    ]
