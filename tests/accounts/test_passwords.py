"""What a look at a password costs, and that a name that nobody has costs the same."""

import time

import pytest

from geo_housing.accounts.passwords import MOST_CHARACTERS, _nobodys_hash, hash_password, is_right

# Of RFC 9106 for servers that share their memory: 64 MiB, three passes, four lanes.
PRICE = "$argon2id$v=19$m=65536,t=3,p=4$"
PASSWORD = "pass-word-of-9A"


@pytest.mark.usefixtures("dear_passwords")
def test_a_password_is_dear_to_guess_whoever_there_is_and_whatever_is_typed() -> None:
    stored = hash_password(PASSWORD)
    assert stored.startswith(PRICE) and _nobodys_hash().startswith(PRICE)
    assert is_right(stored, PASSWORD)

    def cost(known: str | None, typed: str) -> float:
        """Of the processor, in all lanes; the less of two, because others work beside it."""
        costs = []
        for _ in range(2):
            before = time.process_time()
            assert not is_right(known, typed)
            costs.append(time.process_time() - before)
        return min(costs)

    wrong = cost(stored, PASSWORD + "x")
    assert wrong > 0.02
    too_long = "x" * (MOST_CHARACTERS + 1)
    assert all(0.5 < cost(*tried) / wrong < 2 for tried in ((None, PASSWORD), (stored, too_long)))


def test_other_tests_pay_little() -> None:
    """But are looked at by the same algorithm."""
    stored = hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert is_right(stored, PASSWORD) and not is_right(stored, "wrong") and not is_right(None, PASSWORD)
