"""The master key: made on the first run, kept in the home, readable by its owner only."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def master_key(home: Path) -> str:
    """The key of this installation; the first caller makes it, two at once agree on one."""
    path = home / "master.key"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    draft = Path(name)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
