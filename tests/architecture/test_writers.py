import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, floors, place, python_files, room_of, tree

# Besides every room's actions.py: modules that hold one capability each and write for it.
WRITERS = {
    "accounts/erasing.py",
    "cases/bulk.py",
    "cases/endings.py",
    "cases/ground.py",
    "cases/importing.py",
    "cases/marks.py",
    "cases/merges.py",
    "cases/opening.py",
    "cases/owners.py",
    "cases/past_words.py",
    "cases/reckoning.py",
    "cases/redaction.py",
    "cases/settings.py",
    "cases/stays.py",
    "cases/timers.py",
    "clock/carrying.py",
    "clock/claims.py",
    "journal/idempotency.py",
    "disputes/deciding.py",
    "disputes/evidence.py",
    "disputes/redaction.py",
    "deals/ground.py",
    "deals/publishing.py",
    "deals/scopes.py",
    "journal/rows.py",
    "history/reading.py",
    "history/redaction.py",
    "history/standing.py",
    "history/uploads.py",
    "history/writing.py",
    "links/deliveries.py",
    "links/fanout.py",
    "mail/arrivals.py",
    "mail/bouncing.py",
    "mail/by_hand.py",
    "mail/claims.py",
    "mail/conversation.py",
    "mail/deliveries.py",
    "mail/holdings.py",
    "mail/intake.py",
    "mail/proposing.py",
    "mail/redaction.py",
    "mail/replies.py",
    "mail/retention.py",
    "mail/sources.py",
    "mail/splits.py",
    "mailboxes/changing.py",
    "mailboxes/leases.py",
    "mailboxes/missing.py",
    "mailboxes/progress.py",
    "mailboxes/reconciling.py",
    "mail/templates.py",
    "mail/thread_joins.py",
    "mail/threads.py",
    "people/examples.py",
    "people/tokens.py",
    "review/point_actions.py",
    "review/redaction.py",
    "review/digest_actions.py",
    "search/backlog.py",
    "search/forgetting.py",
    "vault/erasing.py",
    "watch/standing.py",
    "watch/sweep.py",
}
# Making and breaking the append-only triggers is no record, nor is what is sorted in a temporary file.
NOT_RECORDS = {"history/spill.py", "journal/triggers.py", "search/engine.py"}

ALWAYS = {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
# What `journal.rows` writes as ready SQL.
READY = {"insert_row", "insert_rows", "insert_unless_there", "insert_or_update", "update_rows"}
ALWAYS |= {f"a{verb}" for verb in ALWAYS | {"create", "save", "delete", "update"}}
SQL = re.compile(
    r"^\s*(INSERT\s+(INTO|OR)|UPDATE\s+\S+\s+SET|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE)\b", re.IGNORECASE
)


def writes(node: ast.AST) -> bool:
    """Whether this is a call that changes rows.

    A queryset's `update` takes names only and a dict's takes a mapping; a row's `save` and `delete`
    take no positional argument, a file's or a cache's do.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return bool(SQL.match(node.value))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in READY
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    verb, by_name_only = node.func.attr, not node.args
    return (
        verb in ALWAYS | READY
        or (verb in ("save", "delete", "create") and by_name_only)
        or (verb == "update" and by_name_only and bool(node.keywords))
    )


def may_write(path: Path) -> bool:
    inside = path.relative_to(PACKAGE).as_posix()
    return path.name == "actions.py" or "actions" in path.parts or inside in WRITERS | NOT_RECORDS


def test_nothing_but_actions_writes() -> None:
    found = [
        f"{place(path, node)} {ast.unparse(node)[:60]}"
        for path in python_files()
        if room_of(path) in floors() and not may_write(path)
        for node in ast.walk(tree(path))
        if writes(node)
    ]
    assert found == []


def test_the_list_of_writers_names_only_files_that_write() -> None:
    idle = {
        name
        for name in WRITERS
        if not (PACKAGE / name).exists() or not any(writes(node) for node in ast.walk(tree(PACKAGE / name)))
    }
    assert idle == set()


@pytest.mark.parametrize(
    "code",
    [
        "case.save()",
        "case.save(update_fields=['state'])",
        "Case.objects.create(subject='x')",
        "Case.objects.filter(id=1).update(state='open')",
        "Case.objects.filter(id=1).update(**changes)",
        "Case.objects.filter(id=1).delete()",
        "Case.objects.bulk_create(rows)",
        "rows.insert_row(stay)",
        "insert_rows(stays)",
        "rows.update_rows(Stay, {'left_at': now}, id=1)",
        "cursor.execute('UPDATE cases_case SET state = 1')",
        "cursor.execute(f'DELETE FROM {table}')",
    ],
)
def test_a_write_is_seen(code: str) -> None:
    assert any(writes(node) for node in ast.walk(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "counts.update({'open': 1})",
        "digest.update(data)",
        "cache.delete('key')",
        "book.save(path)",
        "'SELECT * FROM cases_case'",
        "'Update your profile'",
        "actions.open_request(desk='support')",
    ],
)
def test_what_is_no_write_is_let_through(code: str) -> None:
    assert not any(writes(node) for node in ast.walk(ast.parse(code)))
