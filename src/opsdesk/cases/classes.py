"""The type of a case: a leaf of the desk's issue tree, with the family it belongs to."""

from opsdesk.cases.definition import DeskDefinition
from opsdesk.cases.models import Case
from opsdesk.kernel.refusal import Invalid, gettext_noop


def type_fields(desk: DeskDefinition, type: str) -> dict[str, str]:
    """The columns a type sets; none for no type. Refuses one the desk hasn't."""
    if not type:
        return {}
    leaf = desk.type(type)
    if leaf is None:
        raise Invalid("type", gettext_noop("Choose the type from the desk's tree."))
    return {"type": leaf.key, "family": leaf.family}


def changed_type(case: Case, desk: DeskDefinition, type: str) -> dict[str, str]:
    """The same for a case; none when the type is its own already."""
    return {} if type == case.type else type_fields(desk, type)
