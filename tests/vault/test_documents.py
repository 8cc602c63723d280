import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from opsdesk.vault.documents import DocumentInvalid, Misfit, load_document
from opsdesk.vault.positions import MAX_CHARACTERS


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int = 0

    @field_validator("name")
    @classmethod
    def name_is_short(cls, name: str) -> str:
        if len(name) > 5:
            raise Misfit('name "%(name)s" is too long; cut it', name=name)
        return name


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")
    customer: str
    lines: list[Line]

    @model_validator(mode="after")
    def sizes_fall(self) -> "Order":
        for index in range(1, len(self.lines)):
            if self.lines[index].size > self.lines[index - 1].size:
                raise Misfit(
                    "line %(number)s is larger than the one before", at=("lines", index), number=index
                )
        return self


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DocumentInvalid) as caught:
        load_document(text, source="order.yaml", model=Order)
    return [(problem.line, problem.text) for problem in caught.value.problems]


def test_a_good_document_becomes_its_model() -> None:
    order = load_document("customer: Ann\nlines:\n  - name: tyre\n    size: 4\n", source="o", model=Order)
    assert order == Order(customer="Ann", lines=[Line(name="tyre", size=4)])


def test_every_problem_is_named_with_source_line_and_remedy() -> None:
    text = "customer: Ann\nlines:\n  - name: windscreen\n  - nmae: tyre\n    name: tyre\n    size: many\n"
    with pytest.raises(DocumentInvalid) as caught:
        load_document(text, source="order.yaml", model=Order)
    assert str(caught.value).splitlines() == [
        'order.yaml:3: name "windscreen" is too long; cut it',
        'order.yaml:4: "nmae" is no key here; did you mean "name"?',
        "order.yaml:6: lines.1.size: Input should be a valid integer, unable to parse string as an integer",
    ]


def test_a_missing_key_is_named_at_the_part_that_lacks_it() -> None:
    assert problems("customer: Ann\nlines:\n  - size: 1\n") == [(3, '"name" is missing; add it')]


def test_a_check_of_many_values_points_at_the_one_that_is_wrong() -> None:
    text = "customer: Ann\nlines:\n  - {name: a, size: 1}\n  - {name: b, size: 2}\n"
    assert problems(text) == [(4, "line 1 is larger than the one before")]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the document is empty"),
        ("- a\n- b\n", 1, "the document must be a mapping"),
        ("customer: Ann\nlines: [", 2, "this is not YAML"),
        ("customer: Ann\ncustomer: Bob\nlines: []", 2, 'the key "customer" stands here a second time'),
        ("customer: &a Ann\nlines: []", 1, "anchors and aliases are not read"),
        ("customer: !!python/object:os.system x\nlines: []", 1, "is not read; leave it out"),
        ("? [a, b]\n: c\n", 1, "a key must be a word"),
        ("customer: Ann\nlines: " + "[" * 400, 2, "more than 30 levels deep"),
        ("customer: \x07", 1, "this is not YAML"),
        ("a: " + "x" * MAX_CHARACTERS, 1, "at most 1000000 are read"),
        ("a: 1\n---\nb: 2\n", 2, "this is not YAML"),
    ],
)
def test_what_is_no_document_is_told_with_its_line(text: str, line: int, words: str) -> None:
    ((found_line, message),) = problems(text)
    assert found_line == line
    assert words in message


def test_words_that_other_readers_take_for_truth_stay_words() -> None:
    class Words(BaseModel):
        on: str
        country: str
        open: bool

    words = load_document("on: yes\ncountry: NO\nopen: true\n", source="w", model=Words)
    assert (words.on, words.country, words.open) == ("yes", "NO", True)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    with pytest.raises(DocumentInvalid):
        load_document(text, source="any", model=Order)


@given(st.text(alphabet="ab:-[]{}&*!?|>'\"\n #%@`,~0.<", max_size=60))
def test_no_text_made_of_yaml_signs_breaks_the_reader(text: str) -> None:
    with pytest.raises(DocumentInvalid):
        load_document(text, source="any", model=Order)
