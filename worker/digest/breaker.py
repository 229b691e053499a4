"""When an issue must not go on: refused in a row for our own sake, or too often refused at all."""

from __future__ import annotations

from collections import defaultdict, deque

from worker.broker import Broker

STREAK = 10  # refusals in a row that are about us, as of a mail without a valid signature
WINDOW, SHARE = 50, 0.2  # of so many answers, this share refused for good
_KEPT = 7 * 24 * 3600  # seconds: longer than an issue is tried

# Notes an answer and gives the last ones to this issue, of all senders.
_SEEN = """
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[2]), -1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('LRANGE', KEYS[1], 0, -1)
"""
_FORGET = "return redis.call('DEL', KEYS[1])"


class Breaker:
    """Watches the answers to an issue's messages: with Redis those of all senders, else of this process."""

    def __init__(self, broker: Broker | None = None) -> None:
        self._answers: dict[int, deque[str]] = defaultdict(lambda: deque(maxlen=WINDOW))
        self._broker = broker

    def seen(self, issue_id: int, kind: str) -> None:
        """Notes an answer: "" when the message was taken, else the kind of a refusal for good."""
        self._answers[issue_id].append(kind)
        together = self._broker and self._broker.share(_SEEN, [f"breaker:{issue_id}"], [kind, WINDOW, _KEPT])
        if together:
            self._answers[issue_id] = deque((one.decode() for one in together), WINDOW)

    def reason(self, issue_id: int) -> str:
        """Why the issue should be paused; "" when nothing speaks for that."""
        answers = self._answers[issue_id]
        if len(answers) >= STREAK and all(kind == "ours" for kind in list(answers)[-STREAK:]):
            return f"{STREAK} messages in a row were refused for a reason that lies with us"
        refused = sum(kind != "" for kind in answers)
        if len(answers) == WINDOW and refused >= SHARE * WINDOW:
            return f"{refused} of the last {WINDOW} messages were refused for good"
        return ""

    def forget(self, issue_id: int) -> None:
        """Begins anew: what was refused before a pause says nothing about what comes after it."""
        self._answers.pop(issue_id, None)
        if self._broker:
            self._broker.share(_FORGET, [f"breaker:{issue_id}"])
