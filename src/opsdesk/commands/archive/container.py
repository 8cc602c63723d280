"""The file of a backup: a ZIP of the database part and, last, of the manifest."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from opsdesk.commands.archive.manifest import Manifest, Unreadable, from_json, to_json
from opsdesk.commands.archive.refusals import BackupDamaged, NoSuchBackup

MANIFEST = "manifest.json"
PIECE = 1 << 20
LEVEL = 3
MANIFEST_BYTES = 5_000_000
# Takes the share of the work that is done, from 0 to 1.
Progress = Callable[[float], None]


def silent(_: float) -> None:
    """For those who don't look."""


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, database: Path, manifest: Manifest, progress: Progress) -> None:
    """Pack the database part and its manifest. What PostgreSQL has packed is not packed again."""
    packing = zipfile.ZIP_DEFLATED if manifest.engine == "sqlite" else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "x", packing, compresslevel=LEVEL) as file:
        path.chmod(0o600)
        with database.open("rb") as source, file.open(manifest.member, "w", force_zip64=True) as member:
            done = 0
            while piece := source.read(PIECE):
                member.write(piece)
                done += len(piece)
                progress(done / max(manifest.size, 1))
        file.writestr(MANIFEST, to_json(manifest))


def read_manifest(path: Path) -> Manifest:
    """What the backup says of itself. Refuses `NoSuchBackup`, `BackupDamaged`."""
    with _opened(path) as file:
        if file.getinfo(MANIFEST).file_size > MANIFEST_BYTES:
            raise Unreadable("its manifest is too long")
        return from_json(file.read(MANIFEST).decode())


def unpack(path: Path, manifest: Manifest, target: Path, progress: Progress) -> None:
    """Write the database part to `target` and see that it is what was packed. Refuses `BackupDamaged`."""
    with _opened(path) as file, file.open(manifest.member) as member, target.open("xb") as copy:
        target.chmod(0o600)
        reckoned, done = hashlib.sha256(), 0
        for piece in _pieces(member, manifest.size):
            reckoned.update(piece)
            copy.write(piece)
            done += len(piece)
            progress(done / max(manifest.size, 1))
        if (reckoned.hexdigest(), done) != (manifest.digest, manifest.size):
            raise Unreadable("its database part is not the one that its manifest describes")


def _pieces(member: IO[bytes], size: int) -> Iterator[bytes]:
    """Never more than was announced and one piece: a forged file doesn't fill the disk."""
    read = 0
    while read <= size and (piece := member.read(PIECE)):
        read += len(piece)
        yield piece


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        raise NoSuchBackup(path=path)
    try:
        with zipfile.ZipFile(path) as file:
            yield file
    except (zipfile.BadZipFile, KeyError, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise BackupDamaged(path=path, problem=_in_words(error)) from None


def _in_words(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    if isinstance(error, KeyError):
        return "it is no backup of Opsdesk"
    return f"it is damaged or no backup ({error})"
