"""Where our own words end and the signature begins, for people and for the programs that fold it. Pure."""

DELIMITER = "-- "


def signed(text: str, signature: str) -> str:
    """The text with the signature below its delimiter; the text alone where there is no signature."""
    return f"{text.strip()}\n\n{DELIMITER}\n{signature}" if signature else text
