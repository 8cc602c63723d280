import ast
import sys
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader

from tests.architecture.source import PACKAGE, floors, place, python_files, room_of, tree


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if room_of_model(model)]


def room_of_model(model: type[models.Model]) -> str:
    package, _, rest = model.__module__.partition(".")
    return rest.split(".")[0] if package == "opsdesk" else ""


def floor_of(model: type[models.Model]) -> int:
    return floors()[room_of_model(model)]


def relations(model: type[models.Model]) -> Iterator[tuple[models.Field, type[models.Model]]]:
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation and not field.auto_created and field.related_model:
            yield field, field.related_model


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms == set(floors()) | {"config"}


def test_the_kernel_stands_on_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"opsdesk"}
    outside = [
        place(path, node)
        for path in python_files()
        if room_of(path) == "kernel"
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name.split(".")[0] not in allowed
    ]
    assert outside == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_a_relation_points_to_the_same_or_a_lower_room() -> None:
    upward = [
        f"{model._meta.label}.{field.name} -> {target._meta.label}"
        for model in our_models()
        for field, target in relations(model)
        if room_of_model(target) and floor_of(target) > floor_of(model)
    ]
    assert upward == []


def test_the_model_graph_is_not_empty() -> None:
    rooms = {room_of_model(model) for model in our_models()}
    assert rooms >= {"journal", "vault", "clock", "people", "accounts", "cases", "mail"}
    assert any(room_of_model(target) for model in our_models() for _, target in relations(model))


def test_a_migration_depends_on_the_same_or_a_lower_room() -> None:
    loader = MigrationLoader(None)
    upward = [
        f"{app}.{name} -> {other}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in floors()
        for other, _ in [*migration.dependencies, *migration.run_before]
        if other in floors() and floors()[other] > floors()[app]
    ]
    assert upward == []
    assert any(app in floors() for app, _ in loader.disk_migrations)


def test_no_room_reaches_up_through_the_other_end_of_a_relation() -> None:
    """`account.cases` in a file of accounts would be an import upwards that no import shows."""
    accessors = {
        (field.remote_field.get_accessor_name(), floor_of(model), floor_of(target))
        for model in our_models()
        for field, target in relations(model)
        if room_of_model(target) not in ("", room_of_model(model)) and not field.remote_field.hidden
    }
    assert accessors
    found = [
        f"{place(path, node)} {accessor}"
        for path in python_files()
        if room_of(path) in floors()
        for accessor, height, ground in accessors
        if ground <= floors()[room_of(path)] < height
        for node in ast.walk(tree(path))
        if reaches(node, accessor)
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "account.cases.all()",
        "Account.objects.filter(cases__state='open')",
        "Account.objects.values('cases__id')",
    ],
)
def test_a_reach_upwards_is_seen(code: str) -> None:
    assert any(reaches(node, "cases") for node in ast.walk(ast.parse(code)))


def test_a_name_that_only_looks_alike_is_let_through() -> None:
    assert not any(reaches(node, "cases") for node in ast.walk(ast.parse("counts.cases + cases.all()")))


def reaches(node: ast.AST, accessor: str) -> bool:
    """Whether a look-up of the queryset language, or a string in one, goes through the accessor."""
    if isinstance(node, ast.keyword):
        return node.arg is not None and node.arg.startswith(f"{accessor}__")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.startswith(f"{accessor}__")
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == accessor
        and node.attr
        in ("all", "filter", "exclude", "get", "count", "exists", "values", "values_list", "create")
    )
