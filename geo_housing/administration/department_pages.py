"""设置 → 部门: which department certifies which protection categories (认定部门)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts import departments
from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.grants import WHOLE_DATABASE
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.areas.queries import area_names
from geo_housing.errors import BadInput, Conflict, GeoHousingError
from geo_housing.words import CATEGORY

router = APIRouter(prefix="/settings/departments", include_in_schema=False)

Keeper = Annotated[Access, requires("settings.edit")]
Text = Annotated[str, Form(max_length=100)]
Ticked = Annotated[list[str] | None, Form()]
Version = Annotated[int, Form(ge=1)]
REFUSED = (BadInput, Conflict)


@router.get("")
def departments_page(request: Request, access: Keeper) -> Response:
    """All departments of one's area, with a form for a further one."""
    return _page(request, access)


@router.post("")
def post_department(
    request: Request,
    access: Keeper,
    name: Text = "",
    categories: Ticked = None,
    usual: Text = "",
    client_id: Text = "",
) -> Response:
    """A further department; ``usual`` adds those that most counties have."""
    try:
        with access.session.begin_nested():
            if usual:
                added = departments.add_usual(access.session, access.actor, scope_code=_area(access))
                said = f"已登记 {added} 个部门，请核对各自认定的类别。"
            else:
                row = departments.add_department(
                    access.session,
                    access.actor,
                    scope_code=_area(access),
                    name=name,
                    categories=categories or [],
                    client_id=client_id or None,
                )
                said = f"已登记“{row.name}”。"
    except REFUSED as error:
        return _page(request, access, error=error, typed={"name": name, "categories": categories or []})
    return redirect("/settings/departments", request=request, toast=said)


@router.post("/{department_id:int}")
def post_change(
    request: Request, access: Keeper, department_id: int, version: Version, name: Text = "", categories: Ticked = None
) -> Response:
    """Another name, other categories."""
    try:
        with access.session.begin_nested():
            departments.change_department(
                access.session,
                access.actor,
                department_id,
                name=name,
                categories=categories or [],
                version=version,
            )
    except REFUSED as error:
        return _page(request, access, error=error)
    return redirect("/settings/departments", request=request, toast="已保存，该部门的名单即时随之改变。")


@router.post("/{department_id:int}/end")
def post_end(request: Request, access: Keeper, department_id: int, version: Version) -> Response:
    """It certifies nothing any more."""
    try:
        with access.session.begin_nested():
            row = departments.end_department(access.session, access.actor, department_id, version=version)
    except REFUSED as error:
        return _page(request, access, error=error)
    return redirect("/settings/departments", request=request, toast=f"“{row.name}”已停用。")


def _area(access: Access) -> str:
    """Whose departments they are: one's own area's; of the whole database those of its one county."""
    if access.actor.scope.prefix:
        return access.actor.scope.prefix
    counties = area_names(access.session, "county")
    return counties[0].code if len(counties) == 1 else WHOLE_DATABASE


def _page(
    request: Request,
    access: Access,
    *,
    error: GeoHousingError | None = None,
    typed: dict[str, object] | None = None,
) -> Response:
    return render(
        request,
        access,
        "administration/departments.html",
        status_code=status_of(error),
        error=error.sentence if error else None,
        typed=typed or {"name": "", "categories": []},
        rows=departments.departments_of(access.session, with_ended=True),
        words=CATEGORY,
    )
