"""The command line: one module a command, found by its name."""

import argparse
import gc
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import django
from django.conf import settings
from django.db import connection
from django.db.utils import OperationalError, ProgrammingError
from django.utils.translation import gettext

from opsdesk.commands.running import at_work
from opsdesk.config.environment import EnvironmentInvalid
from opsdesk.kernel.refusal import Refusal

COMMANDS = (
    "serve",
    "web",
    "worker",
    "listen",
    "migrate",
    "invite",
    "doctor",
    "backup",
    "restore",
    "redact",
    "mailbox",
    "import-mail",
    "import-history",
    "reindex",
    "report",
    "review",
    "digest",
    "demo",
    "source",
    "token",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for a fault it found, 2 for a refusal."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opsdesk.config.settings")
    # What a start imports stays: looking through it for garbage would take a twelfth of the start.
    gc.disable()
    try:
        django.setup()
    except (EnvironmentInvalid, OSError) as problem:
        return _refuse(str(problem))
    words = list(sys.argv[1:] if arguments is None else arguments)
    modules = _modules(words)
    gc.freeze()
    gc.enable()
    options = _parser(modules).parse_args(words)
    # A restore takes the home for itself.
    sharing = nullcontext() if options.command == "restore" else at_work(Path(settings.OPSDESK_HOME))
    try:
        with sharing:
            return int(modules[options.command].run(options, now=datetime.now(UTC)))
    except Refusal as refusal:
        return _refuse(gettext(refusal.message) % refusal.details)
    except (OperationalError, ProgrammingError) as problem:
        return _refuse(f"the database doesn't answer as it should: {problem}. {_remedy()}")
    except KeyboardInterrupt:
        return 130


def _modules(words: Sequence[str]) -> dict[str, ModuleType]:
    """The module of the command that is called; all of them where none is, for the help."""
    named = words[:1] if words[:1] and words[0] in COMMANDS else COMMANDS
    return {name: importlib.import_module(f"opsdesk.commands.{name.replace('-', '_')}") for name in named}


def _parser(modules: dict[str, ModuleType]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="opsdesk", description="The operations desk that measures itself.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in modules.items():
        module.arguments(commands.add_parser(name, help=module.HELP, description=module.HELP))
    return parser


def _remedy() -> str:
    """What helps a database that fails: to be set up where it can be reached."""
    try:
        connection.ensure_connection()
    except OperationalError:
        return "Does it run, and is OPSDESK_DATABASE_URL right?"
    return "'opsdesk migrate' sets it up."


def _refuse(text: str) -> int:
    print(f"opsdesk: {text}", file=sys.stderr)
    return 2
