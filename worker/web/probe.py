"""Questions whose answer may take long, or never come: asked in a thread of their own, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Probe(Generic[T]):
    """One question. Who asks while it is being answered waits for the same answer, so that a server which hangs holds
    up one thread, however often it is asked about."""

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._lock = threading.Lock()
        self._answer: Future[T] | None = None

    def ask(self, seconds: float) -> T:
        """The answer, or the question's own error. Raises TimeoutError when it takes longer; it goes on all the same.

        That no answer came in time is told once it has: the next who asks begins anew.
        """
        with self._lock:
            if self._answer is None or self._answer.done():
                self._answer = Future()
                threading.Thread(target=self._find, args=(self._answer,), name="probe", daemon=True).start()
            answer = self._answer
        return answer.result(seconds)

    def _find(self, answer: Future[T]) -> None:
        try:
            answer.set_result(self._question())
        except BaseException as error:  # whoever asks is told
            answer.set_exception(error)
