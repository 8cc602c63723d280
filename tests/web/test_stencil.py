from dataclasses import fields, replace

import pytest
from django.utils.safestring import SafeString

from opsdesk.web.queues.rows import Values, stencil

PLAIN = Values(**{field.name: field.name for field in fields(Values)})


def test_each_row_is_filled_with_its_own_values() -> None:
    row = stencil(pickable=True, in_queue=False)
    first, second = row.fill(replace(PLAIN, id="1", subject="One")), row.fill(replace(PLAIN, id="2"))
    assert (first.count("One"), second.count("One")) == (1, 0)
    assert 'data-row="1"' in first
    assert 'data-row="2"' in second
    assert all(field.name in second for field in fields(Values) if field.name != "id")


@pytest.mark.parametrize("name", [field.name for field in fields(Values)])
def test_what_somebody_wrote_is_escaped_in_every_place(name: str) -> None:
    row = stencil(pickable=True, in_queue=False)
    assert "<script>&'\"" not in row.fill(replace(PLAIN, **{name: "<script>&'\""}))
    assert "&lt;script&gt;&amp;" in row.fill(replace(PLAIN, **{name: "<script>&'\""}))
    assert "<b>ours</b>" in row.fill(replace(PLAIN, **{name: SafeString("<b>ours</b>")}))


def test_words_that_look_like_a_place_stay_words() -> None:
    looks_like_one = "\ue000email\ue001"
    assert looks_like_one in stencil(pickable=False, in_queue=True).fill(replace(PLAIN, about=looks_like_one))


def test_a_list_without_picking_or_of_one_queue_has_fewer_cells() -> None:
    cells = {
        (pickable, in_queue): stencil(pickable=pickable, in_queue=in_queue).fill(PLAIN).count("<td")
        for pickable in (False, True)
        for in_queue in (False, True)
    }
    assert cells == {(False, True): 4, (False, False): 5, (True, True): 5, (True, False): 6}
