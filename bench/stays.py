"""A million synthetic stays, or as many as `STAYS` says, written in bulk by the database itself.

`STAYS=10000000 bin/bench stays` says how fast; `reports.py` uses the same. With `MAILS=1` a mail of a person
reached us for each stay, when it began: those of a request are one thread. Of 100 requests 70 end at Tier 1,
25 at Tier 2 and 5 at Tier 3, one in twenty is open, over three years; every value follows from the request's
number, so two fillings are alike, on both engines.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.config.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django has to know its settings first
from django.db import connection, transaction  # noqa: E402
from django.db.models import BooleanField, Field, Model  # noqa: E402

from opsdesk.accounts.models import Account  # noqa: E402
from opsdesk.cases.models import Case, Stay  # noqa: E402
from opsdesk.commands.installation import prepare  # noqa: E402
from opsdesk.mail.models import Arrival, CaseMessage, Message, Source, Thread  # noqa: E402
from opsdesk.vault import actions as vault  # noqa: E402

STAYS = 1_000_000
MAILS = os.environ.get("MAILS") == "1"
PER_CASE = 1.35
ACCOUNTS = 400
CASES_AT_ONCE = 200_000
SINCE = datetime(2023, 1, 1, tzinfo=UTC)
YEARS_S = 3 * 365 * 24 * 3600
NOW = SINCE + timedelta(seconds=YEARS_S)
TYPES = ("how-to.dashboard", "integration.dms", "core.llm-behaviour", "integration.scheduler")


def fill(stays: int) -> int:
    """Write about so many stays; how many requests they are of."""
    cases = round(stays / PER_CASE)
    accounts()
    for first in range(1, cases + 1, CASES_AT_ONCE):
        last = min(first + CASES_AT_ONCE - 1, cases)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert(Case, case_values(cases), numbers(first, last), tiers=""))
            for tier in (1, 2, 3):
                values = stay_values(tier, cases)
                cursor.execute(insert(Stay, values, numbers(first, last), tiers=f"WHERE h >= {tier}"))
    if MAILS:
        mails(cases)
    analysed()
    return cases


def mails(cases: int) -> None:
    """Write a thread for each request, and a mail in it for each of its stays."""
    digest = vault.store_one(
        b"Subject: The lift stands still\r\n\r\n", media_type="message/rfc822", now=SINCE
    )
    Source.objects.create(id=1, key="bench", kind=Source.Kind.IMAP, desk="support", created_at=SINCE)
    for first in range(1, cases + 1, CASES_AT_ONCE):
        some = numbers(first, min(first + CASES_AT_ONCE - 1, cases))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(insert(Thread, {"id": "i", "created_at": instant(opened(cases))}, some, tiers=""))
            for tier in (1, 2, 3):
                for model, values in mail_values(tier, cases, digest).items():
                    cursor.execute(insert(model, values, some, tiers=f"WHERE h >= {tier}"))


def accounts() -> None:
    Account.objects.bulk_create(
        Account(key=f"dealer-{n}", name=f"Dealer {n}", live_on=SINCE.date(), recorded_at=SINCE)
        for n in range(1, ACCOUNTS + 1)
    )


def numbers(first: int, last: int) -> str:
    """The requests' numbers `i`, each with its highest tier `h`, and whether it is `still` open."""
    if connection.vendor == "sqlite":
        series = (
            f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
            " SELECT i FROM n"
        )
    else:
        series = f"SELECT i FROM generate_series({first}::bigint, {last}::bigint) AS n(i)"
    tier = f"CASE WHEN {drawn(1, 100)} < 70 THEN 1 WHEN {drawn(1, 100)} < 95 THEN 2 ELSE 3 END"
    return f"SELECT i, {tier} AS h, {drawn(2, 20)} = 0 AS still FROM ({series}) s"


def drawn(salt: int, below: int) -> str:
    """A number from 0 that looks random and follows from `i`."""
    return f"(((i * {2654435761 + 2 * salt} + {salt * 40503}) % 4294967291) / 7 % {below})"


def opened(cases: int) -> str:
    return f"({int(SINCE.timestamp())} + i * {YEARS_S} / {cases})"


def spent(tier: int) -> str:
    """Seconds at a tier: ten minutes to a day or so, more the higher."""
    return f"(600 + {drawn(10 + tier, 86_400)} * {tier})"


def entered(tier: int, cases: int) -> str:
    return " + ".join([opened(cases), *(spent(below) for below in range(1, tier))])


def instant(seconds: str) -> str:
    if connection.vendor == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%S', {seconds}, 'unixepoch')"
    return f"to_timestamp({seconds})"


def queue(tier: str) -> str:
    """A queue of the shipped desk at that tier."""
    core = f"{drawn(3, 3)} = 0"
    return (
        f"CASE WHEN {tier} = 1 THEN 'ops' WHEN {tier} = 2 AND {core} THEN 'core-support'"
        f" WHEN {tier} = 2 THEN 'integration-support' WHEN {core} THEN 'core-engineering'"
        " ELSE 'integration-engineering' END"
    )


