"""How much mail is held in memory at once, over all connections."""

from threading import Lock


class Room:
    """Bytes that may be held: whoever wants more than is left gets nothing and is asked to come later.

    A sixteenth is kept for small mails: however many large ones there are, they keep no small one out.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.kept = size // 16
        self.small = self.kept // 32
        self._left = size
        self._lock = Lock()

    def take(self, size: int, *, held: int = 0) -> bool:
        """Reserve so many bytes more for a mail that holds `held`; False if they are not there for it."""
        kept = 0 if held + size <= self.small else self.kept
        with self._lock:
            if size > self._left - kept:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self._left += size

    @property
    def left(self) -> int:
        return self._left
