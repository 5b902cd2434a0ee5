"""Lists with full telephone numbers: who may take one, for what, what stands on every page of it, and the numbers.

A list shows masked numbers unless somebody presses for the full ones and says what for. The mark that a copy is known by is a
part of the list; the entry in the journal is written by whoever makes the list, before it leaves.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotReady
from geo_housing.keys import KeyRing
from geo_housing.roster.facts import KINDS
from geo_housing.roster.models import Contact
from geo_housing.roster.storing import open_phone

NEEDED = ("export", "export.personal", "personal.view")
MOST_PURPOSE = 100
IN_FILE_NAME, ACROSS = 12, 18
# What a header of a sheet can hold.
MOST_HEADER = 240


@dataclass(frozen=True)
class FullPhones:
    """One press for full numbers: who, when, what for; ``ring`` opens them."""

    ring: KeyRing
    who: str
    at: datetime
    purpose: str

    @property
    def when(self) -> str:
        """The moment as it stands on the paper."""
        return f"{self.at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"

    @property
    def line(self) -> str:
        """What stands above each village and on each page."""
        return (
            f"含完整电话　领取人：{self.who}　{self.when}　用途：{self.purpose}　只用于本用途，不得张贴、转发，用完销毁"
        )

    @property
    def on_card(self) -> str:
        """What stands on a card that is handed out: it names only whom to ring, and is meant to be kept."""
        return f"含责任人和安置点完整电话　打印人：{self.who}　{self.when}　用途：{self.purpose}"

    @property
    def across(self) -> str:
        """What lies across each page, so that a copy or a photo of a part tells whose it was."""
        cut = self.purpose if len(self.purpose) <= ACROSS else self.purpose[: ACROSS - 1] + "…"
        return f"{self.who} {self.when} {cut}"

    @property
    def header(self) -> str:
        """The line as the header of a printed sheet: an ampersand would be a command there."""
        return "&L&8" + self.line.replace("&", "＆")[:MOST_HEADER]

    @property
    def in_file_name(self) -> str:
        """含完整电话-李某-核对转移: no sign that a disk or an address does not take."""
        parts = ("含完整电话", _plain(self.who), _plain(self.purpose)[:IN_FILE_NAME])
        return "-".join(part for part in parts if part)

    @property
    def counts(self) -> dict[str, Any]:
        """What the journal tells beside rows and villages."""
        return {"personal": True, "purpose": self.purpose}


def asked_for(actor: Actor, *, is_drill: bool, purpose: str, ring: KeyRing) -> FullPhones:
    """The press of somebody who may have full numbers; NotAllowed, Conflict (a drill) or BadInput (no purpose) else."""
    if not all(actor.may(permission) for permission in NEEDED):
        raise NotAllowed("含完整电话的名单只给有“导出个人信息”和“查看完整电话”权限的人；请下载电话已遮盖的名单。")
    if is_drill:
        raise Conflict("演练不出含完整电话的名单；请用电话已遮盖的名单，确需拨打的在名单页逐户点电话。")
    said = " ".join(purpose.split())
    if not said:
        why = "请写明用途：给谁、做什么。用途会写在名单每一页上，并记入日志。"
        raise BadInput(why, faults=[Fault(None, "purpose", None, why)])
    if len(said) > MOST_PURPOSE:
        why = f"用途最多 {MOST_PURPOSE} 个字，请只写给谁、做什么。"
        raise BadInput(why, faults=[Fault(None, "purpose", None, why)])
    return FullPhones(ring, actor.called, clock.now(), said)


def household_numbers(session: Session, ids: Collection[int], full: FullPhones | None) -> dict[int, str]:
    """Full numbers of households that have one, by id; none without a press. What no longer opens stays masked."""
    if full is None or not ids:
        return {}
    found = session.execute(
        text("SELECT id, phone_cipher FROM household WHERE id = ANY (:ids) AND phone_cipher IS NOT NULL"),
        {"ids": sorted(set(ids))},
    )
    numbers: dict[int, str] = {}
    for row in found:
        try:
            numbers[row.id] = full.ring.decrypt(bytes(row.phone_cipher), field="phone", owner=row.id)
        except NotReady:
            continue
    return numbers


def contact_numbers(session: Session, masked: Mapping[int, Collection[str]], full: FullPhones | None) -> dict[int, str]:
    """Full numbers of contacts whose number still is one of those in ``masked``; a number that was changed is another."""
    if full is None or not masked:
        return {}
    wanted = select(Contact).where(Contact.id.in_(sorted(masked)), Contact.phone_cipher.is_not(None))
    numbers: dict[int, str] = {}
    for contact in session.scalars(wanted):
        if contact.phone_masked not in masked[contact.id]:
            continue
        try:
            numbers[contact.id] = open_phone(KINDS["contacts"], contact, full.ring)
        except NotReady:
            continue
    return numbers


def _plain(words: str) -> str:
    return "".join(char for char in words if char.isalnum())
