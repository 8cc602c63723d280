"""What a deal or a scope refuses, by name."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class DealUnknown(Refusal):
    message = gettext_noop("There is no deal %(deal)s.")


class ScopeUnknown(Refusal):
    message = gettext_noop("There is no scope %(scope)s. See the list of scopes for those there are.")


class TemplateMissing(Refusal):
    message = gettext_noop("%(scope)s has no published template. Publish one first.")


class ScopeClosed(Refusal):
    message = gettext_noop("%(scope)s takes no new deals: its stage is %(stage)s. Running deals go on.")


class ScopeStopped(Refusal):
    message = gettext_noop("%(scope)s is stopped: it takes no new deals until a lead lifts the stop.")


class ScopeVolumeReached(Refusal):
    message = gettext_noop("The cap of %(scope)s is reached (%(cap)s in this stage). A lead may raise it.")


class CurrencyOfAnother(Refusal):
    message = gettext_noop(
        "%(scope)s takes deals in %(currency)s, not in %(other)s. Send the total in %(currency)s, or have an"
        " admin publish a template of the scope that names another currency."
    )


class ScopeNotStopped(Refusal):
    message = gettext_noop("%(scope)s isn't stopped, so there is nothing to lift.")


class ScopeAlreadyStopped(Refusal):
    message = gettext_noop("%(scope)s is stopped already.")


class ScopeNotLimited(Refusal):
    message = gettext_noop(
        "%(scope)s has no cap to set: its stage is %(stage)s. Only a limited stage has one."
    )


class StageUnchanged(Refusal):
    message = gettext_noop("%(scope)s is in the stage %(stage)s already.")


class CapUnchanged(Refusal):
    message = gettext_noop("The cap of %(scope)s is %(cap)s already.")


class TuningUnknown(Refusal):
    message = gettext_noop("There is no change %(tuning)s of a template.")


class EffectKnown(Refusal):
    message = gettext_noop("What came of %(parameter)s in version %(version)s is on record already.")


class ReferenceTaken(Refusal):
    message = gettext_noop('The reference "%(reference)s" is that of deal %(deal)s already.')


class DealMoved(Refusal):
    message = gettext_noop("Deal %(deal)s has moved on meanwhile. Look at it again.")


class _WrongState(Refusal):
    """Base of the refusals of the table."""


class NotAwaitingFunds(_WrongState):
    message = gettext_noop("Deal %(deal)s is %(state)s. Only a deal in CREATED can be funded.")


class NotAwaitingDelivery(_WrongState):
    message = gettext_noop("Deal %(deal)s is %(state)s. Only a deal in FUNDED can be delivered.")


class NotInInspection(_WrongState):
    message = gettext_noop("Deal %(deal)s is %(state)s. That can be done during the inspection only.")


class NotApproved(_WrongState):
    message = gettext_noop("Deal %(deal)s is %(state)s. Only an approved deal's holdback is released so.")


class NotInIssue(_WrongState):
    message = gettext_noop("Deal %(deal)s is %(state)s. It can be ruled only while an issue is open.")


class EvidenceMissing(Refusal):
    message = gettext_noop("Attach at least one file that shows the issue.")


class ChecklistIncomplete(Refusal):
    message = gettext_noop("Still missing: %(items)s. Add each of them or waive it, saying why.")


class OutcomeNotAllowed(Refusal):
    message = gettext_noop("%(outcome)s is not allowed for %(reason)s here. Allowed: %(allowed)s.")


class AmountOutOfBounds(Refusal):
    message = gettext_noop("The amount must be above 0 and at most %(most)s, in minor units.")


class SecondLookNeeded(Refusal):
    message = gettext_noop("This deal has a high value: look at the papers named and confirm that you did.")
