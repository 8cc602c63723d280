"""A marketplace at the door: a scope that is open, a token, and requests as a program sends them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from opsdesk.deals.models import Scope, Stage
from opsdesk.deals.publishing import publish_shipped
from opsdesk.kernel.actor import SYSTEM
from opsdesk.kernel.permissions import OF_A_TOKEN, Act
from opsdesk.people import tokens
from tests import cast

PRIVATE, DEALER, ESTATE = "MN.USED_CAR_PRIVATE", "MN.USED_CAR_DEALER", "MN.REAL_ESTATE_SALE"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_numbers = count(1)


def open_scopes(*keys: str) -> None:
    """The shipped desks and templates, and these scopes open."""
    now = datetime.now(UTC)
    cast.desk(now)
    publish_shipped(now=now)
    for key in keys:
        country, _, category = key.partition(".")
        Scope.objects.filter(country=country, category=category).update(stage=Stage.OPEN)


def secret(abilities: Iterable[Act] = OF_A_TOKEN, scopes: Iterable[str] = (), *, name: str = "") -> str:
    """The secret of a new token."""
    made = tokens.add(
        name=name or f"market {next(_numbers)}",
        abilities=[act.value for act in abilities],
        scopes=list(scopes),
        actor=SYSTEM,
        now=datetime.now(UTC),
    )
    return made.secret


@dataclass
class Program:
    """A program with a token. Each POST takes a new key unless one is given."""

    token: str
    client: Client = field(
        default_factory=lambda: Client(enforce_csrf_checks=True, raise_request_exception=False)
    )

    def get(self, address: str, **query: Any) -> HttpResponse:
        return self.client.get(_full(address), query, headers=self._headers())  # type: ignore[return-value]

    def post(self, address: str, body: Any = None, *, key: str | None = None, **more: Any) -> HttpResponse:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = more.pop("kind", "application/json")
        headers = self._headers(new_key() if key is None else key)
        return self.client.post(_full(address), raw, content_type=kind, headers=headers, **more)  # type: ignore[return-value]

    def send(
        self, deal: int, data: bytes = JPEG, *, name: str = "a.jpg", key: str | None = None, **fields: str
    ) -> HttpResponse:
        """Evidence, as a form with a file."""
        form = {**fields, "file": SimpleUploadedFile(name, data)}
        headers = self._headers(new_key() if key is None else key)
        return self.client.post(_full(f"deals/{deal}/evidence"), form, headers=headers)  # type: ignore[return-value]

    def _headers(self, key: str = "") -> dict[str, str]:
        named = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return named | ({"Idempotency-Key": key} if key else {})

    def deal(self, **changes: Any) -> int:
        """A new deal; its number."""
        made = self.post("deals", draft(**changes))
        assert made.status_code == 201, made.content
        return int(made.json()["id"])

    def inspected(self, **changes: Any) -> int:
        """A deal in inspection; its number."""
        number = self.deal(**changes)
        for noun in ("funding", "delivery"):
            assert self.post(f"deals/{number}/{noun}").status_code == 200
        return number


def draft(**changes: Any) -> dict[str, Any]:
    return {
        "scope": PRIVATE,
        "item": "Toyota Prius 2015",
        "buyer": {"name": "Bat", "reference": "b-1"},
        "seller": {"name": "Saraa"},
        "total": {"minor": 100_000_000, "currency": "MNT"},
        **changes,
    }


def new_key() -> str:
    return f"key-{next(_numbers)}"


def _full(address: str) -> str:
    return address if address.startswith("/") else f"/api/v1/{address}"


def codes(answer: HttpResponse) -> tuple[int, str]:
    """Status and code of a problem."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    said = answer.json()  # type: ignore[attr-defined]
    assert said["status"] == answer.status_code
    assert said["type"] == f"/api/problems/{said['code']}"
    assert said["title"]
    assert said["detail"]
    return answer.status_code, said["code"]
