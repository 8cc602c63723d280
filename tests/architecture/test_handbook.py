import re

from opsdesk.cases.documents import read_desk
from opsdesk.clock.documents import read_calendar
from tests.architecture.handbook import PAGE, page
from tests.architecture.source import ROOT, place


def test_the_table_of_moves_in_the_handbook_is_the_one_in_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "bench" / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{path.relative_to(ROOT)} -> {target}"
        for path in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_page_of_the_handbook_is_in_its_index() -> None:
    for folder in ("handbook", "decisions"):
        index = (ROOT / "docs" / folder / "README.md").read_text(encoding="utf-8")
        pages = {path.name for path in (ROOT / "docs" / folder).glob("*.md")} - {"README.md"}
        assert pages == set(re.findall(r"\]\(([\w-]+\.md)\)", index))


def test_every_page_that_the_source_names_is_there() -> None:
    named = {
        (place(path), page)
        for path in (ROOT / "src").rglob("*")
        if path.suffix in (".py", ".yaml", ".html")
        for page in re.findall(r"docs/[\w./-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert {(where, page) for where, page in named if not (ROOT / page).exists()} == set()


def example(page: str) -> str:
    text = (ROOT / "docs" / "handbook" / page).read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]


def test_the_desk_of_the_handbook_can_be_published() -> None:
    desk = read_desk(example("desk-definition.md"), source="handbook", calendars=("support", "engineering"))
    assert desk.top_tier == 3


def test_the_calendar_of_the_handbook_can_be_published() -> None:
    calendar = read_calendar(example("calendars.md"), source="handbook").calendar(1)
    assert [len(shifts) for shifts in calendar.week] == [2, 1, 1, 1, 1, 0, 0]
