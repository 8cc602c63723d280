"""The bytes of an export: a file, or an upload kept in pieces, plain or gzip, read from front to back."""

import gzip
import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from opsdesk.history.models import Import, Piece
from opsdesk.kernel.refusal import Refusal, gettext_noop

GZIP = b"\x1f\x8b"
PIECE = 1 << 20
# A packed file may unpack to so much; one that does to more is unpacked by hand, or is no export.
MOST_UNPACKED = 2 * 1024**3
# Of one that is only looked at.
MOST_LOOKED_AT = 256 * 1024**2
Opener = Callable[[], io.RawIOBase]


class NoSuchFile(Refusal):
    message = gettext_noop("There is no file at %(path)s.")


class FileEmpty(Refusal):
    message = gettext_noop("The file %(name)s is empty.")


class FileUnreadable(Refusal):
    """A file that ends too soon, or is not what its map says."""

    message = gettext_noop("%(name)s can't be read as %(format)s: %(problem)s")


class NoTable(FileUnreadable):
    message = gettext_noop(
        "%(name)s is no table: it is neither CSV nor XES nor JSON lines. Save it as one of these in the"
        " program it comes from, and choose it again."
    )


class NoRows(FileUnreadable):
    message = gettext_noop(
        "%(name)s has no rows. A table has one line with the names of its columns, and below it a row for"
        " each thing that happened."
    )


class OtherFormat(FileUnreadable):
    message = gettext_noop(
        "%(name)s is not %(wanted)s, which the map reads. Take the map that fits the file, or the file that"
        " fits the map."
    )


class TooMuchUnpacked(FileUnreadable):
    message = gettext_noop(
        "%(name)s unpacks to more than %(most)s MB. Unpack it yourself, look at it, and bring it in with the"
        " command: opsdesk import-history."
    )


@dataclass(frozen=True, slots=True)
class Export:
    """A file that can be read again and again."""

    name: str
    digest: str
    size: int
    open: Opener


class Counted(io.RawIOBase):
    """Bytes as they are read, counted for the progress."""

    def __init__(self, inner: io.RawIOBase) -> None:
        self.inner = inner
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.inner.read(len(buffer)) or b""
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        self.inner.close()
        super().close()


class Unpacked(io.RawIOBase):
    """What a packed file unpacks to, up to a limit. Refuses `TooMuchUnpacked`."""

    def __init__(self, packed: IO[bytes], name: str, most: int) -> None:
        self.inner = gzip.GzipFile(fileobj=packed)
        self.name = name
        self.most = self.left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self.inner.readinto(buffer)
        self.left -= count
        if self.left < 0:
            raise TooMuchUnpacked(name=self.name, most=self.most // 1024**2)
        return count


class Stored(io.RawIOBase):
    """An upload, one piece of it in memory at a time."""

    def __init__(self, import_id: int) -> None:
        self.import_id = import_id
        self.number = 0
        self.left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.left:
            piece = Piece.objects.filter(imported_id=self.import_id, number=self.number)
            self.left = bytes(piece.values_list("data", flat=True).first() or b"")
            self.number += 1
        given, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)


def of_path(path: Path) -> Export:
    """A file on this machine. Refuses `NoSuchFile`, `FileEmpty`."""
    if not path.is_file():
        raise NoSuchFile(path=path)
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    if not size:
        raise FileEmpty(name=path.name)
    return Export(path.name, digest.hexdigest(), size, lambda: io.FileIO(path))


def of_upload(imported: Import) -> Export:
    """The file that an import was uploaded with."""
    number = imported.id
    return Export(imported.file_name, imported.file_digest, imported.file_bytes, lambda: Stored(number))


@contextmanager
def reading(export: Export, *, most: int = 0) -> Iterator[tuple[IO[bytes], Counted]]:
    """The bytes, unpacked where they are gzip, and what counts those read of the file itself.

    `most`: so many bytes are unpacked, `MOST_UNPACKED` unless said. Reading on refuses `TooMuchUnpacked`.
    """
    counted = Counted(export.open())
    with io.BufferedReader(counted, PIECE) as plain:
        if plain.peek(2)[:2] == GZIP:
            unpacked = Unpacked(plain, export.name, most or MOST_UNPACKED)
            yield io.BufferedReader(unpacked, PIECE), counted
        else:
            yield plain, counted
