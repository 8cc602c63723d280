"""The maps that come with Opsdesk."""

from importlib import resources

from opsdesk.kernel.refusal import Refusal, gettext_noop


class NoSuchMap(Refusal):
    message = gettext_noop(
        "There is no map %(name)s: neither a file nor a shipped one. Shipped are %(known)s."
    )


def shipped() -> dict[str, str]:
    """The text of each shipped map, by its name."""
    folder = resources.files("opsdesk.history").joinpath("shipped")
    files = [file for file in folder.iterdir() if file.name.endswith(".yaml")]
    return dict(sorted((file.name.removesuffix(".yaml"), file.read_text(encoding="utf-8")) for file in files))


def shipped_map(name: str) -> str:
    """The text of a shipped map. Refuses `NoSuchMap`."""
    found = shipped()
    if name not in found:
        raise NoSuchMap(name=name, known=", ".join(found))
    return found[name]
