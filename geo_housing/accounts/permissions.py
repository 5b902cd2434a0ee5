"""The one table that maps roles to permissions; code asks permissions, never roles (D7)."""

from typing import Any

from geo_housing.accounts.grants import HeldGrant
from geo_housing.db import NARROW_ROLES

_VIEW = frozenset({"desk.view", "houses.view", "events.view", "map.view", "roster.view"})
# Names of heads, categories and traits: who visits, fetches or decides about a family needs them.
_FAMILY = frozenset({"heads.view", "categories.view"})
_OFFICE = (
    _VIEW
    | _FAMILY
    | {
        "personal.view",  # full ID number or phone, one by one, each view journalled
        "houses.edit",
        "houses.import",
        "houses.check_location",
        "events.edit",
        "events.respond",
        "inspections.enter",
        "evacuation.enter",
        "calls.work",  # 叫应: one calls those below oneself
        # A named technician signs; township and county type what they signed on paper.
        "conclusions.sign",
        "conclusions.type",  # for the technician who signed; they themselves sign as themselves
        "reports.make",
        "export",
        "export.personal",
        "journal.view",
        "roster.edit",
        "orders.give",  # 委托: which houses a third party looks at
        "orders.view",
        "duty.work",  # 交接班: sees who is on duty, takes over
    }
)
# The night of one shift over an event: everything that its order needs, nothing that is done by day (ledgers, the roster,
# files with full telephone numbers).
_DUTY = (
    _VIEW
    | _FAMILY
    | {
        "personal.view",
        "events.edit",
        "events.respond",
        "inspections.enter",
        "evacuation.enter",
        "calls.work",
        "reports.make",
        "duty.work",
        "duty.hand_over",
    }
)

PERMISSIONS: dict[str, frozenset[str]] = {
    "village": _VIEW | _FAMILY | {"inspections.enter", "evacuation.enter"},
    "township": _OFFICE,
    "county": _OFFICE | {"areas.load", "settings.edit", "duty.manage", "events.call_off", "returns.permit"},
    "emergency": _VIEW
    | _FAMILY
    | {
        "personal.view",
        "events.edit",
        "events.respond",
        "events.call_off",  # 误发撤销: withdraws what a whole county was told
        "returns.permit",  # 县里同意: lets a family home to a house that nobody has concluded on, with a reason
        "inspections.enter",
        "evacuation.enter",
        "calls.work",
        "reports.make",
        "export",
        "export.personal",
        "roster.edit",
        "duty.work",
    },
    "planner": _VIEW | {"export"},
    "leader": _VIEW,
    "technician": _VIEW | _FAMILY | {"inspections.enter", "conclusions.sign"},
    "admin": _OFFICE
    | {"areas.load", "settings.edit", "accounts.manage", "duty.manage", "events.call_off", "returns.permit"},
    "duty": _DUTY,
    # These two see one list each, and none of the pages above: they have nothing of _VIEW.
    "department": frozenset({"departments.list"}),
    "third_party": frozenset({"orders.view", "orders.carry_out"}),
}
# Who sees one list only works as a role of the database that is given that list and nothing else (0018_narrow_roles.sql).
NARROW = dict(zip(("department", "third_party"), NARROW_ROLES, strict=True))

# Roles that may give rights to others.
MANAGING = frozenset(role for role, given in PERMISSIONS.items() if "accounts.manage" in given)

# The command line is used by whoever administers the machine; it acts as cli:<os user>, journalled like anybody.
CLI_PERMISSIONS = frozenset().union(*PERMISSIONS.values())


def permissions_of(role: str) -> frozenset[str]:
    """Permissions of a role; an unknown role has none."""
    return PERMISSIONS.get(role, frozenset())


def works_as(grant: HeldGrant) -> dict[str, Any]:
    """How somebody under ``grant`` goes through the door of the database; see ``Actor``."""
    if grant.role in NARROW:
        return {"database_role": NARROW[grant.role]}
    return {"shift_id": grant.id} if grant.shift is not None else {}
