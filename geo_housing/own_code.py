"""Further processes of the service run the very code that starts them, and nothing of the folder they are started in."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT_FOLDER = Path(__file__).parents[1]


def module_command(module: str, *arguments: str) -> list[str]:
    """``python -m module`` with ``arguments``; what lies in the folder somebody happens to stand in is no module of ours."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """``given``, and where ``module_command`` finds this code: another copy of it may be installed, or none."""
    further = given.get("PYTHONPATH")
    return {**given, "PYTHONPATH": os.pathsep.join([str(PROJECT_FOLDER), *([further] if further else [])])}
