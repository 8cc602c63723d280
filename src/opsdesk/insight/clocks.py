"""The two clocks that times are told by. They are never subtracted from one another."""

from enum import StrEnum


class Clock(StrEnum):
    """By the wall, or by business hours without the waits."""

    ELAPSED = "elapsed"
    WORKING = "working"
