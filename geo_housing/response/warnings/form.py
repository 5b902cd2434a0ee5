"""The form of pasted warnings: what was read, as a person has corrected it; nothing is taken for granted."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from geo_housing import clock
from geo_housing.area_codes import VILLAGE_DIGITS
from geo_housing.clock import BEIJING, moment_typed
from geo_housing.errors import BadInput
from geo_housing.hazards.bulletin.parts import Bulletin, Part, Paste
from geo_housing.numbers import whole_number
from geo_housing.response.warnings.stated import Stated, StatedArea
from geo_housing.words import WARNING_ACTION, WARNING_LEVEL

# Of a paste so many warnings are offered at once.
MOST_WARNINGS = 8
MOST_AREAS = 2_000
MOST_WORDS = 200
_NONE = "none"


@dataclass(frozen=True)
class WarningForm:
    """One warning as typed: fields of Stated as texts; ``answers`` to the questions in their order, None unanswered."""

    part: int
    take: bool
    action: str
    kind: str
    kind_text: str
    level: str
    response_level: str
    issuer: str
    issued_at: str
    expires_at: str
    mode: str
    areas: tuple[str, ...]
    levels: dict[str, str] = field(default_factory=dict)
    answers: tuple[tuple[str, ...] | None, ...] = ()
    target: str = ""
    ends: tuple[int, ...] | None = None
    corrects_none: bool = False
    keep_unnamed: bool = True
    rest_said: bool = False
    is_over: bool = False
    name: str = ""
    revision: str = ""

    @property
    def chosen(self) -> tuple[str, ...]:
        """Divisions ticked, answers to questions among them, without the villages of a chosen township."""
        answered = [code for answer in self.answers for code in answer or () if code != _NONE]
        codes = sorted({*self.areas, *answered})
        return tuple(
            code
            for code in codes
            if not any(
                code != other and code.startswith(other) and self.levels.get(code) in (None, self.levels.get(other))
                for other in codes
            )
        )


@dataclass(frozen=True)
class PasteForm:
    """The paste with its warnings as typed; ``client_id`` makes sending twice one."""

    text: str
    client_id: str
    warnings: tuple[WarningForm, ...]
    even_if_known: bool = False


def form_of_reading(one: Bulletin, part: int) -> WarningForm:
    """What was read, before anybody has corrected it.

    What the text does not say to be done, or says not to be, is not ticked, and proposes no place.
    """
    action = one.action.value if one.action else ""
    is_said = action != "" and one.undone is None
    areas = one.areas if one.undone is None else ()
    return WarningForm(
        part=part,
        take=is_said and bool(one.areas or one.questions or action != "issue"),
        action=action,
        kind=one.kind.value if one.kind else "",
        kind_text=one.kind.text if one.kind and one.kind.value == "other" else "",
        level=one.level.value if one.level else "ungraded",
        response_level=one.response_level.value if one.response_level else "",
        issuer="、".join(issuer.value for issuer in one.issuers),
        issued_at=_field(one.issued_at),
        expires_at=_field(one.expires_at),
        mode="drill" if one.drill else "actual",
        areas=tuple(dict.fromkeys(area.code for area in areas)),
        levels={area.code: area.level for area in one.areas if area.level},
        answers=(None,) * len(one.questions),
    )


def sent_warnings(form: FormData, paste: Paste) -> PasteForm:
    """The form as it was sent; what it does not hold of a warning is taken from the reading."""
    warnings = []
    for part, one in enumerate(paste.bulletins[:MOST_WARNINGS]):
        read = form_of_reading(one, part)
        if f"{part}-action" not in form:
            warnings.append(read)
            continue
        texts = {
            name: str(form.get(f"{part}-{name}") or "").strip()[:MOST_WORDS]
            for name in (
                "action",
                "kind",
                "level",
                "response_level",
                "issuer",
                "issued_at",
                "expires_at",
                "mode",
                "target",
                "name",
            )
        }
        shown_for = str(form.get(f"{part}-ends_of") or "")
        warnings.append(
            replace(
                read,
                action=texts["action"],
                kind=texts["kind"],
                level=texts["level"],
                response_level=texts["response_level"],
                issuer=texts["issuer"],
                issued_at=texts["issued_at"],
                expires_at=texts["expires_at"],
                mode=texts["mode"],
                target=texts["target"],
                name=texts["name"],
                take=f"{part}-take" in form,
                kind_text=read.kind_text if texts["kind"] == "other" else "",
                areas=_codes(form, f"{part}-areas"),
                levels={code: str(form.get(f"{part}-level-{code}") or level) for code, level in read.levels.items()},
                answers=tuple(_codes(form, f"{part}-q{n}") or None for n in range(len(one.questions))),
                # What stands ticked is of the event that was chosen when the list was shown.
                ends=_ticked(form, part) if shown_for and shown_for == texts["target"] else None,
                corrects_none=shown_for == texts["target"] and _NONE in form.getlist(f"{part}-ends"),
                keep_unnamed=f"{part}-drop" not in form
                and (shown_for != texts["target"] or form.get(f"{part}-rest") != "drop"),
                rest_said=shown_for == texts["target"] and f"{part}-rest" in form,
                is_over=f"{part}-over" in form and shown_for == texts["target"],
                revision=str(form.get(f"{part}-revision") or "")[:10] if shown_for == texts["target"] else "",
            )
        )
    return PasteForm(
        paste.text, str(form.get("client_id") or "")[:64], tuple(warnings), even_if_known="even_if_known" in form
    )


def stated(form: WarningForm, one: Bulletin, names: dict[str, str], *, is_sure: bool = True) -> Stated:
    """The warning as stated; BadInput names what is missing or wrong, unless it is only to be looked at."""
    if form.action not in WARNING_ACTION or form.action == "none":
        raise BadInput("请选择这条预警的动作（发布、升级、解除等）。")
    if is_sure and not form.kind:
        raise BadInput("文中没有读到灾种，请选择灾种。")
    unanswered = [asked.text for asked, answer in zip(one.questions, form.answers, strict=True) if answer is None]
    if is_sure and unanswered and form.action != "lift":
        raise BadInput(
            f"还有 {len(unanswered)} 处区域没有选择：“{'”、“'.join(unanswered[:5])}”。请逐处选择，都不是的选“都不是”。"
        )
    read = {area.code: area for area in one.areas}
    asked = {
        code: question.text
        for question, answer in zip(one.questions, form.answers, strict=True)
        for code in answer or ()
        if code != _NONE
    }
    areas = []
    for code in form.chosen[:MOST_AREAS]:
        area = read.get(code)
        level = form.levels.get(code)
        areas.append(
            StatedArea(
                code=code,
                name=names.get(code, code),
                text=area.text if area else asked.get(code),
                extent=area.extent if area else None,
                level=level if level in WARNING_LEVEL and level != form.level else None,
            )
        )
    return Stated(
        part=form.part,
        action=form.action,
        kind=form.kind or "other",
        kind_text=form.kind_text or None,
        areas=tuple(areas),
        level=form.level if form.level in WARNING_LEVEL and form.level != "ungraded" else None,
        former_level=one.former_level.value if one.former_level else None,
        response_level=form.response_level or None,
        issuer=form.issuer or None,
        issued_at=moment_typed(form.issued_at, "发布时间", field="issued_at"),
        effective_at=one.effective_at.value if one.effective_at else None,
        expires_at=moment_typed(form.expires_at, "有效期至", field="expires_at"),
        replaced_at=one.replaced_at.value if one.replaced_at else None,
        replaced_clock=one.replaced_clock.value if one.replaced_clock else None,
        corrected_at=corrected_at(one),
        mode="drill" if form.mode == "drill" else "actual",
        unread=tuple((words.text, words.sentence) for words in one.unread),
        target=form.target or "new",
        ends=form.ends,
        corrects_none=form.corrects_none,
        keep_unnamed=form.keep_unnamed,
        rest_said=form.rest_said,
        name=form.name or None,
        revision=whole_number(form.revision),
        says_where=one.says_where,
        is_over=form.is_over,
        corrects=one.corrects is not None,
        was_level=level_corrected(one),
    )


def level_corrected(one: Bulletin) -> str | None:
    """The level of the warning that a correction names: the wrong one where that is what was wrong."""
    level = one.former_level or one.level
    return None if one.corrects is None or level is None else level.value


def corrected_at(one: Bulletin) -> datetime | None:
    """When a correction was sent that puts right an hour of issue; now where it does not say it."""
    if not one.puts_hour_right:
        return None
    return clock.now() if one.corrected_at is None else one.corrected_at.value


def _field(said: Part[datetime] | None) -> str:
    return said.value.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M") if said else ""


def _codes(form: FormData, name: str) -> tuple[str, ...]:
    found = dict.fromkeys(str(value) for value in form.getlist(name))
    return tuple(
        code for code in found if code == _NONE or (code.isascii() and code.isdigit() and len(code) <= VILLAGE_DIGITS)
    )


def _ticked(form: FormData, part: int) -> tuple[int, ...] | None:
    """What a person has ticked; None where that is what was proposed: with another level or place it is proposed anew."""
    ticked = _numbers(form, f"{part}-ends")
    if not ticked and _NONE in form.getlist(f"{part}-ends"):
        return ()
    return None if set(ticked) == set(_numbers(form, f"{part}-proposed")) else ticked


def _numbers(form: FormData, name: str) -> tuple[int, ...]:
    found: list[Any] = form.getlist(name)
    return tuple(int(value) for value in map(str, found) if value.isascii() and value.isdigit() and len(value) < 18)
