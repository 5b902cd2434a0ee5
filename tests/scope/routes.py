"""Every route of the service, and how the scope test walks it. A new route must get its line here.

An address may name {mine.…} and {theirs.…}, attributes of Land. Kinds of lines:

``reads``    what somebody may ask for: the answer must hold nothing of the other township
``foreign``  what belongs to the other township: must be refused, whatever the role, and change nothing
``tried``    what may be answered, but must show nothing of the other township and change nothing there
``OPEN``     a route that touches no row of any area, with the reason
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request; ``body`` goes as JSON, ``form`` as a form."""

    path: str
    body: dict[str, Any] | None = None
    form: dict[str, Any] | None = None


@dataclass(frozen=True)
class Walk:
    """How one route is walked."""

    reads: tuple[Call, ...] = ()
    foreign: tuple[Call, ...] = ()
    tried: tuple[Call, ...] = ()


def reads(*paths: str, foreign: tuple[str, ...] = ()) -> Walk:
    """A route that is read by GET."""
    return Walk(tuple(map(Call, paths)), tuple(map(Call, foreign)))


def changes(*calls: Call) -> Walk:
    """A route that changes something: only what belongs to others is tried here."""
    return Walk((), calls)


def full_list(path: str) -> Walk:
    """A list with full telephone numbers, which is taken by POST."""
    return Walk(
        tried=(Call(f"/events/1{path}", form={"purpose": "x"}),),
        foreign=(
            Call(f"/events/{{theirs.event}}{path}", form={"purpose": "x"}),
            Call(f"/events/1{path}", form={"purpose": "x", "area": "{theirs.area}"}),
        ),
    )


OPEN: dict[tuple[str, str], str] = {
    ("GET", "/healthz"): "whether the process lives",
    ("GET", "/readyz"): "whether database and schema are there",
    ("GET", "/metrics"): "figures of the process, none of the register",
    ("POST", "/api/v1/session"): "signing in: asks no scoped row",
    ("DELETE", "/api/v1/session"): "one's own session",
    ("POST", "/api/v1/session/grant"): "one's own grants; tests/accounts tries the grants of others",
    ("DELETE", "/api/v1/session/all"): "one's own sessions",
    ("DELETE", "/api/v1/session/all/{short_id}"): "one's own sessions; tests/accounts tries those of others",
    ("POST", "/api/v1/tokens"): "one's own tokens",
    ("DELETE", "/api/v1/tokens/{token_id}"): "one's own tokens; tests/accounts tries those of others",
    ("GET", "/sign-in"): "the form",
    ("POST", "/sign-in"): "signing in: asks no scoped row",
    ("POST", "/sign-out"): "one's own session",
    ("GET", "/first/{token}"): "a secret link, used without session",
    (
        "GET",
        "/v/{token}",
    ): "a village's secret link, used without session; tests/scope/test_village_links.py walks with it",
    ("GET", "/v/worker.js"): "a script of the pages",
    ("POST", "/first/{token}"): "a secret link, used without session",
    ("POST", "/account/password"): "one's own password",
    ("POST", "/account/grant"): "one's own grants",
    ("POST", "/account/tokens"): "one's own tokens",
    ("POST", "/account/tokens/{token_id}/revoke"): "one's own tokens",
    ("POST", "/account/sessions/{short_id}/end"): "one's own sessions",
    ("POST", "/account/sign-out-everywhere"): "one's own sessions",
    ("POST", "/account/language"): "one's own language",
    ("GET", "/language/{language}"): "a cookie of the browser",
    ("GET", "/map/base/{z}/{x}/{y}"): "pictures of the base map, the same for everybody",
    ("GET", "/api/openapi.json"): "the description of the interface",
    ("GET", "/api/docs"): "the page over that description",
    ("GET", "/ogc/conformance"): "the standards kept",
    ("GET", "/ogc/api"): "the description of the interface",
    ("GET", "/ogc/collections/{layer_name}/queryables"): "names of properties",
    ("GET", "/ogc/tileMatrixSets"): "the grid of tiles of the whole world",
    ("GET", "/ogc/tileMatrixSets/{grid}"): "the grid of tiles of the whole world",
    ("GET", "/ogc/collections/{layer_name}/tiles"): "addresses of tiles",
    ("GET", "/ogc/collections/{layer_name}/tiles/{grid}"): "addresses of tiles",
}

LAYERS = ("houses", "villages", "townships", "zones", "emergency-inspections", "standing-areas", "village-statistics")
_ROSTER = ("contacts", "shelters", "technicians")
_ROSTER_ROWS = ("contact", "shelter", "technician")
ENDINGS = ("geojson", "geojsonl", "gpkg", "parquet", "fgb", "csv", "xlsx", "zip")

_BOX = {"type": "Polygon", "coordinates": [[[119.9, 44.9], [120.1, 44.9], [120.1, 45.1], [119.9, 45.1], [119.9, 44.9]]]}
_EVENT = {"name": "越界", "kind": "flood"}
_MESSAGE = (
    '<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>walk</identifier>'
    "<sender>x</sender><sent>2026-07-12T01:50:00+08:00</sent><status>Actual</status><msgType>Alert</msgType>"
    "<scope>Public</scope><info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>"
    "<severity>Severe</severity><certainty>Likely</certainty><area><areaDesc>x</areaDesc>"
    "<circle>45.005,120.005 100</circle></area></info></alert>"
)
_WARNING = "县气象台2026年7月12日01时50分发布暴雨红色预警信号，请注意防范。"
_TICKED = {
    "text": _WARNING,
    "0-take": "1",
    "0-action": "issue",
    "0-kind": "rainstorm",
    "0-level": "red",
    "0-mode": "actual",
}
_STATED = {"action": "issue", "kind": "rainstorm", "level": "red"}
_AROUND = "119.9,44.9,120.1,45.1"

