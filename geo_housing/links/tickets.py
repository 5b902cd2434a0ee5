"""A link as it is handed to a village: text for the chat group and QR code. Chinese, whoever gives it out."""

from dataclasses import dataclass

import segno

from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent
from geo_housing.links.recognition import LINK_PATH
from geo_housing.links.service import MadeLink


@dataclass(frozen=True)
class Ticket:
    """A new link as it is handed out: address, picture, text for the chat group."""

    village: str
    township: str
    address: str
    qr: str
    text: str
    expires: str


def ticket_of(origin: str, event: HazardEvent, made: MadeLink) -> Ticket:
    """The ticket of a new link; ``origin`` is how this service is called in the address of the one who gives it out."""
    address = f"{origin}{LINK_PATH}{made.token}"
    expires = made.link.expires_at.astimezone(BEIJING)
    drill = "【演练】" if event.mode == "drill" else ""
    until = f"{expires.month}月{expires.day}日"
    text = (
        f"{drill}{made.village}：{event.name}，请用手机打开下面的链接：先看要转移的户，转走一户点一户；排查房屋的，逐栋填结果并拍照：\n{address}\n"
        f"本链接只供{made.village}使用，能看到本村户主姓名，请勿转发；{until}前有效，事件结束即失效"
    )
    # On paper a QR code of this size is read from half a metre, a fold across it included.
    qr = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True)
    return Ticket(made.village, made.township, address, qr, f"{text}。", until)
