import io
import struct
import zlib
from datetime import datetime, timedelta

import pytest
from PIL import Image

from geo_housing.clock import BEIJING, now
from geo_housing.errors import BadInput, TooLarge
from geo_housing.files.photos import LONGEST_SIDE, MOST_BYTES, prepare_photo

EXIF_IFD, GPS_IFD = 0x8769, 0x8825


def photo(
    size: tuple[int, int] = (80, 40),
    *,
    kind: str = "JPEG",
    orientation: int | None = None,
    taken: str | None = None,
    offset: str | None = None,
    gps: bool = False,
    mode: str = "RGB",
) -> bytes:
    image = Image.new(mode, size, "red")
    if mode == "RGB":
        image.paste("blue", (0, 0, size[0] // 2, size[1]))  # left half blue
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    exif[0x010F] = "PhoneMaker"
    if taken:
        exif.get_ifd(EXIF_IFD)[0x9003] = taken
    if offset:
        exif.get_ifd(EXIF_IFD)[0x9011] = offset
    if gps:
        place = exif.get_ifd(GPS_IFD)
        place[1], place[2], place[3], place[4] = "N", (45.0, 30.0, 36.0), "E", (121.0, 15.0, 0.0)
    out = io.BytesIO()
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def reopened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_position_and_phone_go_the_time_stays() -> None:
    kept = prepare_photo(photo(taken="2026:07:12 02:41:00", gps=True))
    exif = reopened(kept.jpeg).getexif()
    assert dict(exif.get_ifd(GPS_IFD)) == {} and 0x010F not in exif
    assert exif.get_ifd(EXIF_IFD)[0x9003] == "2026:07:12 02:41:00"
    assert kept.taken_at == datetime(2026, 7, 12, 2, 41, tzinfo=BEIJING)
    assert kept.position == (121.25, 45.51), "told to the caller, not kept in the picture"
    assert prepare_photo(photo()).position is None


NOWHERE = (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "place",
    [
        {},
        {2: (45.0, 0.0, 0.0)},
        {1: "N", 2: NOWHERE, 3: "E", 4: NOWHERE},
        {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (1.0, 0.0, 0.0)},
    ],
)
def test_a_place_that_makes_no_sense_is_none(place: dict[int, object]) -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD).update(place)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif.tobytes())
    assert prepare_photo(out.getvalue()).position is None


def test_a_stated_zone_counts() -> None:
    kept = prepare_photo(photo(taken="2026:07:11 18:41:00", offset="+00:00"))
    assert kept.taken_at == datetime(2026, 7, 12, 2, 41, tzinfo=BEIJING)


def test_a_camera_whose_clock_is_wrong_says_no_time() -> None:
    for taken in ("1980:01:01 00:00:00", "9999:12:31 23:59:59", "yesterday", "0000:00:00 00:00:00"):
        assert prepare_photo(photo(taken=taken)).taken_at is None


def test_a_date_that_is_to_come_is_told_for_somebody_to_ask_about() -> None:
    future = (now() + timedelta(days=30)).astimezone(BEIJING).replace(microsecond=0)
    assert prepare_photo(photo(taken=future.strftime("%Y:%m:%d %H:%M:%S"))).taken_at == future


def test_a_photo_taken_on_its_side_stands_upright() -> None:
    kept = prepare_photo(photo((80, 40), orientation=6))
    image = reopened(kept.jpeg)
    assert image.size == (40, 80) == (kept.width, kept.height)
    red, _, blue = image.getpixel((20, 10))  # type: ignore[misc] # RGB
    assert blue > 200 > red


def test_large_photos_are_made_smaller() -> None:
    kept = prepare_photo(photo((6000, 3000)))
    assert (kept.width, kept.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "L"), ("WEBP", "RGB")])
def test_png_and_webp_become_jpeg(kind: str, mode: str) -> None:
    assert reopened(prepare_photo(photo(kind=kind, mode=mode)).jpeg).format == "JPEG"


def test_what_is_see_through_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    assert reopened(prepare_photo(out.getvalue()).jpeg).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_heic_is_refused_with_what_to_do(brand: bytes) -> None:
    with pytest.raises(BadInput, match="兼容性最佳"):
        prepare_photo(b"\0\0\0\x18ftyp" + brand + bytes(100))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"<svg onload='x'/>", b"GIF89a" + bytes(20)])
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="不是照片"):
        prepare_photo(data)


def test_a_photo_cut_off_on_the_way_is_refused() -> None:
    whole = photo((400, 400))
    with pytest.raises(BadInput, match="不完整"):
        prepare_photo(whole[: len(whole) // 2])


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(TooLarge, match="30 MB"):
        prepare_photo(bytes(MOST_BYTES + 1))


@pytest.mark.parametrize("side", [8_000, 12_000, 20_000])
def test_a_decompression_bomb_is_refused_before_it_unfolds(side: int) -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
    )
    with pytest.raises(TooLarge, match="像素太多"):
        prepare_photo(bomb)


def test_sixteen_bits_of_grey_stay_grey() -> None:
    into = io.BytesIO()
    Image.new("I;16", (50, 40), 30_000).save(into, "PNG")
    red, green, blue = reopened(prepare_photo(into.getvalue()).jpeg).convert("RGB").getpixel((5, 5))
    assert red == green == blue and abs(red - 30_000 / 256) <= 2
