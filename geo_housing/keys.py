"""Encryption of personal data (D9): AES-256-GCM with the key's id in front, found again by a keyed hash.

The keys lie in one file, 0600, outside database and backup. Losing it loses every ID number and phone; the
backup says so. The household's id is associated data: a ciphertext copied to another household does not open.
"""

import hashlib
import hmac
import json
import os
import secrets
import uuid
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo_housing.errors import NotReady

NONCE_BYTES = 12
KEY_BYTES = 32


@dataclass(frozen=True)
class KeyRing:
    """All keys that some stored value may need; ``current`` encrypts. Key ids are 1-255."""

    keys: dict[int, bytes]
    current: int
    search_key: bytes

    def encrypt(self, text: str, *, field: str, owner: int) -> bytes:
        """Key id, nonce and ciphertext of ``text``, bound to ``field`` of household ``owner``."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), _bound_to(field, owner))
        return bytes([self.current]) + nonce + sealed

    def encrypt_many(self, texts: list[str | None], *, field: str, owners: list[int]) -> list[bytes | None]:
        """``encrypt`` for a column, None staying None; one cipher object and one draw of randomness for all."""
        cipher, prefix = AESGCM(self.keys[self.current]).encrypt, bytes([self.current])
        noise = os.urandom(NONCE_BYTES * len(texts))
        label = f"{field}:".encode()
        sealed: list[bytes | None] = []
        for i, (text, owner) in enumerate(zip(texts, owners, strict=True)):
            if text is None:
                sealed.append(None)
                continue
            nonce = noise[i * NONCE_BYTES : (i + 1) * NONCE_BYTES]
            sealed.append(prefix + nonce + cipher(nonce, text.encode(), label + str(owner).encode()))
        return sealed

    def decrypt(self, sealed: bytes, *, field: str, owner: int) -> str:
        """The text that was sealed; NotReady when its key is missing or it belongs elsewhere."""
        key = self.keys.get(sealed[0])
        if key is None:
            raise NotReady(f"密钥文件缺少 {sealed[0]} 号密钥，无法解密；请放回当时的密钥文件。")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return AESGCM(key).decrypt(nonce, body, _bound_to(field, owner)).decode()
        except (InvalidTag, ValueError):
            # ValueError: too short to hold anything.
            raise NotReady("这条加密数据与当前密钥或所属农户不符，可能被移动或改动过。") from None

    def search_id(self, text: str, *, field: str) -> uuid.UUID:
        """Keyed hash under which equal values of ``field`` are found without decrypting (128 bits)."""
        return uuid.UUID(bytes=self._digest(f"{field}:{text}"))

    def search_ids(self, texts: list[str | None], *, field: str) -> list[str | None]:
        """``search_id`` for a column, as hexadecimal text ready for COPY."""
        # HMAC (RFC 2104) with both halves of the key begun once: half the time of hmac.digest for each.
        block = self.search_key.ljust(hashlib.sha256().block_size, b"\0")
        inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        inner.update(f"{field}:".encode())
        found: list[str | None] = []
        for text in texts:
            if text is None:
                found.append(None)
                continue
            inside, outside = inner.copy(), outer.copy()
            inside.update(text.encode())
            outside.update(inside.digest())
            found.append(outside.digest()[:16].hex())
        return found

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self.search_key, text.encode(), hashlib.sha256)[:16]


def _bound_to(field: str, owner: int) -> bytes:
    return f"{field}:{owner}".encode()


def new_key_ring() -> KeyRing:
    """Fresh random keys."""
    return KeyRing({1: secrets.token_bytes(KEY_BYTES)}, 1, secrets.token_bytes(KEY_BYTES))


def with_new_key(ring: KeyRing) -> KeyRing:
    """The same ring with one more encryption key, which is current from now on."""
    number = max(ring.keys) + 1
    if number > 255:
        raise NotReady("密钥编号已用完（255 个）。")
    return KeyRing(ring.keys | {number: secrets.token_bytes(KEY_BYTES)}, number, ring.search_key)


def load_keys(path: Path) -> KeyRing:
    """The key ring of ``path``; NotReady when it is missing, readable by others, or damaged."""
    try:
        mode = path.stat().st_mode & 0o777
        content = json.loads(path.read_text("utf-8"))
        keys = {int(number): b64decode(key) for number, key in content["keys"].items()}
        ring = KeyRing(keys, int(content["current"]), b64decode(content["search"]))
        if any(len(key) != KEY_BYTES for key in (*keys.values(), ring.search_key)) or ring.current not in keys:
            raise ValueError("a key is cut off or missing")
    except FileNotFoundError:
        raise NotReady(f"没有找到密钥文件 {path}；身份证号和电话需要它。请放回原来的密钥文件。") from None
    except (ValueError, KeyError, TypeError, AttributeError, IsADirectoryError):
        raise NotReady(f"密钥文件 {path} 已损坏，请用备份的密钥文件替换。") from None
    if mode & 0o077:
        raise NotReady(f"密钥文件 {path} 的权限是 {mode:o}，别人也能读；请运行：chmod 600 {path}")
    return ring


def save_keys(ring: KeyRing, path: Path) -> None:
    """Write ``ring`` to ``path`` (0600), whole or not at all."""
    content = {
        "keys": {str(number): b64encode(key).decode() for number, key in ring.keys.items()},
        "current": ring.current,
        "search": b64encode(ring.search_key).decode(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        # Given as root; the service that reads it is the folder's owner.
        owner = path.parent.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
    draft.replace(path)


def ensure_keys(path: Path) -> KeyRing:
    """The ring of ``path``, made new when there is none yet (only for a database without encrypted rows)."""
    if not path.exists():
        save_keys(new_key_ring(), path)
    return load_keys(path)
