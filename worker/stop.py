"""The wish to stop: said once, and heard by every thread, and every process that was forked off later or before.

Celery tells its main process alone that it is to stop, and then waits for what its children have in hand. So the wish
is a byte that they share.
"""

from __future__ import annotations

import mmap

_SHARED = mmap.mmap(-1, 1)  # anonymous, and the same one in all who are forked off this process


def ask() -> None:
    """Has work that takes long end soon: it keeps what it has, and gives the rest back."""
    _SHARED[0] = 1


def asked() -> bool:
    """Is this process, or the one it was forked off, to stop?"""
    return bool(_SHARED[0])


def forget() -> None:
    """Goes on: for tests, and for who begins anew in the same process."""
    _SHARED[0] = 0
