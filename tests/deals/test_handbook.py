import re

from opsdesk.deals.documents import read_template
from opsdesk.deals.flows import RULING, of_result, ruled
from opsdesk.deals.lifecycle import Outcome, Reason
from opsdesk.deals.tuning import warnings_of
from tests.architecture.source import ROOT
from tests.deals.handbook import CAP, PAGE, TRANSFERS, page
from tests.deals.test_money_of_a_deal import terms


def test_the_moves_in_the_handbook_are_those_in_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_transfers_of_each_outcome_are_the_ones_the_code_makes() -> None:
    for outcome in Outcome:
        flows = of_result(ruled(terms(CAP, CAP), outcome, Reason.OTHER, None, 100), RULING)
        named = re.findall(r"HOLD|RELEASE|REFUND|OFFSET", TRANSFERS[outcome])
        assert [flow.action for flow in flows] == named


def test_the_template_of_the_handbook_can_be_published() -> None:
    text = (ROOT / "docs" / "handbook" / "templates.md").read_text(encoding="utf-8")
    example = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    assert warnings_of(read_template(example, source="handbook")) == ()
