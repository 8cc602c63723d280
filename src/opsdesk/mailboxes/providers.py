"""Who keeps mailboxes: where their servers are and where their tokens come from."""

from dataclasses import dataclass

_SAFE = "https://"
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's servers. Addresses may hold `{tenant}`; an empty one: it has none.

    `extra` goes into the address a person opens to give consent.
    """

    name: str
    host: str = ""
    port: int = 993
    security: str = "tls"
    auth: str = "password"
    authorise_address: str = ""
    token_address: str = ""
    device_address: str = ""
    scope: str = ""
    tenant: str = ""
    extra: tuple[tuple[str, str], ...] = ()


PROVIDERS: dict[str, Provider] = {
    "gmail": Provider(
        name="Gmail, Google Workspace",
        host="imap.gmail.com",
        auth="xoauth2",
        authorise_address=f"{_SAFE}accounts.google.com/o/oauth2/v2/auth",
        token_address=f"{_SAFE}oauth2.googleapis.com/token",
        scope=f"{_SAFE}mail.google.com/",
        extra=(("access_type", "offline"), ("prompt", "consent")),
    ),
    "microsoft": Provider(
        name="Microsoft 365, Outlook",
        host="outlook.office365.com",
        auth="xoauth2",
        authorise_address=f"{_SAFE}login.microsoftonline.com/{{tenant}}/oauth2/v2.0/authorize",
        token_address=f"{_SAFE}login.microsoftonline.com/{{tenant}}/oauth2/v2.0/token",
        device_address=f"{_SAFE}login.microsoftonline.com/{{tenant}}/oauth2/v2.0/devicecode",
        scope=f"{_SAFE}outlook.office.com/IMAP.AccessAsUser.All offline_access",
        tenant="common",
    ),
    OTHER: Provider(name="Another server"),
}
