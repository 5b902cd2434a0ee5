"""Marks in the templates of English pages: between two texts they have Chinese punctuation, as in 户主：…（已搬离）, which is exchanged.

A paper for villages and offices stays Chinese, marks included: its template has Chinese words of its own.
"""

import re
from collections.abc import Iterable

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from geo_housing.translation import LATIN_MARKS, latin_marks

_HAN = re.compile(r"[\u4e00-\u9fff]")


class LatinMarks(Extension):
    """Exchanges the marks in a template's own text, once, when it is read; texts that are filled in stay as they are."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The template's tokens with other marks."""
        tokens = list(stream)
        if any(token.type == "data" and _HAN.search(token.value) for token in tokens):
            yield from tokens
            return
        for token in tokens:
            # {{ "、" if not loop.last }} and join("、") are marks, too; a msgid is none.
            if token.type == "data" or (token.type == "string" and all(mark in LATIN_MARKS for mark in token.value)):
                yield Token(token.lineno, token.type, latin_marks(token.value))
            else:
                yield token
