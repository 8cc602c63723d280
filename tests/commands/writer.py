"""Another process that takes mail in, one after the other, until it is told to stop. Says how many."""

import os
import sys
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.config.settings")
django.setup()

from opsdesk.mail import intake  # noqa: E402 - Django has to know its settings first
from opsdesk.mail.sources import file_source  # noqa: E402

now = datetime.now(UTC)
source = file_source("writer", desk="support", start_at=None, now=now)
for number in range(1_000_000):
    raw = f"From: a@b.example\r\nMessage-ID: <{number}@w.example>\r\n\r\n{'word ' * 4000}{number}".encode()
    intake.store(source=source, raw=raw, label=str(number), received_at=now, now=now)
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
    if number == 30:
        sys.stderr.write("ready\n")
