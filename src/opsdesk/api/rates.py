"""How often a token may knock, counted on the cache that all processes share."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How many requests of `limit` are left in this minute, and in how many seconds the next one begins."""

    limit: int
    left: int
    reset_s: int

    @property
    def is_over(self) -> bool:
        return self.left < 0

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.reset_s),
        }


def count(name: str, *, limit: int, now: datetime) -> Rate:
    """Count one more under this name. Two who count in the same instant may be one: a limit is no ledger."""
    minute, second = divmod(int(now.timestamp()), MINUTE_S)
    key = f"rate:{name}:{minute}"
    try:
        used = cache.incr(key)
    except ValueError:
        used = 1 if cache.add(key, 1, 2 * MINUTE_S) else 2
    return Rate(limit, limit - used, MINUTE_S - second)
