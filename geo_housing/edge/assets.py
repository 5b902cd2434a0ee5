"""Files of the pages (scripts, styles, pictures), served by us; nothing comes from another host (D18)."""

import os

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from geo_housing.web_assets import STATIC, VENDOR_PREFIX, asset_file

# An address with ?v= changes with its file.
KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "public, no-cache"


class Assets(StaticFiles):
    """The files of the pages, which browsers may keep; they hold nothing about anybody."""

    def __init__(self) -> None:
        # A checkout before `make setup` has no packages yet; the start must still say what else is missing.
        super().__init__(directory=STATIC, check_dir=False)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """The file on disk; of the packages only what is listed."""
        if not path.startswith(VENDOR_PREFIX):
            return super().lookup_path(path)
        file = asset_file(path)
        return (str(file), os.stat(file)) if file is not None and file.is_file() else ("", None)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = KEPT if versioned else ASKED_AGAIN
        return response
