from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from opsdesk.kernel.refusal import Refusal
from opsdesk.people import actions, queries, rules
from opsdesk.people.models import Person
from tests.people.builders import LATER, NOW, an_admin

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do all in threads of their own, begun together; the refusals' names, "done" for what went through."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        barrier.wait(timeout=10)
        try:
            act()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


@pytest.mark.parametrize("attempt", range(3))
def test_two_admins_cannot_remove_each_other(attempt: int) -> None:
    (ann, of_ann), (bo, of_bo) = an_admin("Ann"), an_admin("Bo")
    outcome = at_once(
        lambda: actions.deactivate(person_id=bo.id, actor=of_ann, now=LATER),
        lambda: actions.deactivate(person_id=ann.id, actor=of_bo, now=LATER),
    )
    assert outcome == [rules.LastAdmin.__name__, "done"]
    assert queries.has_admin(LATER)


def test_one_address_is_invited_once() -> None:
    _, root = an_admin()
    outcome = at_once(
        *[lambda: actions.invite(email="ann@desk.example", name="Ann", actor=root, now=NOW) for _ in range(3)]
    )
    assert outcome == ["EmailTaken", "EmailTaken", "done"]
    assert Person.objects.filter(email="ann@desk.example").count() == 1
