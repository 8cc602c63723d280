"""What our own people write. Pure."""

from random import Random

from opsdesk.demo.topics import Fix, Topic, Words

ACKNOWLEDGED = (
    "Thank you for telling us. We are looking at it and come back to you today.",
    "Got it, thank you. I am checking the trace of that call right now.",
    "Thanks for the details. I have everything I need for the moment.",
)
REMINDED = (
    "Just a reminder: to go on we need your answer to the question below.",
    "Did you have a chance to look at my question? I keep this open for you.",
)
VERIFIED = (
    "Test call made, works.",
    "Verified on the staging line first, then on theirs.",
    "Checked with the customer.",
)
MISROUTED = "Not ours: the trace shows that the call itself is fine and the provider's answer is not."
BY_HAND = "Read from the raw mail by hand: the sender's program breaks its own format."
SKIPPED = "Several stores at once and nobody at Tier 2 has the access: straight to engineering."
TIER_1_CAUSES = ("configuration", "how-to", "one-off")


def question(topic: Topic, words: Words, draw: Random) -> str:
    return f"Thank you for your message.\n\n{words.fill(draw.choice(topic.questions))}\n\nBest regards"


def fix_for(topic: Topic, tier: int, draw: Random) -> Fix:
    """How it ends: Tier 1 turns what it may turn, the tiers above do the rest."""
    at_1 = [fix for fix in topic.fixes if fix.cause in TIER_1_CAUSES]
    above = [fix for fix in topic.fixes if fix.cause != "how-to"]
    return draw.choice((at_1 if tier == 1 else above) or list(topic.fixes))


def reason_for(fix: Fix, draw: Random) -> str:
    """Why Tier 1 hands it up, in the words of the desk's list; the cause is known only later."""
    if fix.cause in ("bug", "missing feature", "one-off") and draw.random() < 0.75:
        return fix.cause
    return draw.choice(("no access", "no access", "no runbook", "needs skill"))
