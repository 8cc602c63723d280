"""Two who make the same digest in the same moment: there is one, and one letter to each reader."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from opsdesk.clock.models import Task
from opsdesk.journal.models import Entry
from opsdesk.review import digest_actions
from opsdesk.review.digest_calendar import Rhythm, Wanted
from opsdesk.review.digest_composing import compose
from opsdesk.review.models import Digest, Subscription
from opsdesk.review.timers import MAIL
from tests import cast
from tests.review.digests import utc

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_that_make_the_same_one_writes_it() -> None:
    cast.desk(utc(1))
    lena = cast.lead()
    of = Wanted(Rhythm.DAILY, utc(20).date(), utc(19), utc(20))
    document = compose(cast.definition(), of, to=(lena.id,), now=utc(20))
    start, made = Barrier(2), []

    def at_once() -> None:
        try:
            start.wait(10)
            made.append(digest_actions.make(document, now=utc(20)))
            digest_actions.subscribe(desk="support", rhythm="daily", actor=lena.actor, now=utc(20))
        finally:
            connection.close()

    threads = [Thread(target=at_once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(each is None for each in made) == [False, True]
    assert Digest.objects.count() == Entry.objects.filter(kind="digest.made").count() == 1
    assert Task.objects.filter(kind=MAIL).count() == 1
    assert Subscription.objects.count() == Entry.objects.filter(kind="digest.subscribed").count() == 1
