"""Who acts: a person with roles and seats, a program by its token, or the system itself."""

from dataclasses import dataclass
from enum import StrEnum

EVERY_DESK = "*"


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    LEAD = "lead"
    ADMIN = "admin"


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"
    CUSTOMER = "customer"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role on one desk; `EVERY_DESK` for an admin."""

    desk: str
    role: Role


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in one queue of one desk."""

    desk: str
    queue: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with what they may do as of the moment they were loaded.

    A token has `abilities` (values of `Act`) in place of roles; `scopes` are the only ones it may touch,
    as `MN.USED_CAR_PRIVATE`; none: all of them.
    """

    kind: ActorKind
    id: int | None = None
    name: str = ""
    grants: frozenset[Grant] = frozenset()
    seats: frozenset[Seat] = frozenset()
    abilities: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    @property
    def is_person(self) -> bool:
        return self.kind is ActorKind.PERSON

    def roles_on(self, desk: str) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants if grant.desk in (desk, EVERY_DESK))

    def sits_in(self, desk: str, queue: str) -> bool:
        return Seat(desk, queue) in self.seats

    def leads(self, desk: str) -> bool:
        return bool(self.roles_on(desk) & {Role.LEAD, Role.ADMIN})

    @property
    def is_admin(self) -> bool:
        return any(grant.role is Role.ADMIN for grant in self.grants)


SYSTEM = Actor(kind=ActorKind.SYSTEM, name="system")
CUSTOMER = Actor(kind=ActorKind.CUSTOMER, name="customer")
