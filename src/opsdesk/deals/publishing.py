"""Publishing templates: a new version is for new deals, and each parameter it changes is on record."""

from collections.abc import Mapping
from datetime import datetime
from importlib import resources

from django.db import transaction

from opsdesk.deals import queries
from opsdesk.deals.documents import read_template
from opsdesk.deals.ground import DESK
from opsdesk.deals.models import Scope, Stage, Tuning
from opsdesk.deals.refusals import EffectKnown, TuningUnknown
from opsdesk.deals.terms import Terms
from opsdesk.deals.tuning import Unusual, changes, warnings_of
from opsdesk.journal import rows
from opsdesk.journal.actions import record
from opsdesk.kernel.actor import EVERY_DESK, SYSTEM, Actor
from opsdesk.kernel.memory import forget
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.kernel.refusal import Invalid, gettext_noop
from opsdesk.vault import actions as vault
from opsdesk.vault.models import Document

__all__ = ["Unusual", "missing_words", "publish_shipped", "publish_template", "record_effect", "warnings_of"]

METRIC_LENGTH = 80


@transaction.atomic
def publish_template(
    text: str,
    *,
    source: str,
    reason: str,
    metric: str,
    expected: str,
    note: str = "",
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> Document:
    """Publish the next version of a scope's template; the newest one's text again publishes nothing.

    A scope seen for the first time is added, closed. Of each parameter that changes is kept why, by which
    metric, and what is expected of it: without them a change is refused as `Invalid`. `seen`: the version
    the text was begun from, 0 for none. Raises `DocumentInvalid` with `source`, line and remedy of every
    problem; refuses `PublishedMeanwhile`.
    """
    check_may(actor, Act.PUBLISH, desk=EVERY_DESK)
    terms = read_template(text, source=source)
    rows.one_by_one(f"template {terms.scope}")
    forget()
    scope = _scope(terms.scope, actor=actor, now=now)
    before = queries.newest_terms(terms.scope) if queries.has_terms(terms.scope) else None
    words = {"reason": reason.strip(), "metric": metric.strip(), "expected": expected.strip()}
    if before is not None and changes(before, terms):
        _check_words(words)
    document = vault.publish(
        kind=queries.TEMPLATE, name=terms.scope, source=text, note=note, actor=actor, now=now, seen=seen
    )
    if before is not None and document.version != before.version:
        _log(scope, document.version, before, terms, words, actor=actor, now=now)
    forget()
    return document


def missing_words(words: Mapping[str, str]) -> dict[str, str]:
    """What a change of parameters lacks: by its field, what to do about it."""
    needed = {
        "reason": gettext_noop("Say why the parameters change."),
        "metric": gettext_noop("Name the metric the change is to move."),
        "expected": gettext_noop("Say what you expect of the change."),
    }
    return {field: problem for field, problem in needed.items() if not words.get(field, "").strip()}


def _check_words(words: Mapping[str, str]) -> None:
    for field, problem in missing_words(words).items():
        raise Invalid(field, problem)
    if len(words["metric"]) > METRIC_LENGTH:
        raise Invalid("metric", gettext_noop("Write the metric in at most 80 characters."))


def _log(
    scope: Scope,
    version: int,
    before: Terms,
    terms: Terms,
    words: dict[str, str],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    rows.insert_rows(
        [
            Tuning(
                scope=scope,
                version=version,
                parameter=change.parameter,
                old=change.old,
                new=change.new,
                tuned_by_id=actor.id,
                tuned_at=now,
                **words,
            )
            for change in changes(before, terms)
        ]
    )


def _scope(key: str, *, actor: Actor, now: datetime) -> Scope:
    country, _, category = key.partition(".")
    scope = Scope(
        country=country, category=category, stage=Stage.CLOSED.value, stage_since=now, recorded_at=now
    )
    if not rows.insert_unless_there(scope, unique=["country", "category"]):
        return Scope.objects.get(country=country, category=category)
    record(
        kind="scope.added",
        subject_kind="scope",
        subject_id=scope.id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"scope": key},
    )
    return scope


@transaction.atomic
def publish_shipped(*, now: datetime) -> list[Document]:
    """Publish each shipped template of whose scope there is none yet, the scope closed; those published."""
    shipped = resources.files("opsdesk.deals").joinpath("shipped")
    files = [file for file in shipped.iterdir() if file.name.endswith(".yaml")]
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    return [
        publish_template(text, source=name, reason="", metric="", expected="", actor=SYSTEM, now=now)
        for name, text in sorted(texts.items())
        if not queries.has_terms(read_template(text, source=name).scope)
    ]


@transaction.atomic
def record_effect(*, tuning_id: int, actual: str, actor: Actor, now: datetime) -> Tuning:
    """Say what came of a change, once. Refuses `TuningUnknown`, `EffectKnown`, `Invalid`."""
    check_may(actor, Act.SET_SCOPE, desk=DESK)
    if not actual.strip():
        raise Invalid("actual", gettext_noop("Say what came of the change."))
    tuning = Tuning.objects.select_related("scope").filter(id=tuning_id).first()
    if tuning is None:
        raise TuningUnknown(tuning=tuning_id)
    tuning.actual, tuning.actual_at = actual.strip(), now
    known = {"actual": tuning.actual, "actual_at": now}
    if not rows.update_rows(Tuning, known, id=tuning.id, actual_at=None):
        raise EffectKnown(parameter=tuning.parameter, version=tuning.version)
    record(
        kind="template.effect_recorded",
        subject_kind="scope",
        subject_id=tuning.scope_id,
        actor=actor,
        happened_at=now,
        now=now,
        payload={"scope": tuning.scope.key, "version": tuning.version, "parameter": tuning.parameter},
    )
    return tuning
