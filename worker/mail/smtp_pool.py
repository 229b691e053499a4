"""The kept connections of one SMTP server: each is used by one thread at a time, the last one used is used next."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from worker.mail.smtp_connection import Connection

_CROWDED = 300.0  # seconds for which we do with fewer connections after the server had enough of them


class Place:
    """A thread's turn at a connection; used with `with`."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._round = pool, pool.round
        self.connection = pool.take()

    def renew(self) -> Connection:
        """A new connection in place of one that the server ended between two messages. Raises what opening one does."""
        self.connection = self._pool.renewed(self.connection)
        return self.connection

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.give_back(self.connection, keep=self._round == self._pool.round)


class Pool:
    """Keeps up to `most` connections, each for `per_connection` messages and until it was idle for `idle` seconds.

    `connect` opens one; `crowded` tells whether its error means that the server has enough connections.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        crowded: Callable[[Exception], bool],
        clock: Callable[[], float],
        *,
        most: int,
        per_connection: int,
        idle: float,
    ) -> None:
        self._connect, self._crowded, self._clock = connect, crowded, clock
        self._most, self._per_connection, self._longest_idle = most, per_connection, idle
        self._changed = threading.Condition()
        self._idle: list[Connection] = []
        self._used = 0
        self._fewer, self._fewer_since = most, clock() - _CROWDED
        self.round = 0  # grows with each `close`; what was taken in an earlier round is not kept
        self._ends: deque[int] = deque(maxlen=3)

    def place(self) -> Place:
        """A kept connection, or a new one; waits while all are in use. Raises what `connect` raises."""
        return Place(self)

    def close(self) -> None:
        """Says goodbye on all connections; those in use follow when they are given back."""
        with self._changed:
            idle, self._idle = self._idle, []
            self.round += 1
        for connection in idle:
            connection.close()

    def take(self) -> Connection:
        """Waits for a connection. Raises what `connect` raises."""
        while True:
            if kept := self._reserve():
                return kept
            try:
                return self._connect()
            except BaseException as error:
                if not self._do_with_fewer(error):
                    raise

    def _reserve(self) -> Connection | None:
        """Waits until one more may be used: a kept one, or None when one has to be opened."""
        with self._changed:
            while not self._idle and self._used >= self._allowed():
                self._changed.wait()
            self._used += 1
            while self._idle:
                connection = self._idle.pop()
                if self._is_fresh(connection):
                    return connection
                connection.drop()  # it may be half dead, so nothing is waited for
            return None

    def give_back(self, connection: Connection, keep: bool) -> None:
        """Keeps the connection for the next message, or says goodbye to it."""
        connection.used_at = self._clock()
        keep = keep and connection.alive and connection.carried < self._per_connection
        if not keep:
            connection.close()  # before its place is given away: the server may count them
        with self._changed:
            self._used -= 1
            if keep:
                self._idle.append(connection)
            # The longest unused lies at the bottom, where no thread may come for long.
            if self._idle and not self._is_fresh(self._idle[0]):
                self._idle.pop(0).drop()
            self._changed.notify()

    def renewed(self, ended: Connection) -> Connection:
        """Three that end after the same number of messages are no accident: that is this server's limit."""
        with self._changed:
            self._ends.append(ended.carried - 1)
            if len(self._ends) == 3 and len(set(self._ends)) == 1:
                self._per_connection = max(1, min(self._per_connection, self._ends[0]))
        return self._connect()

    def _is_fresh(self, connection: Connection) -> bool:
        return connection.used_at > self._clock() - self._longest_idle

    def _allowed(self) -> int:
        return self._fewer if self._clock() < self._fewer_since + _CROWDED else self._most

    def _do_with_fewer(self, error: BaseException) -> bool:
        """No connection came about. When the server has enough of them and some are ours, those do."""
        with self._changed:
            self._used -= 1
            self._changed.notify()
            if not self._used or not isinstance(error, Exception) or not self._crowded(error):
                return False
            self._fewer, self._fewer_since = self._used, self._clock()
            return True
