"""Facts on disk: a column a file, written bit by bit, and a manifest that says what they are."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from opsdesk.insight.facts.schema import EVERY, VERSION
from opsdesk.insight.facts.values import Column, Columns, Part, rows_of
from opsdesk.journal.queries import Cursor

MANIFEST = "manifest.json"
TABLES = tuple(table.name for table in EVERY)
SLICE = 1 << 20


class BrokenFiles(Exception):
    """What lies there is no whole base of ours."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a base holds, up to which place of the change sequence, and the fact it stands on.

    `sizes`: rows by table.
    """

    version: int
    cursor: Cursor
    stands_on: str
    sizes: Mapping[str, int]
    books: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, text: str) -> "Manifest":
        """Raises `BrokenFiles` where it isn't one of this version."""
        try:
            found = json.loads(text)
            if found["version"] != VERSION:
                raise BrokenFiles(f"version {found['version']}")
            cursor = Cursor(**found.pop("cursor"))
            return cls(cursor=cursor, **found)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenFiles(str(error)) from error

    def text(self) -> str:
        """As it is written."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)


class ColumnFile:
    """One column while it is written. Its type widens when values need it."""

    def __init__(self, path: Path, dtype: np.dtype[Any]) -> None:
        self.path, self.dtype, self.rows = path, dtype, 0
        self._file = self._opened()

    def append(self, values: Column) -> None:
        """More values behind those that are there."""
        if not np.can_cast(values.dtype, self.dtype):
            self._widen(np.promote_types(self.dtype, values.dtype))
        self._file.write(np.ascontiguousarray(values, dtype=self.dtype).data)
        self.rows += len(values)

    def end(self) -> None:
        """Everything is on the disk, under a header that says how much it is."""
        self._file.seek(0)
        self._head(self._file)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def leave(self) -> None:
        """What is there is of no use."""
        self._file.close()

    def _opened(self) -> BinaryIO:
        file = self.path.open("wb")
        self._head(file)
        return file

    def _head(self, file: BinaryIO) -> None:
        """It has the same length whatever the number of rows, which is known at the end."""
        shape = {"descr": npy.dtype_to_descr(self.dtype), "fortran_order": False, "shape": (self.rows,)}
        npy.write_array_header_1_0(file, shape)

    def _widen(self, dtype: np.dtype[Any]) -> None:
        self.end()
        narrow = self.path.rename(self.path.with_suffix(".narrow"))
        self.dtype = dtype
        self._file = self._opened()
        values = loaded(narrow)
        for start in range(0, len(values), SLICE):
            self._file.write(values[start : start + SLICE].astype(dtype).data)
        narrow.unlink()


class BaseWriter:
    """A base while it is written: parts one after the other, in the order of the ids."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._columns: dict[str, ColumnFile] = {}
        self._sizes = dict.fromkeys(TABLES, 0)
        folder.mkdir(parents=True)

    def append(self, part: Part) -> None:
        """Another part behind those that are there."""
        stays, cases = self._sizes["stays"], self._sizes["cases"]
        moved = {("cases", "first"): stays, ("waits", "stay"): stays, ("again", "case"): cases}
        for table in TABLES:
            columns: Columns = getattr(part, table)
            for name, values in columns.items():
                by = moved.get((table, name), 0)
                self._column(table, name, values.dtype).append(values + values.dtype.type(by))
            self._sizes[table] += rows_of(columns)

    def end(self, *, cursor: Cursor, stands_on: str, books: Mapping[str, Sequence[str]]) -> None:
        """All of it is on the disk; the manifest comes last."""
        for column in self._columns.values():
            column.end()
        manifest = Manifest(VERSION, cursor, stands_on, self._sizes, books)
        with (self.folder / MANIFEST).open("w", encoding="utf-8") as file:
            file.write(manifest.text())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.folder)

    def leave(self) -> None:
        """It will not be ended."""
        for column in self._columns.values():
            column.leave()

    def _column(self, table: str, name: str, dtype: np.dtype[Any]) -> ColumnFile:
        key = f"{table}.{name}"
        if key not in self._columns:
            self._columns[key] = ColumnFile(self.folder / f"{key}.npy", dtype)
        return self._columns[key]


def opened(folder: Path) -> tuple[Manifest, Part]:
    """A base as it lies on the disk: nothing is read before it is asked for.

    Raises `BrokenFiles`, also where it is taken away meanwhile.
    """
    try:
        manifest = manifest_of(folder)
        tables: dict[str, dict[str, Column]] = {name: {} for name in TABLES}
        for path in sorted(folder.glob("*.npy")):
            table, name, _ = path.name.split(".")
            tables[table][name] = loaded(path)
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise BrokenFiles(str(error)) from error
    check_whole(manifest, tables)
    return manifest, Part(**tables)


def manifest_of(folder: Path) -> Manifest:
    """What a base says of itself. Raises `BrokenFiles`."""
    try:
        return Manifest.read((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise BrokenFiles(str(error)) from error


def check_whole(manifest: Manifest, tables: Mapping[str, Columns]) -> None:
    """Raises `BrokenFiles` where a table has not the columns and rows it must have."""
    for table in TABLES:
        if {len(values) for values in tables[table].values()} != {manifest.sizes[table]}:
            raise BrokenFiles(f"not all columns of {table} have its rows")


def loaded(path: Path) -> Column:
    """A column of a file, mapped into memory."""
    values: Column = np.load(path, mmap_mode="r", allow_pickle=False)
    return values.view(np.ndarray)


def sync_folder(folder: Path) -> None:
    """What was made or renamed in a folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
