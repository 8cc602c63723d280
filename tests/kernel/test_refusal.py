from opsdesk.kernel.refusal import Invalid, Refusal, gettext_noop


class TooHot(Refusal):
    message = gettext_noop("%(what)s is too hot.")


def test_a_refusal_has_a_code_and_says_what_it_is_about() -> None:
    refusal = TooHot(what="The soup")
    assert (refusal.code, str(refusal)) == ("TooHot", "The soup is too hot.")
    assert refusal.details == {"what": "The soup"}


def test_an_invalid_field_is_named() -> None:
    refusal = Invalid("words", "Say why.")
    assert (refusal.field, str(refusal)) == ("words", "Say why.")
