"""设置: the rules that a county may set, each with basis and effect date; the table of workdays."""

from dataclasses import dataclass
from typing import Annotated

from charset_normalizer import from_bytes
from fastapi import APIRouter, File, Form, Request, UploadFile
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.departments import departments_of
from geo_housing.accounts.grants import WHOLE_DATABASE
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.administration.area_choices import area_choices, names_of_areas
from geo_housing.clock import today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, GeoHousingError, NotAllowed, NotFound, TooLarge
from geo_housing.policy import service
from geo_housing.policy.defaults import PROPOSED, SETTINGS, Setting
from geo_housing.policy.queries import (
    Effective,
    Recorded,
    effective,
    recorded,
    special_days,
    years_with_special_days,
)
from geo_housing.policy.values import read_day, read_value, shown
from geo_housing.policy.workdays import read_workdays

router = APIRouter(prefix="/settings", include_in_schema=False)

Editor = Annotated[Access, requires("settings.edit")]
Text = Annotated[str, Form(max_length=1000)]
REFUSED = (BadInput, Conflict, NotAllowed, TooLarge)
MOST_BYTES_OF_TABLE = 1 << 18


@dataclass(frozen=True)
class SettingLine:
    """One rule with the value that holds in an area today, what will follow, and everything recorded before."""

    setting: Setting
    holds: Effective
    coming: tuple[Recorded, ...]
    history: tuple[Recorded, ...]

    @property
    def value(self) -> str:
        """The value in force, as people read it."""
        return shown(self.holds.value, self.setting.words)

    @property
    def is_default(self) -> bool:
        """Whether the county has recorded nothing that holds."""
        return self.holds.effective_from is None

    @property
    def is_proposed(self) -> bool:
        """Whether only we propose the value: such a rule warns, it never blocks."""
        return self.holds.basis == PROPOSED


def setting_lines(session: Session, actor: Actor) -> list[SettingLine]:
    """All rules as they hold in the actor's area."""
    area = actor.scope.prefix or WHOLE_DATABASE
    history = recorded(session, area_code=area)
    return [_line(session, setting, area, tuple(history.get(setting.key, ()))) for setting in SETTINGS.values()]


@router.get("")
def settings_page(request: Request, access: Editor) -> Response:
    """Every rule: value in force, basis, since when."""
    return _settings(request, access)


@router.get("/workdays")
def workdays_page(request: Request, access: Editor, year: int | None = None) -> Response:
    """The days that deviate from Monday to Friday, by year."""
    return _workdays(request, access, year=year)


@router.post("/workdays")
def post_workdays(
    request: Request,
    access: Editor,
    days: Annotated[str, Form(max_length=100_000)] = "",
    basis: Text = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take over a table of days, pasted or as a CSV file: whole or not at all."""
    try:
        with access.session.begin_nested():
            read = read_workdays(_text_of(file) or days)
            changed = service.load_workdays(access.session, access.actor, days=read, basis=basis)
    except REFUSED as refused:
        return _workdays(request, access, error=refused, typed={"days": days, "basis": basis})
    told = f"工作日表已装入：{len(read)} 天，其中 {changed} 天有变化。" if changed else "工作日表没有变化。"
    return redirect(f"/settings/workdays?year={read[0].day.year}", request=request, toast=told)


@router.get("/{key}")
def setting_page(request: Request, access: Editor, key: str) -> Response:
    """One rule with its history and the form for a new value."""
    return _setting(request, access, key)


@router.post("/{key}")
def post_setting(
    request: Request,
    access: Editor,
    key: str,
    value: Text = "",
    area: Text = "",
    effective_from: Text = "",
    basis: Text = "",
) -> Response:
    """Record a new value; nothing that was recorded is edited."""
    setting = _known(key)
    typed = {"value": value, "area": area, "effective_from": effective_from, "basis": basis}
    try:
        with access.session.begin_nested():
            service.record_value(
                access.session,
                access.actor,
                key=key,
                value=read_value(setting, value),
                area_code=area.strip() or access.actor.scope.prefix or WHOLE_DATABASE,
                effective_from=read_day(effective_from, what="生效日期"),
                basis=basis,
            )
    except REFUSED as refused:
        return _setting(request, access, key, typed=typed, error=refused)
    return redirect(f"/settings/{key}", request=request, toast=f"“{setting.label}”的新值已记录。")


def _line(session: Session, setting: Setting, area: str, history: tuple[Recorded, ...]) -> SettingLine:
    holds = effective(session, setting.key, area_code=area, on=today())
    coming = tuple(row for row in history if row.effective_from > today())
    return SettingLine(setting, holds, coming, history)


def _settings(request: Request, access: Access) -> Response:
    lines = setting_lines(access.session, access.actor)
    return render(
        request,
        access,
        "administration/settings.html",
        lines=lines,
        proposed=sum(line.is_proposed for line in lines),
        areas=names_of_areas(access.session),
        shown=shown,
        years=years_with_special_days(access.session),
        departments=len(departments_of(access.session)),
    )


def _setting(
    request: Request,
    access: Access,
    key: str,
    *,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    setting = _known(key)
    area = access.actor.scope.prefix or WHOLE_DATABASE
    line = _line(access.session, setting, area, tuple(recorded(access.session, area_code=area).get(key, ())))
    return render(
        request,
        access,
        "administration/setting.html",
        status_code=status_of(error),
        line=line,
        typed=typed or {},
        error=error.sentence if error else None,
        areas=names_of_areas(access.session),
        choices=area_choices(access.session, access.actor.scope),
        own_area=area,
        shown=shown,
        today=today(),
    )


def _workdays(
    request: Request,
    access: Access,
    *,
    year: int | None = None,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    years = years_with_special_days(access.session)
    chosen = year if year in years else (years[0] if years else today().year)
    faults: tuple[Fault, ...] = error.faults if error else ()
    return render(
        request,
        access,
        "administration/workdays.html",
        status_code=status_of(error),
        years=years,
        year=chosen,
        days=special_days(access.session, year=chosen),
        weekday="一二三四五六日",
        typed=typed or {},
        error=error.sentence if error else None,
        faults=faults,
    )


def _known(key: str) -> Setting:
    setting = SETTINGS.get(key)
    if setting is None:
        raise NotFound("没有这项设置。请从设置页面进入。")
    return setting


def _text_of(file: UploadFile | None) -> str:
    """Text of an uploaded table in whatever encoding an office computer wrote it; nothing when none was chosen."""
    if file is None or not file.filename:
        return ""
    raw = file.file.read(MOST_BYTES_OF_TABLE + 1)
    if len(raw) > MOST_BYTES_OF_TABLE:
        raise TooLarge("文件太大：工作日表一年只有几十行，请核对选的文件。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    best = from_bytes(raw).best()
    if best is None:
        raise BadInput("文件读不出文字：请存成 CSV（UTF-8 或 GBK）再上传，或把内容粘贴到框里。")
    return str(best)
