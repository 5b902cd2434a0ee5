"""Every sentence of the code and of the templates has its English, and the catalogues fit together."""

import re
from collections import Counter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from geo_housing import words
from geo_housing.accounts.rendering import TEMPLATES
from geo_housing.maps.browser_config import sentences
from geo_housing.translation import CATALOGUES, english, forms, translate
from geo_housing.words import WordList
from tests.translation.said import CHINESE, Said, said_in_code

PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
# Words of ledgers and of forms that stay in their own language where English speaks of them.
QUOTED = re.compile("乡镇、行政村、户主姓名|房屋编号|编号|×政办发〔2026〕12号|[是否休班]")
# What people, files and messages say to us: read, never said. A sentence (with its full stop) must have English there, too.
READ = {
    "areas/names.py": "endings of names of divisions",
    "areas/reading.py": "headings of lists of divisions",
    "clock.py": "marks of a Chinese date",
    "evacuation/spoken_numbers.py": "numbers as people say them",
    "evacuation/left_already.py": "words by which people say that somebody has left",
    "evacuation/one_line.py": "words of a figure as people type it",
    "everyday_words.py": "what villages write for the words of the lists",
    "inspections/told_damage.py": "words of damage that villages write",
    "hazards/bulletin/areas.py": "words around names",
    "hazards/bulletin/around.py": "words around names",
    "hazards/bulletin/beside.py": "words around names",
    "hazards/bulletin/blocks.py": "words around headings",
    "hazards/bulletin/chat.py": "words that answer",
    "hazards/bulletin/correcting.py": "words that correct",
    "hazards/bulletin/doubts.py": "words that turn a statement round",
    "hazards/bulletin/gazetteer.py": "endings of names of divisions",
    "hazards/bulletin/issue_hour.py": "words around times",
    "hazards/bulletin/issuers.py": "offices",
    "hazards/bulletin/leagues.py": "names of leagues",
    "hazards/bulletin/marks.py": "words around names",
    "hazards/bulletin/referring.py": "times",
    "hazards/bulletin/retracting.py": "words that take back",
    "hazards/bulletin/moments.py": "words of times",
    "hazards/bulletin/numerals.py": "numerals of times",
    "hazards/bulletin/undone.py": "words that deny or only announce",
    "hazards/bulletin/validity.py": "words of how long a warning holds",
    "hazards/bulletin/reading.py": "words around times",
    "hazards/bulletin/runs.py": "words of lists of names",
    "hazards/bulletin/scopes.py": "words for all townships",
    "hazards/bulletin/several.py": "words around statements",
    "hazards/bulletin/plain.py": "characters of another script",
    "hazards/bulletin/signals.py": "kinds, colours and deeds of warnings",
    "hazards/offices.py": "names of offices",
    "hazards/cap_words.py": "kinds of disaster in warnings",
    "houses/spreadsheet/body.py": "first words below a table",
    "houses/spreadsheet/coordinates.py": "values of ledgers",
    "houses/spreadsheet/fields.py": "headings of ledgers",
    "houses/spreadsheet/row.py": "values of ledgers",
    "houses/spreadsheet/spellings.py": "what ledgers write",
    "layers/parsing.py": "words of filters",
    "maps/line_facts.py": "headings and classes of files of lines",
    "policy/values.py": "words of yes and no",
    "policy/workdays.py": "words of the table of workdays",
    "roster/columns.py": "headings of lists",
    "roster/headings.py": "headings of lists",
    "roster/places.py": "words of lists",
    "roster/terms.py": "words of lists",
    "roster/upper.py": "words of lists",
    "phones.py": "words around telephone numbers",
    "roster/reading.py": "words of lists",
    "roster/spelling.py": "words of lists",
    "response/returned/moves_reading.py": "headings of lists that come back",
    "response/returned/reading.py": "headings of lists that come back",
    "response/standing/columns.py": "headings of lists of risk areas",
    "response/standing/fields.py": "headings of lists of risk areas",
    "response/returned/sheets.py": "marks of lists that come back",
    "written_moments.py": "words of times",
    "written_days.py": "words of days",
    "translation.py": "the characters themselves",
}
# Papers and files go to villages and townships and are Chinese whoever makes them.
PAPERS = {
    "administration/journal_pages.py": "the journal as a file",
    "areas/report.py": "the report beside a list of divisions",
    "calls/record_sheet.py": "the record of calls",
    "departments/workbook.py": "the list of a department as a file",
    "exports/ledger.py": "headings that a ledger is recognised by",
    "exports/notes.py": "what a file says about itself",
    "layers/in_words.py": "what a file or a paper says of its filter",
    "exports/shapefile.py": "the files that explain a Shapefile",
    "exports/workbook.py": "the sheet about a file",
    "hazards/report.py": "the report beside a file of zones",
    "houses/imports/form.py": "a ledger in its own form",
    "links/tickets.py": "texts for a village's chat group",
    "response/papers/list_workbook.py": "village lists",
    "roster/full_phones.py": "the mark on lists with full telephone numbers",
    "maps/paper.py": "the map on paper",
    "response/file_names.py": "names of files of one event",
    "response/reports/losses.py": "the ledger of damaged homes",
    "response/reports/workbook.py": "reports",
    "response/lists.py": "village lists",
    "response/steps/evacuation_list.py": "village lists of those to be moved",
    "response/steps/call_text.py": "what is read out on the telephone",
    "roster/writing.py": "the roster as a file",
    "sheets.py": "what all workbooks share",
    "response/papers/paper.py": "printed lists",
    "response/papers/small_map.py": "the map of a printed list",
    "response/papers/picture.py": "the picture of a map for the chat",
}
# Not for readers of English, or for nobody.
ELSEWHERE = {
    "response/waiting.py": "columns and notes of village lists",
    "calls/readout.py": "spoken on the telephone and sent to villages",
    "response/reports/compared.py": "the report itself is a Chinese paper",
    "response/reports/document.py": "the report itself is a Chinese paper",
    "response/reports/figures.py": "the report itself is a Chinese paper",
    "response/reports/wording.py": "the report itself is a Chinese paper",
    "demo/": "made-up names and notes",
    "areas/demo/": "made-up names",
    "cli/chinese_help.py": "the Chinese of what stands in English in each command",
    "cli/usage.py": "the Chinese of the parser's English",
    "masking.py": "a masked name",
}
# Both languages stand beside each other, a part never stands alone, or it is a file, SQL or a heading: (file, what holds it).
PAIRED = {
    ("accounts/departments.py", "USUAL"),
    ("accounts/models.py", "Department"),
    ("cli/database.py", "KEYS_ARE_APART"),
    ("duty/models.py", "Handover"),
    ("duty/models.py", "Takeover"),
    ("orders/models.py", "WorkOrder"),
    ("migrations/versions/2026_11_26_1015_roster.py", "upgrade"),
    ("migrations/versions/2026_11_26_1525_event_counts.py", "MOVES"),
    ("cli/service.py", "check_label"),
    ("exports/service.py", "AUTOMATIC_CRS"),
    ("evacuation/models.py", "Evacuation"),
    ("evacuation/models.py", "EvacuationFigure"),
    ("houses/intake/declared.py", "Divisions"),
    ("inspections/models.py", "LoosePhoto"),
    ("houses/imports/form.py", "write_form"),
    ("houses/imports/form.py", "_RETURNING"),
    ("houses/spreadsheet/originals.py", "MARK"),
    ("houses/spreadsheet/reader.py", "EXPLAINING"),
    ("houses/imports/undo.py", "_take_back"),
    ("houses/spreadsheet/batch.py", "Checker"),
    ("links/access.py", "_by_link"),
    ("roster/models.py", "Contact"),
    ("roster/models.py", "Shelter"),
    ("roster/models.py", "Technician"),
}
FILE_NAME = re.compile(r"\.(xlsx|jpg)$")


