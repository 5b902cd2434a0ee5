"""The one table that maps roles to permissions; code asks permissions, never roles (D7)."""

_VIEW = frozenset({"houses.view", "events.view", "map.view", "roster.view"})
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
        # A named technician signs; township and county type what he signed on paper.
        "conclusions.sign",
        "reports.make",
        "export",
        "export.personal",
        "journal.view",
        "roster.edit",
    }
)

PERMISSIONS: dict[str, frozenset[str]] = {
    "village": _VIEW | _FAMILY | {"inspections.enter", "evacuation.enter"},
    "township": _OFFICE,
    "county": _OFFICE | {"areas.load", "settings.edit"},
    "emergency": _VIEW
    | _FAMILY
    | {
        "personal.view",
        "events.edit",
        "events.respond",
        "inspections.enter",
        "evacuation.enter",
        "calls.work",
        "reports.make",
        "export",
        "export.personal",
        "roster.edit",
    },
    "planner": _VIEW | {"export"},
    "leader": _VIEW,
    "technician": _VIEW | _FAMILY | {"inspections.enter", "conclusions.sign"},
    "admin": _OFFICE | {"areas.load", "settings.edit", "accounts.manage"},
}

# Roles that may give rights to others.
MANAGING = frozenset(role for role, given in PERMISSIONS.items() if "accounts.manage" in given)

# The command line is used by whoever administers the machine; it acts as cli:<os user>, journalled like anybody.
CLI_PERMISSIONS = frozenset().union(*PERMISSIONS.values())


def permissions_of(role: str) -> frozenset[str]:
    """Permissions of a role; an unknown role has none."""
    return PERMISSIONS.get(role, frozenset())
