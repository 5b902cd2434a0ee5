"""Which test proves which rule of the domain that must hold at every moment; rules of later work are named as such.

A rule without proof fails here, and so does a proof that is no longer there.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# Rule → tests, as file::function.
PROVEN: dict[str, tuple[str, ...]] = {
    "suspected houses of the townships add up to the county's, those of villages to the township's": (
        "response/test_service.py::test_progress_adds_up_on_every_level",
        "response/test_figures_open_rows.py::test_figures_of_the_analysis",
        "desk/test_lists.py::test_figures_of_the_desk_open_lists_of_the_same_length",
    ),
    "grades are added to: a newer one supersedes, none is edited": (
        "migrations/test_rights.py::test_history_holds_against_its_owner",
        "migrations/test_rights.py::test_a_grade_follows_its_house_and_nothing_else_of_it_changes",
        "houses/test_register_machine.py::test_any_order_of_changes_keeps_the_rules",
    ),
    "a ledger overwrites neither a signed grade nor a certified category": (
        "houses/intake/test_load.py::test_a_signed_grade_is_never_overwritten",
        "houses/intake/test_load.py::test_a_certified_category_is_never_overwritten",
    ),
    "a household lives in one house": (
        "houses/intake/test_load.py::test_a_household_lives_in_one_house_and_owns_the_others",
        "houses/test_register_machine.py::test_any_order_of_changes_keeps_the_rules",
    ),
    "no public file, page of readers or log line holds an ID number, phone or category in full": (
        "exports/test_rights_and_files.py::test_planners_get_nothing_about_persons_in_any_layer_and_format",
        "exports/test_rights_and_files.py::test_an_office_gets_names_unless_it_asks_for_the_public_file",
        "desk/test_house_page.py::test_a_reader_sees_a_masked_name_and_nothing_of_the_family",
        "desk/test_house_page.py::test_long_numbers_in_free_text_and_in_columns_of_the_ledger_are_masked",
        "desk/test_search_by_number.py::test_typing_a_number_asks_nothing_yet_and_never_reaches_an_address",
        "edge/test_requests.py::test_lines_name_route_and_user_number_but_no_person_and_nothing_that_was_asked",
        "houses/intake/test_load.py::test_personal_numbers_are_stored_sealed_only",
        "houses/intake/test_load.py::test_a_bad_cell_does_not_lose_its_row_and_shows_no_personal_data",
    ),
    "located means a point in a loaded outline that agrees with the declared village; all others are kept and counted": (
        "houses/intake/test_placement.py::test_the_point_decides_the_village_and_the_contradiction_is_told",
        "houses/intake/test_placement.py::test_outside_every_village_but_near_belongs_to_what_is_near",
        "houses/intake/test_placement.py::test_far_away_without_a_declared_village_is_refused",
        "houses/test_register_machine.py::test_any_order_of_changes_keeps_the_rules",
    ),
    "an emergency conclusion never changes a grade": (
        "response/test_respond_machine.py::test_any_order_of_steps_stands_as_the_model_says",
        "response/test_api.py::test_the_night_by_api_from_drawing_to_result",
    ),
    "unknown event codes and levels are kept as received, references too": (
        "hazards/test_cap.py::test_event_codes_are_understood_and_unknown_ones_kept",
        "hazards/test_cap.py::test_what_the_message_says_is_kept_as_received",
        "hazards/test_cap.py::test_references_are_kept",
        "response/test_loading.py::test_an_update_of_an_unknown_message_is_a_new_event_that_keeps_the_reference",
    ),
    "a township reads, counts, exports and maps nothing outside its prefix": (
        "migrations/test_foreign_rows.py::test_nothing_of_others_is_read_or_written",
        "migrations/test_foreign_rows.py::test_nothing_of_ones_own_is_pushed_to_others",
        "scope/test_every_route.py::test_sees_nothing_of_the_other_and_changes_nothing_there",
        "scope/test_every_route.py::test_counts_what_is_its_own",
    ),
    "end, Cancel and expiry never withdraw an inspection; 误发撤销 with a reason does, and only what is not begun": (
        "response/test_loading.py::test_cancel_makes_no_zone_and_withdraws_nothing",
        "response/test_loading.py::test_neither_expiry_nor_the_end_withdraws_anything",
        "response/test_service.py::test_mistaken_needs_a_reason_and_leaves_what_is_begun",
        "response/test_at_the_same_time.py::test_all_by_mistake_leaves_what_somebody_begins_at_that_moment",
    ),
    "a house without a point is in every list and count of its declared village; no import loses a row": (
        "houses/intake/test_load.py::test_a_townships_book_without_codes_and_points_loads_at_the_first_try",
        "houses/intake/test_placement.py::test_a_point_that_cannot_be_keeps_its_house_unlocated",
        "response/test_service.py::test_respond_opens_what_the_analysis_counts",
        "response/test_service.py::test_chosen_divisions_mean_every_house_that_belongs_there",
    ),
    "opened, kept and withdrawn agree with what stands at every level and at every moment": (
        "response/test_respond_machine.py::test_any_order_of_steps_stands_as_the_model_says",
        "response/test_figures_open_rows.py::test_figures_of_the_progress",
    ),
    "a drill appears in no figure": ("desk/test_lists.py::test_a_drill_is_in_no_figure",),
}
# Number in the list of rules → what it waits for.
LATER: dict[int, str] = {
    1: "renovation projects",
    2: "the archive of dangerous houses",
    3: "assessments and appraisals",
    4: "sweeps",
    6: "assessments: site and components",
    8: "renovation projects: the old house",
    9: "renovation projects: one project and one subsidy; that a household lives in one house is proven above",
    10: "money",
    13: "the task of assessment that 不可以居住 opens; that no grade changes is proven above",
    16: "placement in public housing",
    19: "evacuation: 应转 = 已转 + 未转",
}


@pytest.mark.parametrize("rule", PROVEN)
def test_the_proofs_of_a_rule_are_there(rule: str) -> None:
    assert PROVEN[rule]
    for proof in PROVEN[rule]:
        path, _, name = proof.partition("::")
        tree = ast.parse((TESTS / path).read_text("utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, proof


def test_what_waits_says_for_what() -> None:
    assert all(1 <= number <= 20 and len(reason) > 4 for number, reason in LATER.items())
