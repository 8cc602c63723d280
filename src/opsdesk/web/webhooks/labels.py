"""The words for the codes of webhooks."""

from django.utils.translation import gettext_lazy as _

from opsdesk.links import queries

VIEWS = {
    queries.WAITING: _("Waiting"),
    queries.FAILING: _("Failing, tried again"),
    queries.DEAD: _("Given up"),
    queries.HELD: _("Held"),
    queries.DROPPED: _("Dropped"),
    queries.DELIVERED: _("Delivered in 24 h"),
}
FACTS = {
    "endpoint.added": _("added"),
    "endpoint.changed": _("changed"),
    "endpoint.secret_rotated": _("given a new secret"),
    "endpoint.switched_off": _("switched off"),
    "endpoint.switched_on": _("switched on"),
    "endpoint.removed": _("removed"),
    "endpoint.tested": _("sent a test"),
    "endpoint.delivery_replayed": _("one event sent again"),
    "endpoint.deliveries_replayed": _("all that lay here sent again"),
    "endpoint.deliveries_dropped": _("what waited dropped"),
}
