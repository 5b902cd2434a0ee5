"""One step ahead: the next batches are read, checked and sealed while the database works on those before them."""

from collections.abc import Iterable, Iterator
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

DEPTH = 2
_WAIT_S = 0.2
T = TypeVar("T")


class _End:
    """After the last batch: what went wrong, if anything did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[T]) -> Iterator[T]:
    """``items`` in their order, made by a thread of its own, at most DEPTH of them waiting.

    Whatever goes wrong there is raised here; when nobody wants more, the thread ends with the item in hand.
    """
    waiting: Queue[T | _End] = Queue(DEPTH)
    unwanted = Event()

    def hand_over(item: T | _End) -> None:
        while not unwanted.is_set():
            try:
                waiting.put(item, timeout=_WAIT_S)
            except Full:
                continue
            return

    def work() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                hand_over(item)
                if unwanted.is_set():
                    return
        except BaseException as raised:  # noqa: BLE001 -- nothing is swallowed: it is raised where the items are wanted
            error = raised
        hand_over(_End(error))

    thread = Thread(target=work, name="ledger-ahead", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = waiting.get(timeout=_WAIT_S)
            except Empty:
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        unwanted.set()
        thread.join()
