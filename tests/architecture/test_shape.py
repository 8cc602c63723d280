import ast
from pathlib import Path

from tests.architecture.source import PACKAGE, floors, functions, place, python_files, room_of, tree

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
# Files and functions that read better in one piece, each with its reason.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def test_a_file_is_split_by_capability_before_it_has_more_than_300_lines() -> None:
    too_long = {
        place(path): lines
        for path in python_files()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }
    assert set(too_long) == set(LONG_FILES), too_long


def test_a_function_has_at_most_40_lines() -> None:
    too_long = {
        f"{place(path)} {function.name}": lines
        for path in python_files()
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    }
    assert set(too_long) == set(LONG_FUNCTIONS), too_long


def test_nothing_is_imported_inside_a_function() -> None:
    hidden = [
        place(path, node)
        for path in python_files(migrations=True)
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_importlib_is_only_for_naming_commands() -> None:
    found = {
        place(path)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__"))
    }
    assert found <= {"src/opsdesk/commands/main.py"}


def test_every_init_file_is_empty() -> None:
    assert [
        place(path) for path in PACKAGE.rglob("__init__.py") if path.read_text(encoding="utf-8").strip()
    ] == []


def test_every_folder_with_python_in_it_is_a_package() -> None:
    folders = {path.parent for path in python_files(migrations=True)}
    assert [place(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_function_is_a_stub() -> None:
    found = [
        place(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Raise) and "NotImplementedError" in ast.unparse(node)
    ]
    assert found == []


def test_no_signal_is_received_but_the_one_after_migrations() -> None:
    signals = {"post_save", "pre_save", "post_delete", "pre_delete", "m2m_changed", "post_init", "receiver"}
    found = [
        place(path, node)
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id in signals
    ]
    assert found == []


def test_no_model_overrides_save_or_delete() -> None:
    found = [
        place(path, item)
        for path in python_files()
        if room_of(path) in floors() and Path(path).name == "models.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef)
        and item.name in ("save", "delete", "full_clean", "refresh_from_db")
    ]
    assert found == []


def test_an_action_takes_its_actor_and_its_instant_by_name_and_without_a_default() -> None:
    wrong = [
        f"{place(path, function)} {function.name}({argument.arg})"
        for path in python_files()
        if path.name == "actions.py" or path.name.endswith("_actions.py")
        for function in tree(path).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        for argument in badly_taken(function.args)
    ]
    assert wrong == []


def badly_taken(arguments: ast.arguments) -> list[ast.arg]:
    """`now` where it has a default; in an action, which has an actor, also where either is positional."""
    positional = [*arguments.posonlyargs, *arguments.args]
    with_default = [
        *(positional[-len(arguments.defaults) :] if arguments.defaults else []),
        *(
            argument
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        ),
    ]
    is_action = any(argument.arg == "actor" for argument in [*positional, *arguments.kwonlyargs])
    return [argument for argument in with_default if argument.arg == "now"] + [
        argument for argument in positional if is_action and argument.arg in ("actor", "now")
    ]
