"""How much mail is held in memory at once, over all connections."""

from threading import Lock


class Room:
    """Bytes that may be held: whoever wants more than is left gets nothing and is asked to come later."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._left = size
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Reserve so many bytes; False if they are not there."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self._left += size

    @property
    def left(self) -> int:
        return self._left
