"""The one visible table of what the worker does for people; a room's task stands here under the name it defers by.

How a task is written and deferred is told in geo_housing/jobs/__init__.py.
"""

from geo_housing.houses.imports import task as houses_import
from geo_housing.jobs.running import Task
from geo_housing.response import task as response

TASKS: dict[str, Task] = {
    houses_import.CHECK: Task(houses_import.check_in_background, "houses.import"),
    houses_import.RUN: Task(houses_import.run_in_background, "houses.import"),
    houses_import.UNDO: Task(houses_import.undo_in_background, "houses.import"),
    response.RESPOND: Task(response.respond_in_background, "events.respond"),
}
