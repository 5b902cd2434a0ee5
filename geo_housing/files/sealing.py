"""Encryption of stored files in pieces, so that a ledger of any size is sealed and opened with flat memory (D9).

Head: ``GHF1``, key id, seven random bytes. Each piece of 64 KiB is AES-256-GCM under the nonce (random bytes, number,
last or not): a piece that was swapped, dropped or cut off at the end does not open.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from geo_housing.errors import NotReady
from geo_housing.keys import KeyRing

MAGIC = b"GHF1"
PIECE_BYTES = 1 << 16
TAG_BYTES = 16
SALT_BYTES = 7
HEAD_BYTES = len(MAGIC) + 1 + SALT_BYTES


class Seal:
    """Seals one file: ``head``, then what ``add`` returns, then ``end``."""

    def __init__(self, ring: KeyRing) -> None:
        self.head = MAGIC + bytes([ring.current]) + os.urandom(SALT_BYTES)
        self._cipher = AESGCM(ring.keys[ring.current])
        self._number = 0
        self._waiting = bytearray()

    def add(self, content: bytes) -> bytes:
        """Sealed pieces that are complete by now; the last piece always waits for ``end``."""
        self._waiting += content
        sealed = bytearray()
        while len(self._waiting) > PIECE_BYTES:
            sealed += self._piece(bytes(self._waiting[:PIECE_BYTES]), is_last=False)
            del self._waiting[:PIECE_BYTES]
        return bytes(sealed)

    def end(self) -> bytes:
        """The last piece."""
        return self._piece(bytes(self._waiting), is_last=True)

    def _piece(self, content: bytes, *, is_last: bool) -> bytes:
        sealed = self._cipher.encrypt(_nonce(self.head, self._number, is_last), content, self.head)
        self._number += 1
        return sealed


def unsealed(file: BinaryIO, ring: KeyRing) -> Iterator[bytes]:
    """The content of a sealed file, piece by piece; NotReady when the key is missing or the file was damaged."""
    head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        raise NotReady("这个文件不是本平台加密保存的，无法打开；请检查文件目录是否被改动。")
    key = ring.keys.get(head[len(MAGIC)])
    if key is None:
        raise NotReady(f"密钥文件缺少 {head[len(MAGIC)]} 号密钥，无法打开这个文件；请放回当时的密钥文件。")
    cipher, number = AESGCM(key), 0
    piece = file.read(PIECE_BYTES + TAG_BYTES)
    while True:
        following = file.read(PIECE_BYTES + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(head, number, not following), piece, head)
        except InvalidTag:
            raise NotReady("这个文件已损坏或被改动，无法打开；请从备份恢复。") from None
        if not following:
            return
        piece, number = following, number + 1


def _nonce(head: bytes, number: int, is_last: bool) -> bytes:
    return head[-SALT_BYTES:] + number.to_bytes(4, "big") + bytes([is_last])