def _passed_over(said: Said) -> bool:
    if (said.path, said.within) in PAIRED:
        return True
    if said.path in READ or said.path in PAPERS:
        return not said.text.endswith("。")
    starts = any(said.path.startswith(place) for place in ELSEWHERE)
    return starts or FILE_NAME.search(said.text) is not None


def test_every_sentence_of_the_code_has_english() -> None:
    all_said = said_in_code()
    assert len(all_said) > 2000
    missing = [
        said
        for said in all_said
        if not _passed_over(said) and CHINESE.search(QUOTED.sub("", translate(said.text, "en")))
    ]
    assert missing == []


@pytest.mark.parametrize("places", [READ, PAPERS, ELSEWHERE])
def test_what_is_passed_over_still_exists(places: dict[str, str]) -> None:
    paths = {said.path for said in said_in_code()}
    assert [place for place in places if not any(path.startswith(place) for path in paths)] == []


def test_every_sentence_of_the_templates_has_english() -> None:
    found = {
        text
        for _, _, message, _, _ in extract_from_dir(
            TEMPLATES, method_map=[("**.html", "jinja2.ext:babel_extract")], keywords={"_": None}
        )
        for text in ([message] if isinstance(message, str) else message)
        if text and CHINESE.search(text)
    }
    assert len(found) > 300
    assert {text for text in found if text not in english()} == set()


def test_every_sentence_of_the_map_has_english() -> None:
    assert {text for text in sentences() if text not in english()} == set()


@pytest.mark.parametrize("name", [name for name, value in vars(words).items() if isinstance(value, WordList)])
def test_every_label_of_the_lists_has_english(name: str) -> None:
    known: WordList = getattr(words, name)
    assert {label for label in (known.name, *known.labels.values()) if label not in english()} == set()


def test_places_of_a_sentence_and_of_its_english_agree() -> None:
    def places(text: str) -> list[tuple[str, str]]:
        return sorted(set(PLACE.findall(text)))

    assert {msgid: said for msgid, said in english().items() if places(msgid) != places(said)} == {}


def test_no_sentence_stands_in_two_rooms_with_different_english() -> None:
    said: dict[str, set[str]] = {}
    for path in sorted((CATALOGUES / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    said.setdefault(str(message.id), set()).add(str(message.string))
    assert {msgid: texts for msgid, texts in said.items() if len(texts) > 1 or "" in texts} == {}


def test_no_two_forms_recognise_the_same_sentence_with_different_english() -> None:
    shapes = Counter((form.pattern.pattern.replace(r"(-?\d[\d,]*(?:\.\d+)?)", "(.*?)")) for form in forms())
    assert [shape for shape, times in shapes.items() if times > 1] == []


def test_english_has_no_chinese_but_quoted_words() -> None:
    assert {said for said in english().values() if CHINESE.search(QUOTED.sub("", said))} == set()
