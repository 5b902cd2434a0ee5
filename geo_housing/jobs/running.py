"""What a task is and what it works with."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import NOBODY, Actor, Database
from geo_housing.jobs.service import note_progress
from geo_housing.settings import Settings

# Pages ask every second or two; more often would only cost.
PROGRESS_STEP_S = 0.5


@dataclass
class RunningJob:
    """One run of a task: its transaction, who acts, what was asked."""

    id: int
    session: Session
    actor: Actor
    args: Mapping[str, Any]
    settings: Settings
    database: Database
    _told_at: float = field(default=0.0, init=False)
    _told_step: str | None = field(default=None, init=False)

    def progress(self, done: int, total: int | None = None, step: str | None = None) -> None:
        """Show how far the work is; seen at once, also when the work is undone later. Cheap to call often."""
        if step == self._told_step and time.monotonic() - self._told_at < PROGRESS_STEP_S:
            return
        self._told_at, self._told_step = time.monotonic(), step
        with self.database.transaction(NOBODY) as session:
            note_progress(session, self.id, done=done, total=total, step=step)


@dataclass(frozen=True)
class Task:
    """A kind of work: the function that does it, and the permission that its actor needs (then, too)."""

    run: Callable[[RunningJob], Mapping[str, Any]]
    permission: str
