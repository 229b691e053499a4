"""Ctrl-C that is noted, not raised: in the middle of a transaction it would lose what servers have answered.

A worker of a service is told to stop another way (`worker/stop.py`); both are seen here.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from worker import stop


@dataclass
class Interrupts:
    """Was the process told to stop?"""

    raised: bool = False

    @property
    def seen(self) -> bool:
        """Is it to stop now?"""
        return self.raised or stop.asked()


@contextmanager
def noted_interrupts() -> Iterator[Interrupts]:
    """Notes what would raise KeyboardInterrupt, and raises it at the end. Other threads than the main one get none."""
    interrupts = Interrupts()

    def note(number: int, frame: object) -> None:
        interrupts.raised = True

    is_main = threading.current_thread() is threading.main_thread()
    numbers = [n for n in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(n) is signal.default_int_handler]
    for number in numbers if is_main else ():
        signal.signal(number, note)
    try:
        yield interrupts
    finally:
        for number in numbers if is_main else ():
            signal.signal(number, signal.default_int_handler)
    if interrupts.raised:
        raise KeyboardInterrupt
