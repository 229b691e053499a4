"""When to look at an article again: soon after something happened on it, then at growing gaps, in the end no more."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.source import Revisit
from worker.store.articles import Watched

GROWTH = 2  # a page that was quiet for some time is looked at again after twice that time
LONGEST_GAP = timedelta(days=4)
LONGEST_LIVE_GAP = timedelta(days=1)


def next_visit(
    watched: Watched, policy: Revisit, now: datetime, fresh_until: datetime | None = None
) -> datetime | None:
    """The time of the next visit of an article that was visited now; None: no more.

    With the default policy and nothing happening: after 1 h, 3 h, 9 h, 27 h, 3.4 d, 7.4 d and 11.4 d. A change or a new
    comment starts anew. A page that was old when we first saw it has been quiet since it was published. The server's
    own word that a page stays the same is taken, too.
    """
    quiet = now - watched.active_at
    if not policy.enabled or quiet >= (policy.live_until if watched.live else policy.until):
        return None
    if watched.active_at == watched.first_seen and watched.published is not None:
        quiet = max(quiet, now - watched.published)
    gap = max(policy.first, min(GROWTH * quiet, LONGEST_LIVE_GAP if watched.live else LONGEST_GAP))
    return max(now + gap, fresh_until or now)