WALKS: dict[tuple[str, str], Walk] = {
    ("GET", "/"): reads("/"),
    ("GET", "/account"): reads("/account"),
    # Shifts of one's own area; nobody goes on from one of another's
    ("GET", "/duty"): reads("/duty"),
    ("GET", "/duty/line"): reads("/duty/line"),
    ("POST", "/duty/hand-over"): Walk(
        tried=(Call("/duty/hand-over", form={"note": "越界", "to": "{theirs.officer}"}),)
    ),
    ("POST", "/duty/shifts/{grant_id:int}/take-over"): changes(Call("/duty/shifts/{theirs.shift}/take-over")),
    ("POST", "/duty/shifts/{grant_id:int}/extend"): changes(
        Call("/duty/shifts/{theirs.shift}/extend", form={"until": "2099-01-01T08:00"})
    ),
    ("POST", "/duty/shifts/{grant_id:int}/end"): changes(
        Call("/duty/shifts/{theirs.shift}/end", form={"reason": "越界"})
    ),
    ("GET", "/api/v1/duty"): reads("/api/v1/duty"),
    ("POST", "/api/v1/duty/hand-over"): Walk(
        tried=(Call("/api/v1/duty/hand-over", {"note": "越界", "to": "{theirs.officer}"}),)
    ),
    ("POST", "/api/v1/duty/shifts/{grant_id}/take-over"): changes(
        Call("/api/v1/duty/shifts/{theirs.shift}/take-over", {})
    ),
    ("GET", "/api/v1/department"): reads("/api/v1/department", foreign=("/api/v1/department?area={theirs.area}",)),
    ("GET", "/api/v1/orders"): reads("/api/v1/orders", "/api/v1/orders?event={theirs.event}"),
    ("POST", "/api/v1/orders"): changes(
        Call(
            "/api/v1/orders",
            {"event": 1, "organisation": "{mine.area}-lab", "due_on": "2099-01-01", "houses": ["{theirs.house}"]},
        ),
    ),
    ("GET", "/api/v1/orders/{order_id}"): reads(foreign=("/api/v1/orders/{theirs.order}",)),
    ("POST", "/api/v1/orders/{order_id}/end"): changes(
        Call("/api/v1/orders/{theirs.order}/end", {"reason": "越界", "version": 1})
    ),
    ("POST", "/api/v1/orders/{order_id}/withdraw"): changes(
        Call("/api/v1/orders/{theirs.order}/withdraw", {"houses": ["{theirs.house}"], "reason": "越界", "version": 1})
    ),
    ("POST", "/api/v1/orders/{order_id}/days"): changes(
        Call("/api/v1/orders/{theirs.order}/days", {"due_on": "2099-02-01", "version": 1})
    ),
    ("POST", "/api/v1/orders/{order_id}/houses/{code:path}"): changes(
        Call("/api/v1/orders/{theirs.order}/houses/{theirs.house}", {"conclusion": "habitable", "items": ["none"]}),
        Call("/api/v1/orders/{mine.order}/houses/{theirs.house}", {"conclusion": "habitable", "items": ["none"]}),
    ),
    ("GET", "/department"): reads("/department", foreign=("/department?area={theirs.area}",)),
    ("POST", "/department/list.xlsx"): Walk(tried=(Call("/department/list.xlsx", form={"purpose": "x"}),)),
    # Orders of one's own, or to one's own organisation
    ("GET", "/orders"): reads("/orders", foreign=("/orders?new={theirs.event}",)),
    ("GET", "/orders/{order_id:int}"): reads(foreign=("/orders/{theirs.order}",)),
    ("POST", "/orders"): changes(
        Call(
            "/orders",
            form={
                "event": "1",
                "organisation": "{mine.area}-lab",
                "due_on": "2099-01-01",
                "houses": "{theirs.house}",
            },
        ),
    ),
    ("POST", "/orders/{order_id:int}/end"): changes(
        Call("/orders/{theirs.order}/end", form={"reason": "越界", "version": "1"})
    ),
    ("POST", "/orders/{order_id:int}/withdraw"): changes(
        Call("/orders/{theirs.order}/withdraw", form={"houses": "{theirs.house}", "reason": "越界", "version": "1"})
    ),
    ("POST", "/orders/{order_id:int}/days"): changes(
        Call("/orders/{theirs.order}/days", form={"due_on": "2099-02-01", "version": "1"})
    ),
    ("GET", "/orders/{order_id:int}/houses/{code:path}"): reads(
        foreign=("/orders/{theirs.order}/houses/{theirs.house}", "/orders/{mine.order}/houses/{theirs.house}")
    ),
    ("GET", "/orders/{order_id:int}/photos/{photo_id:int}/{code:path}"): reads(
        foreign=(
            "/orders/{theirs.order}/photos/{theirs.photo}/{theirs.house}",
            "/orders/{mine.order}/photos/{theirs.photo}/{mine.house}",
        )
    ),
    ("POST", "/orders/{order_id:int}/houses/{code:path}"): changes(
        Call("/orders/{theirs.order}/houses/{theirs.house}", form={"conclusion": "habitable", "items": "none"}),
        Call("/orders/{mine.order}/houses/{theirs.house}", form={"conclusion": "habitable", "items": "none"}),
    ),
    ("GET", "/settings/departments"): reads("/settings/departments"),
    ("POST", "/settings/departments"): Walk(tried=(Call("/settings/departments", form={"name": ""}),)),
    ("POST", "/settings/departments/{department_id:int}"): changes(
        Call("/settings/departments/{theirs.department}", form={"name": "越界", "categories": "K1", "version": "1"})
    ),
    ("POST", "/settings/departments/{department_id:int}/end"): changes(
        Call("/settings/departments/{theirs.department}/end", form={"version": "1"})
    ),
    ("GET", "/search"): reads("/search?q=东", "/search?q=西", "/search?q={theirs.house}", "/search?q={theirs.area}"),
    ("POST", "/search"): Walk(
        (
            Call("/search", form={"q": "{theirs.house}"}),
            Call("/search", form={"q": "990001190001010004"}),
            Call("/search", form={"q": "990001190001010207"}),
        )
    ),
    ("POST", "/api/v1/search"): Walk(
        (Call("/api/v1/search", {"q": "{theirs.house}"}), Call("/api/v1/search", {"q": "东"}))
    ),
    ("GET", "/api/v1/search"): reads("/api/v1/search?q=东", "/api/v1/search?q={theirs.house}"),
    ("GET", "/api/v1/session"): reads("/api/v1/session"),
    ("GET", "/api/v1/session/all"): reads("/api/v1/session/all"),
    ("GET", "/api/v1/tokens"): reads("/api/v1/tokens"),
    ("GET", "/api/v1/jobs/{job_id}"): reads(foreign=("/api/v1/jobs/{theirs.job}",)),
    # Map
    ("GET", "/map"): reads("/map", "/map?area={theirs.area}"),
    ("GET", "/map/meeting"): reads("/map/meeting", "/map/meeting?area={theirs.area}"),
    ("GET", "/map/meeting/figures"): reads("/map/meeting/figures"),
    ("GET", "/map/print"): reads("/map/print", "/map/print?size=a3", foreign=("/map/print?area={theirs.area}",)),
    ("GET", "/tiles/{layer_name}/{z}/{x}/{y}.mvt"): reads(
        *(f"/tiles/{layer}/{{theirs.tile}}.mvt" for layer in LAYERS),
        *(f"/tiles/{layer}/8/213/91.mvt" for layer in LAYERS),
    ),
    ("GET", "/tiles/{layer_name}.json"): reads(*(f"/tiles/{layer}.json" for layer in LAYERS)),
    ("GET", "/api/v1/map/counts"): reads(
        f"/api/v1/map/counts?bbox={_AROUND}",
        "/api/v1/map/counts?bbox={theirs.bbox}",
        foreign=("/api/v1/map/counts?area={theirs.area}",),
    ),
    ("GET", "/api/v1/map/inspection-counts"): reads(
        f"/api/v1/map/inspection-counts?bbox={_AROUND}", foreign=("/api/v1/map/inspection-counts?area={theirs.area}",)
    ),
    ("GET", "/api/v1/map/villages"): reads(
        "/api/v1/map/villages", foreign=("/api/v1/map/villages?area={theirs.area}",)
    ),
    ("GET", "/api/v1/map/{layer_name}/points"): reads(
        f"/api/v1/map/houses/points?zoom=14&bbox={_AROUND}",
        f"/api/v1/map/houses/points?zoom=6&bbox={_AROUND}",
        f"/api/v1/map/emergency-inspections/points?zoom=14&bbox={_AROUND}",
    ),
    ("GET", "/api/v1/map/houses/{code}"): reads(
        "/api/v1/map/houses/{mine.house}", foreign=("/api/v1/map/houses/{theirs.house}",)
    ),
    ("GET", "/api/v1/map/rows"): reads(
        f"/api/v1/map/rows?bbox={_AROUND}", foreign=("/api/v1/map/rows?area={theirs.area}",)
    ),
    ("GET", "/api/v1/map/zones"): reads(
        "/api/v1/map/zones", "/api/v1/map/zones?event={mine.event}", foreign=("/api/v1/map/zones?event={theirs.event}",)
    ),
    ("GET", "/api/v1/map/standing-areas"): reads("/api/v1/map/standing-areas"),
    # Rivers and roads say nothing of anybody: everybody who is signed in sees all of them.
    ("GET", "/api/v1/map/lines"): reads("/api/v1/map/lines?kinds=river,road&zoom=14&bbox=-180,-90,180,90"),
    # Houses
    ("GET", "/houses"): reads(
        "/houses", "/houses?q={theirs.house}", "/houses?risk=D", foreign=("/houses?area={theirs.area}",)
    ),
    ("GET", "/houses/check"): reads("/houses/check"),
    ("POST", "/houses/waiting/{household_id:int}"): changes(
        Call("/houses/waiting/{theirs.household}", form={"home": "{mine.house}"})
    ),
    ("GET", "/houses/differences"): reads("/houses/differences"),
    ("GET", "/houses/{code:path}"): reads("/houses/{mine.house}", foreign=("/houses/{theirs.house}",)),
    ("GET", "/houses/{code:path}/edit"): reads("/houses/{mine.house}/edit", foreign=("/houses/{theirs.house}/edit",)),
    ("POST", "/houses/{code:path}/edit"): changes(
        Call("/houses/{theirs.house}/edit", form={"version": "1", "rooms": "9"})
    ),
    ("GET", "/houses/{code:path}/location"): reads(foreign=("/houses/{theirs.house}/location",)),
    ("POST", "/houses/{code:path}/location"): changes(
        Call("/houses/{theirs.house}/location", form={"version": "1", "lon": "120.005", "lat": "45.005"})
    ),
    ("GET", "/houses/{code:path}/households/add"): reads(foreign=("/houses/{theirs.house}/households/add",)),
    ("POST", "/houses/{code:path}/households/add"): changes(
        Call("/houses/{theirs.house}/households/add", form={"head": "某某", "persons": "1"})
    ),
    ("GET", "/houses/{code:path}/households/{household_id:int}/edit"): reads(
        "/houses/{mine.house}/households/{mine.household}/edit",
        foreign=(
            "/houses/{theirs.house}/households/{theirs.household}/edit",
            "/houses/{mine.house}/households/{theirs.household}/edit",
        ),
    ),
    ("POST", "/houses/{code:path}/households/{household_id:int}/edit"): changes(
        Call("/houses/{theirs.house}/households/{theirs.household}/edit", form={"version": "1", "head": "某某"}),
        Call("/houses/{mine.house}/households/{theirs.household}/edit", form={"version": "1", "head": "某某"}),
    ),
    ("POST", "/houses/{code:path}/households/{household_id:int}/leave"): changes(
        Call("/houses/{theirs.house}/households/{theirs.household}/leave", form={"version": "1"}),
        Call("/houses/{mine.house}/households/{theirs.household}/leave", form={"version": "1"}),
    ),
    ("POST", "/houses/{code:path}/households/{household_id:int}/show/{field}"): changes(
        Call("/houses/{theirs.house}/households/{theirs.household}/show/id_number"),
        Call("/houses/{mine.house}/households/{theirs.household}/show/phone"),
    ),
    ("POST", "/houses/{code:path}/differences/{difference_id:int}"): changes(
        Call("/houses/{theirs.house}/differences/1", form={"take": "stored"})
    ),
    ("POST", "/houses/{code:path}/end"): changes(
        Call("/houses/{theirs.house}/end", form={"version": "1", "reason": "demolished", "ended_on": "2026-01-01"})
    ),
    ("POST", "/houses/{code:path}/resume"): changes(Call("/houses/{theirs.house}/resume", form={"version": "1"})),
    ("GET", "/api/v1/houses/{code:path}"): reads(
        "/api/v1/houses/{mine.house}", foreign=("/api/v1/houses/{theirs.house}",)
    ),
    ("PATCH", "/api/v1/houses/{code:path}"): changes(
        Call("/api/v1/houses/{theirs.house}", body={"version": 1, "rooms": 9})
    ),
    ("POST", "/api/v1/houses/{code:path}/location"): changes(
        Call("/api/v1/houses/{theirs.house}/location", body={"version": 1, "lon": 120.005, "lat": 45.005})
    ),
    # Ledgers; the load of the toy county is the whole database's, no township's
    ("GET", "/imports"): reads("/imports"),
    ("GET", "/api/v1/imports"): reads("/api/v1/imports"),
    ("GET", "/imports/{batch_id}"): reads(foreign=("/imports/1", "/imports/{theirs.batch}")),
    ("GET", "/api/v1/imports/{batch_id}"): reads(foreign=("/api/v1/imports/1", "/api/v1/imports/{theirs.batch}")),
    ("GET", "/imports/{batch_id}/progress"): reads(foreign=("/imports/1/progress", "/imports/{theirs.batch}/progress")),
    ("GET", "/imports/{batch_id}/report.xlsx"): reads(
        foreign=("/imports/1/report.xlsx", "/imports/{theirs.batch}/report.xlsx")
    ),
    ("POST", "/imports/{batch_id}/form.xlsx"): changes(Call("/imports/{theirs.batch}/form.xlsx")),
    ("POST", "/imports/{batch_id}/recognise"): changes(Call("/imports/{theirs.batch}/recognise")),
    ("POST", "/imports/{batch_id}/run"): changes(Call("/imports/{theirs.batch}/run")),
    ("GET", "/imports/{batch_id}/undo"): reads(foreign=("/imports/1/undo", "/imports/{theirs.batch}/undo")),
    ("POST", "/imports/{batch_id}/undo"): changes(Call("/imports/1/undo"), Call("/imports/{theirs.batch}/undo")),
    ("POST", "/api/v1/imports/{batch_id}/undo"): changes(
        Call("/api/v1/imports/1/undo"), Call("/api/v1/imports/{theirs.batch}/undo")
    ),
    # Without a file nothing is loaded; tests/houses load ledgers with houses of others.
    ("POST", "/imports"): Walk(tried=(Call("/imports"),)),
    ("POST", "/api/v1/imports"): Walk(tried=(Call("/api/v1/imports"),)),
    # Events and inspections
    ("GET", "/api/v1/events"): reads("/api/v1/events", "/api/v1/events?open=1"),
    ("POST", "/api/v1/events"): changes(Call("/api/v1/events", body={**_EVENT, "areas": ["{theirs.area}"]})),
    ("GET", "/api/v1/events/{event_id}"): reads(
        "/api/v1/events/{mine.event}", foreign=("/api/v1/events/{theirs.event}",)
    ),
    ("PUT", "/api/v1/events/{event_id}/zones"): changes(
        Call("/api/v1/events/{theirs.event}/zones", body={"areas": ["{mine.area}"]})
    ),
    ("POST", "/api/v1/events/{event_id}/zones/preview"): Walk(
        tried=(Call("/api/v1/events/{mine.event}/zones/preview", body={"areas": ["{mine.area}"]}),),
        foreign=(Call("/api/v1/events/{theirs.event}/zones/preview", body={"areas": ["{mine.area}"]}),),
    ),
    ("GET", "/api/v1/events/{event_id}/affected"): reads(
        "/api/v1/events/{mine.event}/affected",
        "/api/v1/events/1/affected",
        foreign=("/api/v1/events/{theirs.event}/affected",),
    ),
    ("POST", "/api/v1/affected-preview"): Walk((Call("/api/v1/affected-preview", body={"geometry": _BOX}),)),
    ("POST", "/api/v1/events/{event_id}/respond"): changes(
        Call("/api/v1/events/{theirs.event}/respond", body={}),
        Call("/api/v1/events/1/respond", body={"area": "{theirs.area}"}),
    ),
    ("POST", "/api/v1/events/{event_id}/phase"): changes(
        Call("/api/v1/events/{theirs.event}/phase", body={"phase": "closed", "reason": "越界"})
    ),
    ("GET", "/api/v1/events/{event_id}/progress"): reads(
        "/api/v1/events/{mine.event}/progress",
        "/api/v1/events/1/progress",
        foreign=("/api/v1/events/{theirs.event}/progress",),
    ),
    ("GET", "/api/v1/events/{event_id}/list.xlsx"): reads(
        "/api/v1/events/{mine.event}/list.xlsx",
        "/api/v1/events/1/list.xlsx",
        foreign=("/api/v1/events/{theirs.event}/list.xlsx", "/api/v1/events/1/list.xlsx?area={theirs.area}"),
    ),
    # Whoever draws beyond their border draws for themselves: the area is their own township's row.
    ("POST", "/api/v1/standing-areas"): Walk(
        tried=(
            Call("/api/v1/standing-areas", body={"geometry": "{theirs.shape}", "kind": "geological", "name": "越界"}),
        )
    ),
    ("DELETE", "/api/v1/standing-areas/{zone_id}"): changes(
        Call("/api/v1/standing-areas/{theirs.standing}?reason=越界")
    ),
    ("GET", "/api/v1/inspections/{inspection_id}"): reads(
        "/api/v1/inspections/{mine.inspection}", foreign=("/api/v1/inspections/{theirs.inspection}",)
    ),
    ("PATCH", "/api/v1/inspections/{inspection_id}"): changes(
        Call("/api/v1/inspections/{theirs.inspection}", body={"version": 1, "result": "collapsed"})
    ),
    ("POST", "/api/v1/inspections/{inspection_id}/photos"): changes(
        Call("/api/v1/inspections/{theirs.inspection}/photos", form={"file": "x"})
    ),
    ("GET", "/api/v1/inspections/{inspection_id}/photos/{photo_id}"): reads(
        foreign=(
            "/api/v1/inspections/{theirs.inspection}/photos/{theirs.photo}",
            "/api/v1/inspections/{mine.inspection}/photos/{theirs.photo}",
        ),
    ),
    ("GET", "/events"): reads("/events"),
    ("GET", "/events/line"): reads("/events/line"),
    ("GET", "/events/behind"): reads("/events/behind"),
    ("GET", "/events/{event_id:int}/behind"): reads(
        "/events/{mine.event}/behind", "/events/1/behind", foreign=("/events/{theirs.event}/behind",)
    ),
    ("GET", "/events/standing"): reads("/events/standing"),
    ("POST", "/events/standing"): changes(Call("/events/standing", form={"kind": "flood"})),
    ("GET", "/events/standing/{zone_id:int}"): reads(
        "/events/standing/{mine.standing}", foreign=("/events/standing/{theirs.standing}",)
    ),
    ("POST", "/events/standing/{zone_id:int}"): changes(
        Call("/events/standing/{theirs.standing}", form={"version": "0", "measures": "越界"})
    ),
    ("POST", "/events/standing/{zone_id:int}/persons/{person_id:int}/phone"): changes(
        Call("/events/standing/{theirs.standing}/persons/1/phone")
    ),
    ("POST", "/events/standing/{zone_id}/end"): changes(
        Call("/events/standing/{theirs.standing}/end", form={"reason": "越界"})
    ),
    ("GET", "/events/warnings"): reads("/events/warnings"),
    ("POST", "/events/warnings"): Walk(tried=(Call("/events/warnings", form={"text": _WARNING}),)),
    ("POST", "/events/warnings/effect"): Walk(
        tried=(
            Call("/events/warnings/effect", form={"text": _WARNING}),
            Call("/events/warnings/effect", form={**_TICKED, "0-target": "{theirs.event}", "0-areas": "{mine.area}"}),
        ),
    ),
    ("POST", "/events/warnings/confirm"): changes(
        Call("/events/warnings/confirm", form={**_TICKED, "0-target": "{theirs.event}", "0-areas": "{mine.area}"}),
        Call("/events/warnings/confirm", form={**_TICKED, "0-target": "new", "0-areas": "{theirs.area}"}),
        Call("/events/warnings/confirm", form={**_TICKED, "0-target": "1", "0-areas": "{mine.area}"}),
    ),
    ("POST", "/events/messages"): Walk(tried=(Call("/events/messages", form={"message": _MESSAGE}),)),
    ("POST", "/events/messages/effect"): Walk(
        tried=(
            Call("/events/messages/effect", form={"message": _MESSAGE}),
            Call("/events/messages/effect", form={"message": _MESSAGE, "0-target": "{theirs.event}"}),
        ),
    ),
    ("POST", "/events/messages/confirm"): changes(
        Call("/events/messages/confirm", form={"message": _MESSAGE, "0-target": "{theirs.event}"}),
        Call("/events/messages/confirm", form={"message": _MESSAGE, "0-target": "1"}),
    ),
    ("POST", "/api/v1/warnings/read"): Walk(tried=(Call("/api/v1/warnings/read", body={"text": _WARNING}),)),
    ("POST", "/api/v1/warnings"): changes(
        Call("/api/v1/warnings", body={"text": _WARNING, "warnings": [{**_STATED, "event": "{theirs.event}"}]}),
        Call(
            "/api/v1/warnings", body={"text": _WARNING, "warnings": [{**_STATED, "areas": [{"code": "{theirs.area}"}]}]}
        ),
        Call("/api/v1/warnings", body={"text": _WARNING, "warnings": [{**_STATED, "event": 1}]}),
    ),
    ("GET", "/api/v1/events/{event_id}/warnings"): reads(
        "/api/v1/events/{mine.event}/warnings",
        "/api/v1/events/1/warnings",
        foreign=("/api/v1/events/{theirs.event}/warnings",),
    ),
    ("GET", "/events/{event_id}/links"): reads(
        "/events/{mine.event}/links",
        "/events/1/links",
        foreign=("/events/{theirs.event}/links", "/events/1/links?area={theirs.area}"),
    ),
    ("POST", "/events/{event_id}/links"): changes(
        Call("/events/{theirs.event}/links", form={"area": "{mine.area}"}),
        Call("/events/1/links", form={"area": "{theirs.village}"}),
    ),
    ("POST", "/events/{event_id}/links/{link_id}/withdraw"): changes(
        Call("/events/{theirs.event}/links/{theirs.link}/withdraw"),
        Call("/events/{mine.event}/links/{theirs.link}/withdraw"),
    ),
    # By the cookie of a village link only, whoever has signed in beside.
    ("GET", "/v/{link_id}/houses"): reads(foreign=("/v/{theirs.link}/houses",)),
    ("GET", "/v/{link_id}/houses/{inspection_id}"): reads(foreign=("/v/{theirs.link}/houses/{theirs.inspection}",)),
    ("POST", "/v/{link_id}/houses/{inspection_id}"): changes(
        Call("/v/{theirs.link}/houses/{theirs.inspection}", form={"version": "1", "result": "collapsed"})
    ),
    ("POST", "/v/{link_id}/houses/{inspection_id}/phone"): changes(
        Call("/v/{theirs.link}/houses/{theirs.inspection}/phone")
    ),
    ("GET", "/v/{link_id}/photos/{photo_id}"): reads(foreign=("/v/{theirs.link}/photos/{theirs.photo}",)),
    ("GET", "/v/{link_id}/api/{inspection_id}"): reads(foreign=("/v/{theirs.link}/api/{theirs.inspection}",)),
    ("PATCH", "/v/{link_id}/api/{inspection_id}"): changes(
        Call("/v/{theirs.link}/api/{theirs.inspection}", body={"version": 1, "result": "collapsed"})
    ),
    ("POST", "/v/{link_id}/api/{inspection_id}/photos"): changes(
        Call("/v/{theirs.link}/api/{theirs.inspection}/photos", form={"file": "x"})
    ),
    ("GET", "/v/{link_id}/moves/{row_id}"): reads(foreign=("/v/{theirs.link}/moves/{theirs.linked_move}",)),
    ("PATCH", "/v/{link_id}/moves/{row_id}"): changes(
        Call("/v/{theirs.link}/moves/{theirs.linked_move}", body={"version": 1, "state": "away"})
    ),
    ("POST", "/v/{link_id}/moves/{row_id}"): changes(
        Call("/v/{theirs.link}/moves/{theirs.linked_move}", form={"version": "1", "state": "away"})
    ),
    ("POST", "/v/{link_id}/moves/{row_id}/phone"): changes(Call("/v/{theirs.link}/moves/{theirs.linked_move}/phone")),
    # Calls
    ("GET", "/events/{event_id}/calls"): reads(
        "/events/{mine.event}/calls",
        "/events/1/calls",
        foreign=(
            "/events/{theirs.event}/calls",
            "/events/1/calls?area={theirs.area}",
            "/events/1/calls?text={theirs.area}",
        ),
    ),
    ("GET", "/events/{event_id}/calls/board"): reads(
        "/events/{mine.event}/calls/board", "/events/1/calls/board", foreign=("/events/{theirs.event}/calls/board",)
    ),
    ("GET", "/events/{event_id}/calls/at/{code}/text"): reads(
        "/events/1/calls/at/{mine.village}/text", foreign=("/events/1/calls/at/{theirs.area}/text",)
    ),
    ("GET", "/events/{event_id}/calls/print"): reads(
        "/events/{mine.event}/calls/print", "/events/1/calls/print", foreign=("/events/{theirs.event}/calls/print",)
    ),
    ("POST", "/events/{event_id}/calls/at/{code}/start"): changes(
        Call("/events/1/calls/at/{theirs.area}/start", form={"name": "越界"}),
        Call("/events/1/calls/at/{theirs.village}/start", form={"name": "越界"}),
    ),
    **{
        ("POST", f"/events/{{event_id}}/calls/{{call_id}}/{act}"): changes(
            Call(f"/events/1/calls/{{theirs.call}}/{act}", form={"said": "越界", "reason": "越界"})
        )
        for act in ("answer", "hand-on", "reply", "undo")
    },
    ("GET", "/api/v1/events/{event_id}/calls"): reads(
        "/api/v1/events/{mine.event}/calls",
        "/api/v1/events/1/calls",
        foreign=("/api/v1/events/{theirs.event}/calls", "/api/v1/events/1/calls?area={theirs.area}"),
    ),
    ("GET", "/api/v1/events/{event_id}/calls/at/{code}/text"): reads(
        "/api/v1/events/1/calls/at/{mine.village}/text", foreign=("/api/v1/events/1/calls/at/{theirs.village}/text",)
    ),
    ("POST", "/api/v1/events/{event_id}/calls/at/{code}"): changes(
        Call("/api/v1/events/1/calls/at/{theirs.village}", {"name": "越界"})
    ),
    ("POST", "/api/v1/events/{event_id}/calls/{call_id}/{act}"): changes(
        *(Call(f"/api/v1/events/1/calls/{{theirs.call}}/{act}", {}) for act in ("answer", "hand-on", "reply", "undo"))
    ),
    ("GET", "/api/v1/events/{event_id}/calls.xlsx"): reads(
        "/api/v1/events/{mine.event}/calls.xlsx",
        "/api/v1/events/1/calls.xlsx",
        foreign=("/api/v1/events/{theirs.event}/calls.xlsx", "/api/v1/events/1/calls.xlsx?area={theirs.area}"),
    ),
    ("GET", "/events/{event_id}/steps"): reads(
        "/events/{mine.event}/steps", "/events/1/steps", foreign=("/events/{theirs.event}/steps",)
    ),
    ("GET", "/api/v1/events/{event_id}/conclusions"): reads(
        "/api/v1/events/{mine.event}/conclusions",
        "/api/v1/events/1/conclusions",
        foreign=("/api/v1/events/{theirs.event}/conclusions",),
    ),
    ("GET", "/api/v1/events/{event_id}/conclusions/{house_code}"): reads(
        "/api/v1/events/1/conclusions/{mine.house}",
        foreign=(
            "/api/v1/events/1/conclusions/{theirs.house}",
            "/api/v1/events/{theirs.event}/conclusions/{theirs.house}",
        ),
    ),
    ("POST", "/api/v1/events/{event_id}/conclusions/{house_code}"): changes(
        Call("/api/v1/events/1/conclusions/{theirs.house}", body={"conclusion": "habitable", "items": ["none"]})
    ),
    ("PATCH", "/api/v1/events/{event_id}/unsafe-homes/{house_code}"): changes(
        Call("/api/v1/events/1/unsafe-homes/{theirs.house}", body={"living_now": "越界", "version": 1})
    ),
    ("GET", "/events/{event_id}/conclusions"): reads(
        "/events/{mine.event}/conclusions",
        "/events/1/conclusions",
        foreign=("/events/{theirs.event}/conclusions",),
    ),
    ("GET", "/events/{event_id}/conclusions/mine"): reads(
        "/events/{mine.event}/conclusions/mine", foreign=("/events/{theirs.event}/conclusions/mine",)
    ),
    ("GET", "/events/{event_id}/conclusions/areas/{code}"): reads(
        "/events/1/conclusions/areas/{mine.area}", foreign=("/events/1/conclusions/areas/{theirs.area}",)
    ),
    ("GET", "/events/{event_id}/conclusions/houses/{house_code}"): reads(
        "/events/1/conclusions/houses/{mine.house}", foreign=("/events/1/conclusions/houses/{theirs.house}",)
    ),
    ("POST", "/events/{event_id}/conclusions/houses/{house_code}"): changes(
        Call("/events/1/conclusions/houses/{theirs.house}", form={"conclusion": "habitable", "items": "none"})
    ),
    ("POST", "/events/{event_id}/conclusions/houses/{house_code}/care"): changes(
        Call("/events/1/conclusions/houses/{theirs.house}/care", form={"living_now": "越界", "version": "1"})
    ),
    ("GET", "/api/v1/events/{event_id}/evacuation"): reads(
        "/api/v1/events/1/evacuation",
        "/api/v1/events/{mine.event}/evacuation?state=left",
        foreign=("/api/v1/events/{theirs.event}/evacuation", "/api/v1/events/1/evacuation?area={theirs.area}"),
    ),
    ("GET", "/api/v1/events/{event_id}/evacuation/totals"): reads(
        "/api/v1/events/1/evacuation/totals",
        "/api/v1/events/1/evacuation/totals?as_of=2026-11-26T00:00:00",
        foreign=(
            "/api/v1/events/{theirs.event}/evacuation/totals",
            "/api/v1/events/1/evacuation/totals?area={theirs.area}",
        ),
    ),
    ("GET", "/api/v1/events/{event_id}/evacuation/list.xlsx"): reads(
        "/api/v1/events/1/evacuation/list.xlsx",
        foreign=("/api/v1/events/1/evacuation/list.xlsx?area={theirs.area}",),
    ),
    ("PATCH", "/api/v1/events/{event_id}/evacuation/{row_id}"): changes(
        Call("/api/v1/events/1/evacuation/{theirs.move}", body={"state": "away", "version": 1})
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/{row_id}/undo/{step_id}"): changes(
        Call("/api/v1/events/1/evacuation/{theirs.move}/undo/1", body={})
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/many"): Walk(
        tried=(
            Call(
                "/api/v1/events/1/evacuation/many",
                body={"state": "away", "rows": [{"id": "{theirs.move}", "version": 1}]},
            ),
        )
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/take-over"): changes(
        Call("/api/v1/events/1/evacuation/take-over", body={"rows": [{"id": "{theirs.move}", "version": 1}]})
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/figures"): changes(
        Call("/api/v1/events/1/evacuation/figures", body={"area": "{theirs.area}", "households": 3})
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/figures/{figure_id}/settle"): changes(
        Call("/api/v1/events/1/evacuation/figures/{theirs.figure}/settle", body={"version": 1})
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/extra"): changes(
        Call("/api/v1/events/1/evacuation/extra", body={"area": "{theirs.village}", "head": "越界", "what": "越界"})
    ),
    ("POST", "/api/v1/events/{event_id}/evacuation/named"): changes(
        Call("/api/v1/events/{mine.event}/evacuation/named", body={"area": "{theirs.village}", "head": "越界"})
    ),
    ("GET", "/events/{event_id}/evacuation"): reads(
        "/events/1/evacuation", "/events/{mine.event}/evacuation", foreign=("/events/{theirs.event}/evacuation",)
    ),
    ("GET", "/events/{event_id}/evacuation/print"): reads(
        "/events/1/evacuation/print", foreign=("/events/1/evacuation/print?area={theirs.area}",)
    ),
    ("GET", "/events/{event_id}/evacuation/totals"): reads(
        "/events/1/evacuation/totals", foreign=("/events/1/evacuation/totals?area={theirs.area}",)
    ),
    ("GET", "/events/{event_id}/evacuation/areas/{code}"): reads(
        "/events/1/evacuation/areas/{mine.area}",
        "/events/1/evacuation/areas/{mine.village}",
        "/events/1/evacuation/areas/{mine.area}?state=all",
        foreign=("/events/1/evacuation/areas/{theirs.area}", "/events/1/evacuation/areas/{theirs.village}"),
    ),
    ("GET", "/events/{event_id}/evacuation/areas/{code}/rows"): reads(
        foreign=("/events/1/evacuation/areas/{theirs.village}/rows",)
    ),
    ("GET", "/events/{event_id}/evacuation/{row_id:int}"): reads(foreign=("/events/1/evacuation/{theirs.move}",)),
    ("POST", "/events/{event_id}/evacuation/areas/{code}/press"): changes(
        Call("/events/1/evacuation/areas/{theirs.village}/press", form={"press": "{theirs.move}-1-away"}),
        Call("/events/1/evacuation/areas/{mine.village}/press", form={"press": "{theirs.move}-1-away"}),
    ),
    ("POST", "/events/{event_id}/evacuation/{row_id:int}"): changes(
        Call("/events/1/evacuation/{theirs.move}", form={"state": "away", "version": "1"})
    ),
    ("POST", "/events/{event_id}/evacuation/{row_id:int}/undo/{step_id:int}"): changes(
        Call("/events/1/evacuation/{theirs.move}/undo/1", form={})
    ),
    ("POST", "/events/{event_id}/evacuation/undo-many/{batch_id:int}"): Walk(
        tried=(Call("/events/1/evacuation/undo-many/1", form={}),)
    ),
    ("POST", "/events/{event_id}/evacuation/{row_id:int}/phone"): changes(
        Call("/events/1/evacuation/{theirs.move}/phone", form={})
    ),
    ("POST", "/events/{event_id}/evacuation/figures"): changes(
        Call("/events/1/evacuation/figures", form={"line": "3户", "area": "{theirs.area}"})
    ),
    ("POST", "/events/{event_id}/evacuation/figures/{figure_id:int}/settle"): changes(
        Call("/events/1/evacuation/figures/{theirs.figure}/settle", form={"version": "1", "note": "越界"})
    ),
    ("POST", "/events/{event_id}/evacuation/named"): changes(
        Call("/events/{theirs.event}/evacuation/named", form={"village": "{theirs.village}", "head": "越界"})
    ),
    ("POST", "/events/{event_id}/evacuation/extra"): changes(
        Call("/events/1/evacuation/extra", form={"village": "{theirs.village}", "head": "越界", "what": "越界"})
    ),
    ("GET", "/events/{event_id}/course"): reads(
        "/events/{mine.event}/course", foreign=("/events/{theirs.event}/course",)
    ),
    ("GET", "/events/{event_id}/reports"): reads(
        "/events/{mine.event}/reports", "/events/1/reports", foreign=("/events/{theirs.event}/reports",)
    ),
    ("POST", "/events/{event_id}/reports"): changes(Call("/events/{theirs.event}/reports", form={"kind": "morning"})),
    ("GET", "/events/{event_id}/reports/losses.xlsx"): reads(
        "/events/1/reports/losses.xlsx", foreign=("/events/{theirs.event}/reports/losses.xlsx",)
    ),
    ("GET", "/events/{event_id}/reports/{number}"): reads(foreign=("/events/{theirs.event}/reports/1",)),
    ("POST", "/events/{event_id}/reports/{number}"): changes(
        Call("/events/{theirs.event}/reports/1", form={"difficulties": "越界", "version": "1"})
    ),
    ("POST", "/events/{event_id}/reports/{number}/drop"): changes(
        Call("/events/{theirs.event}/reports/1/drop", form={"drop_reason": "越界", "version": "1"})
    ),
    ("GET", "/events/{event_id}/reports/{number}/file.{ending}"): reads(
        foreign=("/events/{theirs.event}/reports/1/file.docx",)
    ),
    ("GET", "/events/{event_id}/returned"): reads(
        "/events/{mine.event}/returned", "/events/1/returned", foreign=("/events/{theirs.event}/returned",)
    ),
    ("GET", "/events/{event_id}/evacuation/returned"): reads(
        "/events/{mine.event}/evacuation/returned",
        "/events/1/evacuation/returned",
        foreign=("/events/{theirs.event}/evacuation/returned",),
    ),
    ("POST", "/events/{event_id}/evacuation/returned"): changes(
        Call("/events/{theirs.event}/evacuation/returned", form={"x": "y"})
    ),
    ("POST", "/events/{event_id}/evacuation/returned/{file_id}"): changes(
        Call("/events/{theirs.event}/evacuation/returned/1", form={"replace": "{theirs.move}-1"})
    ),
    ("POST", "/events/{event_id}/returned"): changes(Call("/events/{theirs.event}/returned", form={"x": "y"})),
    ("POST", "/events/{event_id}/returned/{file_id}"): changes(
        Call("/events/{theirs.event}/returned/1", form={"replace": "{theirs.house}"})
    ),
    ("GET", "/events/{event_id}/next"): reads(
        "/events/{mine.event}/next", "/events/1/next", foreign=("/events/{theirs.event}/next",)
    ),
    ("GET", "/events/new"): reads("/events/new"),
    ("POST", "/events/new"): changes(
        Call("/events/new", form={"name": "越界", "kind": "flood", "areas": "{theirs.area}"})
    ),
    ("GET", "/events/{event_id}"): reads("/events/{mine.event}", "/events/1", foreign=("/events/{theirs.event}",)),
    ("GET", "/events/{event_id}/progress"): reads(
        "/events/{mine.event}/progress", "/events/1/progress", foreign=("/events/{theirs.event}/progress",)
    ),
    ("GET", "/events/{event_id}/zones"): reads(foreign=("/events/{theirs.event}/zones",)),
    ("POST", "/events/{event_id}/zones/effect"): Walk(
        tried=(Call("/events/{mine.event}/zones/effect", form={"areas": "{mine.area}"}),),
        foreign=(Call("/events/{theirs.event}/zones/effect", form={"areas": "{mine.area}"}),),
    ),
    ("POST", "/events/{event_id}/zones"): changes(Call("/events/{theirs.event}/zones", form={"areas": "{mine.area}"})),
    ("POST", "/events/{event_id}/respond"): changes(Call("/events/{theirs.event}/respond")),
    ("POST", "/events/{event_id}/phase"): changes(
        Call("/events/{theirs.event}/phase", form={"phase": "closed", "reason": "越界"})
    ),
    ("POST", "/events/{event_id}/name"): changes(
        Call("/events/{theirs.event}/name", form={"was": "别处的事件", "name": "越界改名"})
    ),
    ("POST", "/events/{event_id}/grounds"): changes(
        Call("/events/{theirs.event}/grounds", form={"area": "{theirs.area}"})
    ),
    ("GET", "/events/{event_id}/areas/{code}"): reads(
        "/events/{mine.event}/areas/{mine.village}",
        foreign=("/events/{theirs.event}/areas/{theirs.village}", "/events/1/areas/{theirs.village}"),
    ),
    ("POST", "/events/{event_id}/evacuation/list-full.xlsx"): full_list("/evacuation/list-full.xlsx"),
    ("POST", "/events/{event_id}/evacuation/print-full"): full_list("/evacuation/print-full"),
    ("POST", "/events/{event_id}/list-full.xlsx"): full_list("/list-full.xlsx"),
    ("POST", "/events/{event_id}/print-full"): full_list("/print-full"),
    ("POST", "/events/{event_id}/calls/record-full.xlsx"): full_list("/calls/record-full.xlsx"),
    ("POST", "/events/{event_id}/calls/print-full"): full_list("/calls/print-full"),
    ("GET", "/events/{event_id}/print"): reads("/events/{mine.event}/print", foreign=("/events/{theirs.event}/print",)),
    ("GET", "/events/{event_id}/picture"): reads(
        "/events/{mine.event}/picture?area={mine.area}",
        "/events/1/picture?area={mine.village}",
        foreign=("/events/{theirs.event}/picture?area={theirs.area}", "/events/1/picture?area={theirs.area}"),
    ),
    ("GET", "/events/{event_id}/photos"): reads(
        "/events/{mine.event}/photos", "/events/1/photos", foreign=("/events/{theirs.event}/photos",)
    ),
    ("GET", "/events/{event_id}/photos/{area}"): reads(
        "/events/{mine.event}/photos/{mine.area}",
        "/events/1/photos/{mine.area}?village={theirs.village}",
        foreign=("/events/{theirs.event}/photos/{theirs.area}", "/events/1/photos/{theirs.area}"),
    ),
    ("POST", "/events/{event_id}/photos/{area}"): changes(
        Call("/events/{theirs.event}/photos/{theirs.area}", form={"village": ""}),
        Call("/events/1/photos/{theirs.area}", form={"village": ""}),
    ),
    ("POST", "/events/{event_id}/photos/{area}/press"): changes(
        Call("/events/{theirs.event}/photos/{theirs.area}/press", form={"press": "aside", "photo": "{theirs.loose}-1"}),
        Call("/events/1/photos/{mine.area}/press", form={"press": "aside", "photo": "{theirs.loose}-1"}),
        Call(
            "/events/{mine.event}/photos/{mine.area}/press",
            form={"press": "house-{theirs.inspection}", "photo": "{mine.loose}-1"},
        ),
    ),
    ("POST", "/events/{event_id}/photos/{area}/undo/{seen}"): changes(
        Call("/events/{theirs.event}/photos/{theirs.area}/undo/{theirs.loose}-1", form={"x": "y"})
    ),
    ("GET", "/api/v1/events/{event_id}/photos/{area}"): reads(
        "/api/v1/events/{mine.event}/photos/{mine.area}",
        foreign=(
            "/api/v1/events/{theirs.event}/photos/{theirs.area}",
            "/api/v1/events/1/photos/{theirs.area}",
        ),
    ),
    ("POST", "/api/v1/events/{event_id}/photos/{area}/photos"): changes(
        Call("/api/v1/events/{theirs.event}/photos/{theirs.area}/photos", form={"file": "x"})
    ),
    ("PATCH", "/api/v1/events/{event_id}/photos/{area}/{photo_id}"): changes(
        Call(
            "/api/v1/events/{theirs.event}/photos/{theirs.area}/{theirs.loose}", body={"version": 1, "set_aside": True}
        ),
        Call(
            "/api/v1/events/{mine.event}/photos/{mine.area}/{mine.loose}",
            body={"version": 1, "inspection": "{theirs.inspection}"},
        ),
    ),
    ("GET", "/api/v1/events/{event_id}/photos/{area}/{photo_id}/image"): reads(
        "/api/v1/events/{mine.event}/photos/{mine.area}/{mine.loose}/image",
        foreign=(
            "/api/v1/events/{theirs.event}/photos/{theirs.area}/{theirs.loose}/image",
            "/api/v1/events/{mine.event}/photos/{mine.area}/{theirs.loose}/image",
        ),
    ),
    ("GET", "/inspections"): reads("/inspections", "/inspections?event={mine.event}"),
    ("GET", "/inspections/{inspection_id}"): reads(
        "/inspections/{mine.inspection}", foreign=("/inspections/{theirs.inspection}",)
    ),
    ("POST", "/inspections/{inspection_id}"): changes(
        Call("/inspections/{theirs.inspection}", form={"version": "1", "result": "collapsed"})
    ),
    # Layers out
    **{
        ("GET", f"/api/v1/{layer}"): reads(f"/api/v1/{layer}", f"/api/v1/{layer}?bbox={_AROUND}&limit=500")
        for layer in LAYERS
    },
    **{
        ("GET", f"/api/v1/{layer}.{{ending}}"): reads(
            *(f"/api/v1/{layer}.{ending}" for ending in (*ENDINGS, "zip-metadata.json")),
            foreign=(f"/api/v1/{layer}.geojson?area={{theirs.area}}",),
        )
        for layer in LAYERS
    },
    **{
        ("POST", f"/api/v1/{layer}.{{ending}}"): Walk(
            (Call(f"/api/v1/{layer}.geojson", body={}),),
            (Call(f"/api/v1/{layer}.geojson", body={"area": "{theirs.area}"}),),
        )
        for layer in LAYERS
    },
    ("POST", "/export/{layer_name}.{ending}"): Walk(
        tuple(Call(f"/export/{layer}.geojson", form={"purpose": "越界"}) for layer in LAYERS),
        (Call("/export/houses.csv", form={"asked": "area={theirs.area}"}),),
    ),
    ("POST", "/map/alone.html"): Walk(
        (Call("/map/alone.html", form={}),), (Call("/map/alone.html", form={"area": "{theirs.area}"}),)
    ),
    ("GET", "/ogc"): reads("/ogc"),
    ("GET", "/ogc/"): reads("/ogc/"),
    ("GET", "/ogc/collections"): reads("/ogc/collections"),
    ("GET", "/ogc/collections/{layer_name}"): reads(*(f"/ogc/collections/{layer}" for layer in LAYERS)),
    ("GET", "/ogc/collections/{layer_name}/items"): reads(
        *(f"/ogc/collections/{layer}/items?limit=500" for layer in LAYERS),
        *(f"/ogc/collections/{layer}/items?limit=500&bbox={_AROUND}" for layer in LAYERS),
    ),
    ("GET", "/ogc/collections/{layer_name}/tiles/{grid}/{zoom}/{row}/{column}"): reads(
        *(f"/ogc/collections/{layer}/tiles/WebMercatorQuad/8/91/213" for layer in LAYERS),
    ),
    ("GET", "/ogc/collections/{layer_name}/items/{feature_id}"): reads(
        "/ogc/collections/houses/items/{mine.house}",
        foreign=(
            "/ogc/collections/houses/items/{theirs.house}",
            "/ogc/collections/villages/items/{theirs.village}",
            "/ogc/collections/townships/items/{theirs.area}",
            "/ogc/collections/zones/items/{theirs.zone}",
            "/ogc/collections/standing-areas/items/{theirs.standing}",
            "/ogc/collections/emergency-inspections/items/{theirs.inspection}",
        ),
    ),
    # Roster
    ("GET", "/roster"): reads("/roster", "/roster?area={mine.area}", foreign=("/roster?area={theirs.area}",)),
    ("GET", "/roster/shelters"): reads("/roster/shelters", foreign=("/roster/shelters?area={theirs.village}",)),
    ("GET", "/roster/technicians"): reads("/roster/technicians"),
    ("GET", "/roster/{kind}/new"): Walk(
        tried=(*(Call(f"/roster/{kind}/new?area={{theirs.area}}") for kind in _ROSTER),),
    ),
    ("POST", "/roster/{kind}/new"): changes(
        *(
            Call(f"/roster/{kind}/new", form={"name": "越界", "role": "other", "area_code": "{theirs.area}"})
            for kind in _ROSTER
        )
    ),
    ("GET", "/roster/{kind}/{row_id:int}/edit"): Walk(
        (), tuple(Call(f"/roster/{kind}s/{{theirs.{kind}}}/edit") for kind in _ROSTER_ROWS)
    ),
    ("POST", "/roster/{kind}/{row_id:int}/edit"): changes(
        *(
            Call(f"/roster/{kind}s/{{theirs.{kind}}}/edit", form={"name": "越界", "role": "other", "version": "1"})
            for kind in _ROSTER_ROWS
        )
    ),
    ("POST", "/roster/{kind}/{row_id:int}/end"): changes(
        *(Call(f"/roster/{kind}s/{{theirs.{kind}}}/end") for kind in _ROSTER_ROWS)
    ),
    ("POST", "/roster/{kind}/{row_id:int}/phone"): changes(
        *(Call(f"/roster/{kind}s/{{theirs.{kind}}}/phone") for kind in _ROSTER_ROWS)
    ),
    ("POST", "/roster/{kind}/export.xlsx"): Walk(
        tuple(Call(f"/roster/{kind}/export.xlsx", form={"area": ""}) for kind in _ROSTER),
        tuple(Call(f"/roster/{kind}/export.xlsx", form={"area": "{theirs.area}"}) for kind in _ROSTER),
    ),
    ("GET", "/roster/cards"): reads("/roster/cards", foreign=("/roster/cards?area={theirs.area}",)),
    ("POST", "/roster/cards/print"): Walk(
        tried=(Call("/roster/cards/print", form={"area": "{mine.area}"}),),
        foreign=(Call("/roster/cards/print", form={"area": "{theirs.village}", "personal": "true"}),),
    ),
    ("GET", "/roster/loads"): Walk(tried=(Call("/roster/loads?kind=contacts"), Call("/roster/loads?kind=shelters"))),
    # Without a file: nothing of it belongs to an area.
    ("POST", "/roster/loads"): Walk(),
    ("GET", "/roster/loads/{load_id:int}"): Walk(
        tried=(Call("/roster/loads/{mine.roster_load}"),), foreign=(Call("/roster/loads/{theirs.roster_load}"),)
    ),
    ("POST", "/roster/loads/{load_id:int}/undo"): changes(Call("/roster/loads/{theirs.roster_load}/undo")),
    ("POST", "/roster/loads/{load_id:int}/run"): changes(Call("/roster/loads/{theirs.roster_load}/run")),
    # Administration
    ("GET", "/journal"): reads("/journal", "/journal?subject={theirs.user}", foreign=("/journal?area={theirs.area}",)),
    ("GET", "/journal.xlsx"): reads("/journal.xlsx", foreign=("/journal.xlsx?area={theirs.area}",)),
    ("GET", "/api/v1/journal"): reads("/api/v1/journal?limit=1000", foreign=("/api/v1/journal?area={theirs.area}",)),
    ("GET", "/users"): reads("/users", "/users?q={theirs.user}", "/users?new=1"),
    ("POST", "/users"): changes(
        Call("/users", form={"name": "stranger", "display_name": "越界", "role": "township", "area": "{theirs.area}"})
    ),
    ("GET", "/users/{name}"): reads("/users/{mine.user}", foreign=("/users/{theirs.user}",)),
    ("POST", "/users/{name}/grants"): changes(
        Call("/users/{theirs.user}/grants", form={"role": "admin", "area": "{mine.area}"}),
        Call("/users/{mine.user}/grants", form={"role": "admin", "area": "{theirs.area}"}),
    ),
    ("POST", "/users/{name}/grants/{grant_id}/end"): changes(
        Call("/users/{theirs.user}/grants/{theirs.grant}/end"), Call("/users/{mine.user}/grants/{theirs.grant}/end")
    ),
    ("POST", "/users/{name}/{act}"): changes(
        *(Call(f"/users/{{theirs.user}}/{act}") for act in ("disable", "enable", "unlock", "sign-out", "link"))
    ),
    ("GET", "/settings"): reads("/settings"),
    ("GET", "/settings/workdays"): reads("/settings/workdays"),
    ("GET", "/settings/{key}"): reads("/settings/occupancy.stale_days"),
    ("POST", "/settings/{key}"): changes(
        Call(
            "/settings/occupancy.stale_days",
            form={"value": "1", "area": "{theirs.area}", "effective_from": "2026-01-01", "basis": "越界〔2026〕1号"},
        )
    ),
    ("GET", "/api/v1/settings"): reads("/api/v1/settings"),
    # The state's holidays are everybody's: nothing of it belongs to an area.
    ("POST", "/settings/workdays"): Walk(),
}
