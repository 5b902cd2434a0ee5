"""A device in the list of one's sessions has a name that its owner knows."""

import pytest

from geo_housing.accounts.devices import device_name

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 MicroMessenger/8.0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [(WINDOWS, "Chrome · Windows"), (f"{WINDOWS} Edg/126.0", "Edge · Windows"), (ANDROID, "微信 · Android"),
     ("unheard of", "unheard of"), (None, "")],
)  # fmt: skip
def test_a_device_is_called_by_browser_and_system_and_an_unknown_one_as_it_came(agent: str | None, name: str) -> None:
    assert device_name(agent) == name
