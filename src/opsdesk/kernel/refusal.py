"""A named no: what an action answers when it may not or cannot do what was asked."""


def gettext_noop(message: str) -> str:
    """Mark a message for translation without translating it: the floor that shows it does."""
    return message


class Refusal(Exception):
    """Base of every refusal. The class name is its public code.

    `message` is English with %(name)s places; `details` fill them. A refusal changes nothing:
    the action that raises it has written nothing, or its transaction is rolled back.
    """

    message: str = gettext_noop("This can't be done.")

    def __init__(self, **details: object) -> None:
        super().__init__(details)
        self.details = details

    @property
    def code(self) -> str:
        return type(self).__name__

    def __str__(self) -> str:
        return self.message % self.details


class Invalid(Refusal):
    """A field of a form that doesn't hold what it must. `field` names it."""

    message = gettext_noop("%(problem)s")

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field=field, problem=problem)
        self.field = field
