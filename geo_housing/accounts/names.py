"""Sign-in names: one spelling each."""

import re
import unicodedata

from geo_housing.errors import BadInput

# Letters of any script, digits and . _ - ; a colon would end the name in HTTP Basic.
_NAME = re.compile(r"[\w][\w.\-@]{1,39}")


def normal_name(text: str) -> str:
    """The one spelling of a sign-in name: NFKC, trimmed, lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def new_name(text: str) -> str:
    """The spelling under which a new user is stored; BadInput when it may not be a name."""
    name = normal_name(text)
    if not _NAME.fullmatch(name):
        raise BadInput("用户名应为 2 到 40 个字，只含汉字、字母、数字和 . _ - @，并以字或数字开头。")
    return name
