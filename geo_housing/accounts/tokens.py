"""Random tokens of sessions, API clients and first links: 256 bits, stored as SHA-256 (D7)."""

import hashlib
import secrets


def new_token() -> str:
    """A fresh token, safe in addresses and headers."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What the database keeps of a token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


def short_id(stored: bytes) -> str:
    """A name for a stored session in lists and addresses; gives nothing away."""
    return stored.hex()[:16]
