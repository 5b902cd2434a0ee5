"""Passwords: argon2 hashes, the same time for known and unknown users, what a new password must be like."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geo_housing.errors import BadInput

_HASHER = PasswordHasher()
# Each check takes 64 MiB by design: many at once would let strangers take the machine's memory.
_AT_ONCE = threading.BoundedSemaphore(2)
MOST_CHARACTERS = 200


@cache
def _nobodys_hash() -> str:
    """A hash of a password that nobody knows, checked when there is nothing else to check.

    Made with the first sign-in of any kind, not at the start: it takes as long as it is meant to.
    """
    return _HASHER.hash("9f1c2b7e-nobody-knows-this")


def hash_password(password: str) -> str:
    """The argon2 hash to store."""
    with _AT_ONCE:
        return _HASHER.hash(_typed(password))


def is_right(stored: str | None, password: str) -> bool:
    """Whether ``password`` fits; takes as long when there is no stored hash."""
    if len(password) > MOST_CHARACTERS:
        password, stored = "", None
    with _AT_ONCE:
        nobodys = _nobodys_hash()  # for known users, too: the first unknown one must not take twice as long
        try:
            _HASHER.verify(stored or nobodys, _typed(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def check_new(password: str, *, user_name: str, min_length: int) -> None:
    """BadInput, saying what is missing, unless ``password`` may become somebody's password."""
    typed = _typed(password)
    if len(typed) < min_length:
        raise BadInput(f"密码至少 {min_length} 位，请再加几位。")
    if len(typed) > MOST_CHARACTERS:
        raise BadInput(f"密码最多 {MOST_CHARACTERS} 位。")
    if typed.isdigit():
        raise BadInput("密码不能全是数字（生日、电话容易被猜到），请加上字母或汉字。")
    if len(set(typed)) < 4 or user_name.casefold() in typed.casefold():
        raise BadInput("密码太容易猜到：不要重复同几个字符，也不要包含用户名。")


def _typed(password: str) -> str:
    # Full-width and half-width forms are the same keys on a Chinese keyboard.
    return unicodedata.normalize("NFKC", password)
