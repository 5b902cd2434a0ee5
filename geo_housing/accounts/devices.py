"""What a browser says about itself, in words that somebody recognises their own device by."""

# The first that fits: Chromium's children all call themselves Chrome and Safari too.
_BROWSERS = (
    ("MicroMessenger", "微信"), ("DingTalk", "钉钉"), ("HuaweiBrowser", "华为浏览器"), ("360", "360浏览器"), ("QQBrowser", "QQ浏览器"),
    ("UCBrowser", "UC浏览器"), ("MiuiBrowser", "小米浏览器"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
    ("Safari", "Safari"), ("QGIS", "QGIS"), ("curl", "curl"), ("python", "Python"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(agent: str | None) -> str:
    """“Chrome · Windows” out of a User-Agent header; what is not known is shown as it came."""
    said = agent or ""
    parts = [next((name for sign, name in known if sign in said), None) for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(part for part in parts if part) or said[:60]
