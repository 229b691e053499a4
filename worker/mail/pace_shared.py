"""Turns for the senders of many processes: the lanes of `pace.py`, kept in Redis and counted by its clock.

Each script is one step there, so that two senders never get the same turn. The rules are those of `pace._Lane`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Share = Callable[[str, Sequence[str], Sequence[str | int | float]], Any]  # as `Broker.share`: None while it is away

_KEPT = 7200  # seconds: longer than turns are promised, and than a rate that was slowed down needs to grow back

# A lane: `next` turn and the last one `promised` (seconds since 1970); `learned` rate since `slowed`; how many turns in
# this `second` (`count`), and how many in the busiest one of late (`most`, `most_at`).
_LANE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local limit = tonumber(ARGV[1])
if limit == 0 then limit = math.huge end
local names = {'next', 'promised', 'learned', 'slowed', 'second', 'count', 'most', 'most_at'}
local found = redis.call('HMGET', KEYS[1], unpack(names))
local lane = {}
for at, name in ipairs(names) do lane[name] = tonumber(found[at] or false) or 0 end
local rate = limit
if lane.learned > 0 then
  local grown = lane.learned * math.pow(tonumber(ARGV[2]), math.min(now - lane.slowed, 36000) / 60)
  if grown > tonumber(ARGV[3]) then lane.learned = 0 else rate = math.min(limit, grown) end
end
local function keep()
  local values = {}
  for _, name in ipairs(names) do
    values[#values + 1] = name
    values[#values + 1] = string.format('%.6f', lane[name])
  end
  redis.call('HSET', KEYS[1], unpack(values))
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
"""

# Gives the time now, the turn ("" when it is too far ahead to be waited for), and the turn that is promised instead.
RESERVE = (
    _LANE
    + """
local patience, farthest, look_back = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local gap, due = 1 / rate, math.max(now, lane.next)
if due - now > patience then
  lane.promised = math.max(due, math.min(lane.promised + gap, now + farthest))
  keep()
  return {string.format('%.6f', now), '', string.format('%.6f', lane.promised)}
end
lane.next = due + gap
local second = math.floor(due)
if second ~= lane.second then
  if lane.count >= lane.most or second - lane.most_at > look_back then
    lane.most, lane.most_at = lane.count, lane.second
  end
  lane.count, lane.second = 0, second
end
lane.count = lane.count + 1
keep()
return {string.format('%.6f', now), string.format('%.6f', due), ''}
"""
)

# Halves the rate, unless somebody did so since the turn of the message that was refused; gives 1 when it did.
SLOW = (
    _LANE
    + """
local since, floor, pause = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if since <= lane.slowed then return 0 end
local used = math.max(lane.count, lane.most, 1)
lane.learned, lane.slowed = math.max(floor, math.min(rate, used) / 2), now
lane.next = math.max(lane.next, now + math.max(pause, 1 / math.min(limit, lane.learned)))
keep()
return 1
"""
)


class SharedLanes:
    """The lanes of all processes; each answer is None while Redis is away, and then every process has its own."""

    def __init__(self, share: Share, growth: float, no_matter: float) -> None:
        self._share, self._always = share, (growth, no_matter, _KEPT)

    def reserve(
        self, name: str, limit: float, patience: float, farthest: float, look_back: float
    ) -> tuple[float, float | None, float] | None:
        """Takes the next turn: the time now (seconds since 1970), the turn, and what is promised where that is None."""
        found = self._share(RESERVE, [f"pace:{name}"], [limit, *self._always, patience, farthest, look_back])
        if found is None:
            return None
        now, due, promised = found
        return float(now), float(due) if due else None, float(promised or 0)

    def slow(self, name: str, limit: float, since: float, floor: float, pause: float) -> bool | None:
        """Halves the rate, once for all who are told so together. `since`: the turn of the message."""
        found = self._share(SLOW, [f"pace:{name}"], [limit, *self._always, repr(since), floor, pause])
        return None if found is None else bool(found)
