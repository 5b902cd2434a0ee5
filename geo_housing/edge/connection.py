"""One connection of the web server: its head must come in time, or it is given up."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# The head of a request fits into one packet. A thousand clients that never finish theirs would take every descriptor.
HEAD_S = 30.0


class Connection(H11Protocol):
    """Uvicorn's own, which waits for ever for the first request and for every head that has begun."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Wait on while the head is not complete; once it is, the edge watches over the body (requests.py)."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head is None:
            self._head = self.loop.call_later(HEAD_S, self._give_up)

    def _give_up(self) -> None:
        self._head = None
        transport: Any = self.transport
        # An answer may still be on its way to somebody who has sent the beginning of the next request.
        if self.conn.their_state is h11.IDLE and not transport.is_closing():
            transport.close()

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None
