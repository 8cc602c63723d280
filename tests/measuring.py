"""Coverage where it has something to see: tracing doubles the time of all that runs, Django included."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import coverage
from django.db.models import Model
from django.db.models.query import QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.template import Template

# Behind these is the framework alone, and much of the time: building queries, asking the database, taking
# templates apart.
DOORS: dict[type, tuple[str, ...]] = {
    QuerySet: (
        *("_fetch_all", "_filter_or_exclude", "aggregate", "annotate", "bulk_create", "count", "exists"),
        *("order_by", "update", "values", "values_list"),
    ),
    Model: ("refresh_from_db", "save_base"),
    SQLCompiler: ("execute_sql",),
    Template: ("compile_nodelist",),
}


def leave_out_the_framework() -> None:
    """Trace nothing behind the doors."""
    for owner, names in DOORS.items():
        for name in names:
            setattr(owner, name, door(vars(owner)[name]))


def door(inner: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(inner)
    def untraced(*args: Any, **kwargs: Any) -> Any:
        tracer = sys.gettrace()
        if tracer is None:
            return inner(*args, **kwargs)
        sys.settrace(None)
        try:
            return inner(*args, **kwargs)
        finally:
            sys.settrace(tracer)

    return untraced


@contextmanager
def unmeasured() -> Iterator[None]:
    """Let coverage look away."""
    measuring = coverage.Coverage.current()
    if measuring is None:
        yield
        return
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
