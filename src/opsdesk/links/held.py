"""The endpoint that somebody acts on, held until they are done."""

from django.db import connection

from opsdesk.kernel.actor import EVERY_DESK, Actor
from opsdesk.kernel.permissions import Act, check_may
from opsdesk.links.models import Endpoint
from opsdesk.links.refusals import EndpointUnknown


def held_endpoint(endpoint_id: int, actor: Actor) -> Endpoint:
    """The endpoint, held where the engine has row locks. Refuses who may not, and `EndpointUnknown`."""
    check_may(actor, Act.MANAGE_TOKENS, desk=EVERY_DESK)
    found = Endpoint.objects.filter(id=endpoint_id, removed_at=None)
    if connection.features.has_select_for_update:
        found = found.select_for_update()
    endpoint = found.first()
    if endpoint is None:
        raise EndpointUnknown(endpoint=endpoint_id)
    return endpoint
