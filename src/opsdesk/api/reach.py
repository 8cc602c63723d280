"""How far a token reaches: what it may read, in which scopes. Whatever was due on a deal happens first."""

from collections.abc import Collection

from opsdesk.api.http import Request
from opsdesk.deals.ground import DESK
from opsdesk.deals.models import Deal
from opsdesk.deals.refusals import DealUnknown
from opsdesk.disputes.timers import catch_up
from opsdesk.kernel.actor import Actor
from opsdesk.kernel.permissions import Act, NotThisToken, check_may

MOST_ID = 2**63 - 1


def check_read(actor: Actor, scope: str = "") -> None:
    """Raise `NotThisToken` unless the token may read, and this scope."""
    check_may(actor, Act.READ, desk=DESK)
    if scope and actor.scopes and scope not in actor.scopes:
        raise NotThisToken(act=f"{Act.READ.value} {scope}")


def scopes_asked(request: Request, scope: str | None) -> Collection[str] | None:
    """The scopes a list is about: the one asked for, else all the token reaches; None: every one."""
    check_read(request.actor, scope or "")
    return {scope} if scope else request.actor.scopes or None


def bring_up_to_date(request: Request, deal_id: int) -> None:
    """Let happen what was due on the deal, so that nobody sees or moves one whose time has passed."""
    if not 0 < deal_id <= MOST_ID:
        raise DealUnknown(deal=deal_id)
    catch_up(deal_id, now=request.now)


def deal_of(request: Request, deal_id: int) -> Deal:
    """The deal as it is now, for a token that may read it. Refuses `DealUnknown`, `NotThisToken`."""
    check_read(request.actor)
    bring_up_to_date(request, deal_id)
    row = Deal.objects.select_related("scope").filter(id=deal_id).first()
    if row is None:
        raise DealUnknown(deal=deal_id)
    check_read(request.actor, row.scope.key)
    return row
