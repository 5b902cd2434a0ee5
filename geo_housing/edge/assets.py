"""Files of the pages (scripts, styles, pictures), served by us; nothing comes from another host (D18)."""

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

# An address with ?v= changes with its file.
KEPT = "public, max-age=31536000, immutable"
ASKED_AGAIN = "public, no-cache"


class Assets(StaticFiles):
    """A folder of files that browsers may keep; they hold nothing about anybody."""

    def __init__(self, folder: Path) -> None:
        # A checkout before `make setup` has no packages yet; the start must still say what else is missing.
        super().__init__(directory=folder, check_dir=False)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = KEPT if versioned else ASKED_AGAIN
        return response
