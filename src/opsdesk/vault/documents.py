"""Documents: YAML read into a pydantic model, every problem with its line and its remedy."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from opsdesk.kernel.refusal import Refusal, gettext_noop
from opsdesk.vault.positions import Path, Problem, Unreadable, read

Model = TypeVar("Model", bound=BaseModel)
_MAPPING = gettext_noop("%(where)s needs a mapping; write one `key: value` a line below it")
_SHAPES = {
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "list_type": gettext_noop("%(where)s needs a list; write one `- value` a line below it"),
    "string_type": gettext_noop("%(where)s needs a text; write one, in quotes where it looks like a number"),
}


class Misfit(ValueError):
    """Raised by a model's validator: the remedy in words, with %(name)s places filled by `details`.

    `at` leads further from the validated part to what is wrong, where a validator sees many values.
    """

    def __init__(self, message: str, *, at: Path = (), **details: object) -> None:
        super().__init__(message % details)
        self.message = message
        self.at = at
        self.details = details


class Misfits(ValueError):
    """Several of them, found by one validator: all are said."""

    def __init__(self, found: Sequence[Misfit]) -> None:
        super().__init__("; ".join(str(each) for each in found))
        self.found = tuple(found)


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
        found = [_problems(each, lines, model) for each in error.errors(include_url=False)]
        raise DocumentInvalid(source, [problem for each in found for problem in each]) from None


def _problems(error: ErrorDetails, lines: Mapping[Path, int], model: type[BaseModel]) -> list[Problem]:
    cause = error.get("ctx", {}).get("error")
    misfits = cause.found if isinstance(cause, Misfits) else (cause,) if isinstance(cause, Misfit) else ()
    if not misfits:
        path = _known_path(error["loc"], lines)
        return [Problem(lines[path], *_remedy(error, path, model))]
    return [
        Problem(lines[_known_path((*error["loc"], *each.at), lines)], each.message, dict(each.details))
        for each in misfits
    ]


def _known_path(loc: Sequence[str | int], lines: Mapping[Path, int]) -> Path:
    """The deepest place of the text that `loc` leads to; what pydantic adds (tags of a union) is left out."""
    path: Path = ()
    for step in loc:
        if (*path, step) in lines:
            path = (*path, step)
    return path


def _remedy(error: ErrorDetails, path: Path, model: type[BaseModel]) -> tuple[str, dict[str, object]]:
    context: dict[str, Any] = error.get("ctx", {})
    last = error["loc"][-1] if error["loc"] else ""
    if error["type"] == "missing":
        return gettext_noop('"%(key)s" is missing; add it'), {"key": last}
    if error["type"] == "extra_forbidden":
        return _unknown_key(str(last), error["loc"], model)
    where = ".".join(str(step) for step in path)
    if not where:
        return gettext_noop("the document must be a mapping, with one `key: value` a line"), {}
    if error["type"] in ("enum", "literal_error"):
        choices = str(context["expected"]).replace(" or ", ", ").replace("'", "")
        message = gettext_noop("%(where)s must be one of these: %(choices)s")
        return message, {"where": where, "choices": choices}
    if error["type"] in _SHAPES:
        return _SHAPES[error["type"]], {"where": where}
    problem = str(context["error"]) if "error" in context else error["msg"]
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