def case_values(cases: int) -> dict[str, str]:
    """What is not empty in a request, as SQL."""
    types = " ".join(f"WHEN {n} THEN '{key}'" for n, key in enumerate(TYPES))
    families = " ".join(f"WHEN {n} THEN '{key.partition('.')[0]}'" for n, key in enumerate(TYPES))
    chosen = drawn(4, len(TYPES))
    ended = "CASE h WHEN 1 THEN " + " WHEN 2 THEN ".join(f"{entered(t, cases)} + {spent(t)}" for t in (1, 2))
    ended += f" ELSE {entered(3, cases)} + {spent(3)} END"
    first = instant(opened(cases))
    return {
        "id": "i",
        "desk": "'support'",
        "kind": "'request'",
        "state": "CASE WHEN still THEN 'open' ELSE 'resolved' END",
        "queue": queue("h"),
        "tier": "h",
        "highest_tier": "h",
        "subject": "'The lift stands still'",
        "account_id": f"(SELECT MIN(id) FROM accounts_account) + {drawn(5, ACCOUNTS)}",
        "family": f"CASE {chosen} {families} END",
        "type": f"CASE {chosen} {types} END",
        "opened_at": first,
        "recorded_at": first,
        "due_sort_at": first,
        "first_response_at": instant(f"{opened(cases)} + {drawn(6, 7_200)}"),
        "resolved_at": f"CASE WHEN still THEN NULL ELSE {instant(ended)} END",
        "cause": "CASE WHEN still THEN '' ELSE 'configuration' END",
    }


def stay_values(tier: int, cases: int) -> dict[str, str]:
    """What is not empty in the stay at a tier, as SQL. The last one of an open request runs."""
    runs = f"still AND h = {tier}"
    start, took = entered(tier, cases), spent(tier)

    def closed(value: str, otherwise: str = "NULL") -> str:
        return f"CASE WHEN {runs} THEN {otherwise} ELSE {value} END"

    return {
        "case_id": "i",
        "number": str(tier),
        "desk": "'support'",
        "queue": queue(str(tier)),
        "tier": str(tier),
        "entrance": "'opened'" if tier == 1 else "'escalated'",
        "reason": "''" if tier == 1 else "'needs-skill'",
        "entered_at": instant(start),
        "first_touch_at": instant(f"{start} + {took} / 4"),
        "left_at": closed(instant(f"{start} + {took}")),
        "exit": closed(f"CASE WHEN h = {tier} THEN 'resolved' ELSE 'escalated' END", "''"),
        "elapsed_s": closed(took),
        "business_s": closed(f"{took} / 3"),
        "waiting_customer_s": closed("0"),
        "waiting_third_party_s": closed("0"),
        "calendar_version": closed(f"'{'support' if tier < 3 else 'engineering'}@1+0'", "''"),
    }


def mail_values(tier: int, cases: int, digest: str) -> dict[type[Model], dict[str, str]]:
    """What is not empty in the mail that reached us as the stay at a tier began, as SQL."""
    id, came = f"i + {(tier - 1) * cases}", instant(entered(tier, cases))
    message = {
        "id": id,
        "direction": "'in'",
        "identity": f"CAST({id} AS TEXT)",
        "message_id": f"CAST({id} AS TEXT)",
        "blob_id": f"'{digest}'",
        "thread_id": "i",
        "from_address": f"'dealer-' || {drawn(5, ACCOUNTS)} || '@bench.example'",
        "to": "'[]'",
        "cc": "'[]'",
        "subject": "'The lift stands still'",
        "received_at": came,
        "recorded_at": came,
    }
    arrival = {
        "id": id,
        "source_id": "1",
        "mailbox": "'INBOX'",
        "uidvalidity": "1",
        "uid": id,
        "blob_id": f"'{digest}'",
        "received_at": came,
        "recorded_at": came,
        "outcome": "'requests'" if tier == 1 else "'joined'",
        "sorted_at": came,
        "message_id": id,
    }
    link = {
        "case_id": "i",
        "message_id": id,
        "how": "'opened'" if tier == 1 else "'joined'",
        "linked_at": came,
    }
    return {Message: message, Arrival: arrival, CaseMessage: link}


def insert(model: type[Model], values: dict[str, str], source: str, *, tiers: str) -> str:
    """The statement that writes a row for each of the numbers; columns not named are empty."""
    fields = [
        field for field in model._meta.concrete_fields if field.column in values or field.column != "id"
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    chosen = ", ".join(values.get(str(field.column), nothing(field)) for field in fields)
    return f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {chosen} FROM ({source}) x {tiers}"


def nothing(field: Field) -> str:
    if field.null:
        return "NULL"
    if isinstance(field, BooleanField):
        return "FALSE"
    return "0" if "Integer" in field.get_internal_type() else "''"


def analysed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> None:
    wanted = int(os.environ.get("STAYS", str(STAYS)))
    call_command("migrate", verbosity=0)
    prepare(now=SINCE)
    if Case.objects.exists():
        sys.exit("There are cases already: give an OPSDESK_HOME of its own.")
    begun = time.perf_counter()
    cases = fill(wanted)
    took = time.perf_counter() - begun
    print(f"{Stay.objects.count():,} stays of {cases:,} requests in {took:.1f} s")


if __name__ == "__main__":
    main()
