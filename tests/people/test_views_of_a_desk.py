"""Views kept before their page named its desk are found again after the upgrade."""

from importlib import import_module

import pytest
from django.apps import apps

from opsdesk.kernel.actor import Role
from opsdesk.people.models import SavedView
from tests import cast
from tests.cast import MONDAY

pytestmark = pytest.mark.django_db
MIGRATION = import_module("opsdesk.people.migrations.0004_saved_views_of_a_desk")


def pages_after(*pages: str) -> list[str]:
    owner = cast.admin().person
    for number, page in enumerate(pages):
        SavedView.objects.create(owner=owner, page=page, name=f"View {number}", query="", saved_at=MONDAY)
    MIGRATION.name_the_desk(apps, None)
    return list(SavedView.objects.order_by("id").values_list("page", flat=True))


def test_they_are_of_the_one_desk_that_takes_mail() -> None:
    cast.lead()
    cast.somebody("otgon", [], ["disputes"], desk="deals")
    kept = pages_after("flow", "flow-backlog", "deals-overview", "cases:support")
    assert kept == ["flow:support", "flow-backlog:support", "deals-overview", "cases:support"]


def test_a_desk_of_another_name_is_taken_where_it_is_the_only_one() -> None:
    cast.somebody("hana", [Role.LEAD], desk="helpdesk")
    assert pages_after("flow-types") == ["flow-types:helpdesk"]
