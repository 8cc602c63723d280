"""Documents: YAML read into a pydantic model, every problem with its line and its remedy."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.vault.positions import Path, Problem, Unreadable, read

Model = TypeVar("Model", bound=BaseModel)


class Misfit(ValueError):
    """Raised by a model's validator: the remedy in words, with %(name)s places filled by `details`.

    `at` leads further from the validated part to what is wrong, where a validator sees many values.
    """

    def __init__(self, message: str, *, at: Path = (), **details: object) -> None:
        super().__init__(message % details)
        self.message = message
        self.at = at
        self.details = details


class DocumentInvalid(Refusal):
    """A document that can't be used. `problems` are in the order of their lines, at least one."""

    message = gettext_noop("%(report)s")

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(report="\n".join(f"{source}:{each.line}: {each.text}" for each in self.problems))


def load_document(text: str, *, source: str, model: type[Model]) -> Model:
    """The document in `text` as `model`; `DocumentInvalid` names source, line and remedy of each problem."""
    try:
        value, lines = read(text)
    except Unreadable as unreadable:
        raise DocumentInvalid(source, [unreadable.problem]) from None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = [_problem(each, lines, model) for each in error.errors(include_url=False)]
        raise DocumentInvalid(source, problems) from None


def _problem(error: ErrorDetails, lines: Mapping[Path, int], model: type[BaseModel]) -> Problem:
    cause = error.get("ctx", {}).get("error")
    further = cause.at if isinstance(cause, Misfit) else ()
    path = _known_path((*error["loc"], *further), lines)
    message, details = _remedy(error, path, model)
    return Problem(lines[path], message, details)


def _known_path(loc: Sequence[str | int], lines: Mapping[Path, int]) -> Path:
    """The deepest place of the text that `loc` leads to; what pydantic adds (tags of a union) is left out."""
    path: Path = ()
    for step in loc:
        if (*path, step) in lines:
            path = (*path, step)
    return path


def _remedy(error: ErrorDetails, path: Path, model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    context: dict[str, Any] = error.get("ctx", {})
    cause = context.get("error")
    if isinstance(cause, Misfit):
        return cause.message, cause.details
    last = error["loc"][-1] if error["loc"] else ""
    if error["type"] == "missing":
        return gettext_noop('"%(key)s" is missing; add it'), {"key": last}
    if error["type"] == "extra_forbidden":
        return _unknown_key(str(last), error["loc"], model)
    where = ".".join(str(step) for step in path)
    if not where:
        return gettext_noop("the document must be a mapping, with one `key: value` a line"), {}
    problem = str(cause) if cause is not None else error["msg"]
    return gettext_noop("%(where)s: %(problem)s"), {"where": where, "problem": problem}


def _unknown_key(key: str, loc: Sequence[str | int], model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    likely = get_close_matches(key, _keys_of(model), n=1)
    if likely:
        message = gettext_noop('"%(key)s" is no key here; did you mean "%(likely)s"?')
        return message, {"key": key, "likely": likely[0]}
    return gettext_noop('"%(key)s" is no key here; leave it out'), {"key": key}


def _keys_of(model: type[BaseModel]) -> set[str]:
    """Every key that the model or a model inside it knows."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}
