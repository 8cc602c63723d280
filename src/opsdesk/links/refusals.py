"""What the actions on endpoints and deliveries refuse."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class EndpointUnknown(Refusal):
    message = gettext_noop("There is no endpoint %(endpoint)s.")


class EndpointThere(Refusal):
    message = gettext_noop("There is an endpoint named %(name)s already. Choose another name.")


class TooManyEndpoints(Refusal):
    message = gettext_noop("There are %(most)s endpoints already. Remove one that nobody needs.")


class EndpointOff(Refusal):
    message = gettext_noop("It is switched off already.")


class EndpointOn(Refusal):
    message = gettext_noop("It is switched on already.")


class DeliveryUnknown(Refusal):
    message = gettext_noop("There is no delivery %(delivery)s.")


class NothingToReplay(Refusal):
    message = gettext_noop("There is nothing here to send again.")


class NothingWaits(Refusal):
    message = gettext_noop("Nothing waits here.")
