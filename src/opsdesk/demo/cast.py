"""Who works at the example desk."""

from dataclasses import dataclass

from opsdesk.kernel.actor import EVERY_DESK, Role

DESK = "support"
DEALS = "deals"
PASSWORD = "try-the-desk"
HOUSE = "opsdesk.example"


@dataclass(frozen=True, slots=True)
class Member:
    """One person: role, seats, zone, language of their pages (none: the browser's).

    `joins_month` counts from the first month (0: there from the start).
    """

    local: str
    name: str
    role: Role
    zone: str
    queues: tuple[str, ...] = ()
    desk: str = DESK
    joins_month: int = 0
    language: str = ""

    @property
    def email(self) -> str:
        return f"{self.local}@{HOUSE}"


CAST: tuple[Member, ...] = (
    Member("admin", "Samira Adeyemi", Role.ADMIN, "America/New_York", desk=EVERY_DESK),
    Member("lead", "Marta Lindqvist", Role.LEAD, "America/New_York"),
    Member("nomin", "Nomin Bat-Erdene", Role.OPERATOR, "Asia/Ulaanbaatar", ("ops",)),
    Member("ines", "Inês Carvalho", Role.OPERATOR, "America/New_York", ("ops",)),
    Member("tuguldur", "Tuguldur Ganbold", Role.OPERATOR, "Asia/Ulaanbaatar", ("ops",)),
    Member("minji", "Minji Seo", Role.OPERATOR, "Asia/Seoul", ("ops",), joins_month=5),
    Member("rafael", "Rafael Okafor", Role.ENGINEER, "America/New_York", ("core-support",)),
    Member("jisoo", "Jisoo Han", Role.ENGINEER, "Asia/Seoul", ("core-support",)),
    Member("anna", "Anna Brzezińska", Role.ENGINEER, "America/New_York", ("integration-support",)),
    Member("teo", "Teo Marchetti", Role.ENGINEER, "America/New_York", ("integration-support",)),
    Member("idris", "Idris Kaya", Role.ENGINEER, "America/New_York", ("core-engineering",)),
    Member("founder", "Elena Vogt", Role.ENGINEER, "America/New_York", ("integration-engineering",)),
    Member("viewer", "Pia Kowalski", Role.VIEWER, "America/New_York"),
    Member("saruul", "Saruul Enkhbold", Role.LEAD, "Asia/Ulaanbaatar", desk=DEALS),
    Member("bataa", "Bat-Orgil Davaa", Role.OPERATOR, "Asia/Ulaanbaatar", ("disputes",), desk=DEALS),
    Member(
        "oyuna", "Oyuntsetseg Purev", Role.OPERATOR, "Asia/Ulaanbaatar", ("disputes",), DEALS, joins_month=6
    ),
    Member("hyejin", "Hyejin Kwon", Role.OPERATOR, "Asia/Seoul", ("disputes",), DEALS, 9, language="ko"),
    Member("temuulen", "Temüülen Gantulga", Role.ENGINEER, "Asia/Ulaanbaatar", ("on-call",), desk=DEALS),
)
