"""A lead brings in the file of the tool before: looks, corrects, imports, sees the funnel, takes it back."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from opsdesk.cases.models import Case
from opsdesk.history import carrying, writing
from opsdesk.history.carrying import Bringing
from opsdesk.history.models import Import, Piece
from tests.stories.conftest import SignIn
from tests.stories.test_access import faults
from tests.web.scene import Scene

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]
HEADER = "Ticket ID;Updated at;Team;Level;Status;Agent;Subject"
# Ticket, days after the first, level, status. Of T4 one row names no instant.
LIVES = [
    ("T1", "0", "L1", "New"),
    ("T1", "1", "L2", "In progress"),
    ("T1", "2", "L2", "Resolved"),
    ("T2", "0", "L1", "New"),
    ("T2", "3", "L1", "Resolved"),
    ("T3", "1", "L1", "New"),
    ("T3", "2", "L2", "Assigned"),
    ("T3", "3", "L3", "Resolved"),
    ("T4", "2", "L1", "New"),
    ("T4", "yesterday", "L1", "Resolved"),
]


@pytest.fixture
def file(tmp_path: Path, scene: Scene) -> Path:
    """Last year's tickets, as Windows writes them, days first; the dealers' teams stand in them as well."""
    first = scene.now - timedelta(days=330)
    lines = [
        f"{ticket};{f'{first + timedelta(days=int(day)):%d/%m/%Y} 10:00' if day.isdecimal() else day}"
        f";Sales;{level};{status};Olga Müller;{ticket} says little"
        for ticket, day, level, status in LIVES
    ]
    path = tmp_path / "tickets.csv"
    path.write_text("\r\n".join([HEADER, *lines]) + "\r\n", encoding="cp1252")
    return path


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bringing:
    """The worker's hand, which does a little at a time."""
    monkeypatch.setattr(writing, "CASES_AT_ONCE", 2)
    monkeypatch.setattr(carrying, "STEPS", 1)
    return Bringing(tmp_path / "imports")


def test_a_lead_brings_last_year_in_and_takes_it_back(
    scene: Scene, sign_in: SignIn, file: Path, worker: Bringing
) -> None:
    page = sign_in(scene.lena)
    open_wizard(page, file)
    correct(page)
    before = Case.objects.count()
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_text("being read: 0 %")).to_be_visible()
    worker.step(scene.now)
    worker.step(scene.now)
    expect(page.get_by_text(re.compile(r"being written: \d\d %"))).to_be_visible()
    everything(worker, scene)
    expect(page.get_by_text("4 cases are in the numbers.")).to_be_visible()
    assert (Case.objects.count(), Piece.objects.count()) == (before + 4, 0)
    row = page.get_by_role("row").filter(has_text="yesterday")
    expect(row.get_by_text('"yesterday" is no instant')).to_be_visible()
    expect(row.get_by_text("column Updated at")).to_be_visible()
    only_the_good_rows_count(page)
    take_back_and_bring_again(page, scene, worker)


def open_wizard(page: Page, file: Path) -> None:
    """From the list to the page that says what the file is taken for; nothing is written."""
    page.get_by_role("link", name="Imports").click()
    expect(page.get_by_text("Nothing was brought in yet")).to_be_visible()
    page.get_by_role("link", name="Bring in a file").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("File").set_input_files(file)
    looks_well(page, widths=(390,))
    dialog.get_by_role("button", name="Look at it").click()
    page.wait_for_url("**/map")
    expect(page.get_by_label("Team or queue")).to_have_value("Team")
    expect(page.get_by_label("Encoding")).to_have_value("cp1252")
    expect(page.get_by_label("Between its columns")).to_have_value(";")
    # Nobody here knows the dealers' teams, so nothing is guessed of them.
    expect(page.get_by_text("0 cases, 0 stays, 10 rows kept aside")).to_be_visible()
    expect(page.get_by_text("Not known here").first).to_be_visible()
    assert Import.objects.get().state == "draft"


def correct(page: Page) -> None:
    """The level says where a case was, not the dealer's team."""
    page.get_by_label("Team or queue").select_option("Level")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("4 cases, 7 stays, 1 row kept aside")).to_be_visible()
    way = page.get_by_role("row").filter(has_text="T3 says little")
    expect(way.get_by_text("Operations → Core support → Core engineering")).to_be_visible()
    looks_well(page)


def only_the_good_rows_count(page: Page) -> None:
    """The funnel of those days has the four cases and nothing of the row that was kept aside."""
    looks_well(page)
    page.get_by_role("link", name="See the funnel of these days").click()
    tier = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Tier 1"))
    expect(tier.first).to_contain_text("4")
    tier.first.get_by_role("link", name="4", exact=False).first.click()
    for ticket in ("T1", "T2", "T3", "T4"):
        expect(page.get_by_role("row").filter(has_text=f"{ticket} says little")).to_have_count(1)
    expect(page.get_by_role("row")).to_have_count(5)


def take_back_and_bring_again(page: Page, scene: Scene, worker: Bringing) -> None:
    """Withdrawn it is in no number; put back it is there again."""
    page.goto(f"/imports/{Import.objects.get().id}")
    funnel = page.get_by_role("link", name="See the funnel of these days").get_attribute("href")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text(re.compile("being withdrawn: "))).to_be_visible()
    everything(worker, scene)
    expect(page.get_by_text("It is in no number and no list.")).to_be_visible()
    looks_well(page, widths=(390,))
    assert not Case.objects.filter(desk="support", subject__contains="says little").exists()
    page.get_by_role("link", name="Put back").click()
    page.get_by_role("dialog").get_by_role("button", name="Put it back").click()
    expect(page.get_by_text(re.compile("being put back: "))).to_be_visible()
    everything(worker, scene)
    expect(page.get_by_text("4 cases are in the numbers.")).to_be_visible()
    page.goto(f"{funnel}")
    tier = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Tier 1"))
    expect(tier.first).to_contain_text("4")


def everything(worker: Bringing, scene: Scene) -> None:
    while worker.step(scene.now):
        pass


def looks_well(page: Page, *, widths: tuple[int, ...] = (1280, 390)) -> None:
    """On a screen by day and on a phone by night: axe finds nothing, and nobody scrolls sideways."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme="dark" if width < 1000 else "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert faults(page, Axe()) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
