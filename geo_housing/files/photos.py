"""Photos as they come from phones, made safe and small: decoded, turned upright, encoded anew without the rest.

Where and with which phone a photo was taken stays out of what is kept; when it was taken stays in.
"""

import io
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageOps, UnidentifiedImageError

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, TooLarge

MOST_BYTES = 30 << 20
MOST_PIXELS = 120_000_000  # phones of today; JPEG is decoded at a smaller scale
MOST_PIXELS_WHOLE = 40_000_000  # formats that can only be decoded whole
LONGEST_SIDE = 2560
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")  # JPEG opens MPO, the pairs of some phones, too
# Two files in ISO boxes that phones call photos and no browser shows.
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")
_EXIF_IFD, _DATETIME, _DATETIME_ORIGINAL, _OFFSET_ORIGINAL = 0x8769, 0x0132, 0x9003, 0x9011
_GPS_IFD, _LAT_REF, _LAT, _LON_REF, _LON = 0x8825, 1, 2, 3, 4
# The library warns from here on, and refuses at twice as many.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True)
class Photo:
    """A photo to keep: JPEG, upright; ``taken_at``, ``position`` (longitude, latitude) when the camera said so.

    The position is not in the JPEG: it is told to the caller alone.
    """

    jpeg: bytes
    width: int
    height: int
    taken_at: datetime | None
    position: tuple[float, float] | None = None


def prepare_photo(data: bytes) -> Photo:
    """The photo in ``data`` as it is kept; BadInput or TooLarge says why it cannot be."""
    if len(data) > MOST_BYTES:
        raise TooLarge(f"照片超过 {MOST_BYTES >> 20} MB，请在手机上选较小的尺寸后再传。")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise BadInput(
            "这张照片是 HEIC 格式，多数电脑打不开。请在手机相机设置里选“兼容性最佳”（JPEG），或转成 JPG 再传。"
        )
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            return _encoded(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooLarge("照片的像素太多，无法处理；请换一张或缩小后再传。") from None
    except UnidentifiedImageError:
        raise BadInput("这个文件不是照片，或格式不支持；请传 JPG、PNG 或 WebP 格式的照片。") from None
    except (OSError, SyntaxError, ValueError, EOFError):
        raise BadInput("照片文件不完整或已损坏，请重新拍摄或重新选择后再传。") from None


def _encoded(opened: Image.Image) -> Photo:
    # Before anything else: asking a PNG for its time decodes it.
    is_jpeg = opened.format in ("JPEG", "MPO")
    if opened.width * opened.height > (MOST_PIXELS if is_jpeg else MOST_PIXELS_WHOLE):
        raise TooLarge("照片的像素太多，无法处理；请换一张或缩小后再传。")
    taken_at, position = _taken_at(opened), _position(opened)
    if is_jpeg:
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture = _on_white(upright)
    kept = Image.Exif()
    if taken_at is not None:
        kept.get_ifd(_EXIF_IFD)[_DATETIME_ORIGINAL] = taken_at.astimezone(BEIJING).strftime("%Y:%m:%d %H:%M:%S")
        kept.get_ifd(_EXIF_IFD)[_OFFSET_ORIGINAL] = "+08:00"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True, exif=kept.tobytes() if taken_at else b"")
    return Photo(out.getvalue(), picture.width, picture.height, taken_at, position)


def _on_white(image: Image.Image) -> Image.Image:
    """JPEG knows no transparency: what is see-through becomes white; nor sixteen bits, which would all become white."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(ground, whole).convert("RGB")
    return image.convert("RGB")


def _taken_at(image: Image.Image) -> datetime | None:
    """When the camera says the photo was taken; None without, or when it never had a date. A wrong date is told, not hidden."""
    exif = image.getexif()
    details = exif.get_ifd(_EXIF_IFD)
    text = details.get(_DATETIME_ORIGINAL) or exif.get(_DATETIME)
    if not isinstance(text, str):
        return None
    offset = details.get(_OFFSET_ORIGINAL)
    stated = text.strip("\0 ")
    try:
        if isinstance(offset, str) and offset.strip("\0 "):
            taken = datetime.strptime(f"{stated} {offset.strip(chr(0) + ' ')}", "%Y:%m:%d %H:%M:%S %z")
        else:
            # A camera states local time; ours are all in Beijing time.
            taken = datetime.strptime(stated, "%Y:%m:%d %H:%M:%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return taken if 2000 <= taken.year < 2100 else None


def _position(image: Image.Image) -> tuple[float, float] | None:
    """Longitude and latitude as the camera says; None without, or where they make no sense."""
    place = image.getexif().get_ifd(_GPS_IFD)
    try:
        lon, lat = _degrees(place[_LON], place[_LON_REF]), _degrees(place[_LAT], place[_LAT_REF])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError, OverflowError):
        return None
    # Phones without a fix write zeros.
    is_somewhere = -180 <= lon <= 180 and -90 <= lat <= 90 and (lon, lat) != (0, 0)
    return (round(lon, 6), round(lat, 6)) if is_somewhere else None


def _degrees(parts: tuple[float, float, float], towards: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    return -value if towards.strip("\0 ").upper() in ("S", "W") else value
