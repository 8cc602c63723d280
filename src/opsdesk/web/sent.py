"""What a form asked for, as a digest: by it one sent again is known from one that asks for something else."""

import json
from hashlib import sha256

from django.http import HttpRequest

# What may differ although the same is asked for.
BESIDE = {"csrfmiddlewaretoken", "form_key", "once_key", "seen_version"}


def fingerprint(request: HttpRequest) -> str:
    """The digest of what the form asks for, however its lines end."""
    asked = {
        name: [value.replace("\r\n", "\n") for value in values]
        for name, values in request.POST.lists()
        if name not in BESIDE
    }
    files = [(name, file.name, file.size) for name, some in request.FILES.lists() for file in some]
    return sha256(json.dumps([sorted(asked.items()), files]).encode()).hexdigest()
