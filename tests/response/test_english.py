"""Pages of events and inspections in English: no sentence of a template, no label of a list is left in Chinese."""

import re

import pytest

from geo_housing import words
from geo_housing.accounts.rendering import TEMPLATES
from geo_housing.inspections.pages import LABELS
from geo_housing.response.next_step import OtherStep, Situation, next_step, other_steps
from geo_housing.response.standing_pages import CRS_CHOICES
from geo_housing.translation import english
from geo_housing.words import EVENT_PHASE

LISTS = (
    "EVENT_KIND WARNING_LEVEL EVENT_MODE EVENT_PHASE INSPECTION_STATE CHECK_RESULT DAMAGE_CLASS RISK STRUCTURE TRAIT CATEGORY"
).split()
SAID = re.compile(r"_\(\s*(?:\"([^\"]+)\"|'([^']+)')")


@pytest.mark.parametrize("room", ["response", "inspections"])
def test_every_sentence_of_the_templates_has_english(room: str) -> None:
    found = {
        one or other
        for path in (TEMPLATES / room).glob("*.html")
        for one, other in SAID.findall(path.read_text("utf-8"))
    }
    assert len(found) > 10
    assert found - english().keys() == set()


@pytest.mark.parametrize("name", LISTS)
def test_every_label_of_the_lists_has_english(name: str) -> None:
    assert set(getattr(words, name).labels.values()) - english().keys() == set()


def test_every_button_has_english() -> None:
    labels: set[str] = set()
    for phase in EVENT_PHASE:
        for tasks, left, missing in ((False, 0, 0), (True, 0, 0), (True, 1, 0), (True, 0, 1)):
            for unfinished in (0, 2):
                now = Situation(phase, True, tasks, 3, 0, 0, unfinished, 3 - unfinished, left, missing, False, True)
                steps: list[OtherStep] = list(other_steps(now))
                main = next_step(now)
                labels |= {step.label for step in steps} | ({main.label} if main else set())
    assert {"下达任务", "补下达任务", "按新范围更新任务", "结束事件", "误发撤销"} <= labels
    assert labels - english().keys() == set()


def test_labels_from_code_have_english() -> None:
    assert {*LABELS.values(), *(label for _, label in CRS_CHOICES)} - english().keys() == set()
