"""How often somebody may knock, counted on the cache that all processes share."""

from datetime import datetime

from django.core.cache import cache

MINUTE_S = 60


def is_over(name: str, *, limit: int, now: datetime) -> bool:
    """Count one more under this name; whether there were more than `limit` in this minute.

    Two who count in the same instant may be counted as one: a limit is no ledger.
    """
    key = f"rate:{name}:{int(now.timestamp()) // MINUTE_S}"
    cache.add(key, 0, 2 * MINUTE_S)
    try:
        return cache.incr(key) > limit
    except ValueError:
        return False
