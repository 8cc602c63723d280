"""Mails that a search for faults once found (`bench/fuzz_mail.py`), kept as they were."""

from pathlib import Path

FINDS = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "finds").glob("*.eml"))}
