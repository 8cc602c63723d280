"""Which version of Opsdesk this is, also where it runs from its source and is not installed."""

VERSION = "0.7.0"
