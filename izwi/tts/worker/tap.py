"""Sound out of a model that only returns it whole: run it in a thread, tap it from inside, stop it by an exception."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from izwi.engines import Cancelled

#: How often the reader asks whether anybody still listens, in seconds.
TICK = 0.05


class Stopped(Exception):
    """Raised inside the model to end it."""


class Tap:
    """``run(tap)`` in a thread; what it `give`s is iterated here. `check`, called in the model, raises `Stopped`."""

    def __init__(self, run: Callable[[Tap], Any], cancelled: Cancelled) -> None:
        self._run, self._cancelled = run, cancelled
        #: A value is a tuple of one, an error of the model itself, the end None.
        self._given: queue.Queue[tuple[Any] | BaseException | None] = queue.Queue()
        self._stop = threading.Event()

    def give(self, value: Any) -> None:
        self._given.put((value,))

    def check(self, *_: Any) -> None:
        """To be hooked into the model's inner loop. Raises `Stopped` once nobody listens."""
        if self._stop.is_set():
            raise Stopped

    def _work(self) -> None:
        ended: BaseException | None = None
        try:
            self._run(self)
        except Stopped:
            pass
        except BaseException as error:
            ended = error
        self._given.put(ended)

    def __iter__(self) -> Iterator[Any]:
        """The values given; returns soon after a cancel, with the model stopped. Raises what the model raised."""
        thread = threading.Thread(target=self._work, name="model", daemon=True)
        thread.start()
        try:
            while not self._cancelled():
                try:
                    given = self._given.get(timeout=TICK)
                except queue.Empty:
                    continue
                if given is None:
                    return
                if isinstance(given, BaseException):
                    raise given
                yield given[0]
        finally:
            self._stop.set()
            thread.join()
