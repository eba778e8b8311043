"""Forms: what people type becomes a typed value or one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bot.core.events import Ref
from bot.core.forms import (
    Choice,
    Choices,
    Form,
    FormField,
    FormView,
    Line,
    Number,
    Option,
    Options,
    Paragraph,
    PersonChoice,
    Tags,
    Url,
    WallTime,
    YesNo,
    is_draft,
)

COLOURS = (Option("red", "Red"), Option("blue", "Blue"))


class Everything(Form, title="Everything", submit="Go"):
    line: Line = Field(title="A line", description="Short", max_length=20)
    paragraph: Paragraph = Field(default="", title="A paragraph", max_length=3000)
    colour: Annotated[Choice, Options(COLOURS)] = Field(default="red", title="A colour")
    colours: Annotated[Choices, Options(COLOURS)] = Field(default=(), title="Colours")
    tags: Tags = Field(default=(), title="Tags")
    person: PersonChoice | None = Field(default=None, title="A person")
    when: WallTime | None = Field(default=None, title="When")
    url: Url | None = Field(default=None, title="A page")
    number: Number = Field(default=1, title="How many", ge=1, le=50)
    sure: YesNo = Field(default=False, title="Sure?")


def filled(**values: Any) -> Everything:
    form = Everything.parse({"line": "x", **values})
    assert isinstance(form, Everything), form
    return form


def problems(**values: Any) -> Mapping[str, str]:
    found = Everything.parse({"line": "x", **values})
    assert not isinstance(found, Form), found
    return found


def test_a_form_has_a_heading_and_a_button() -> None:
    assert (Everything.heading(), Everything.submit) == ("Everything", "Go")


def test_the_button_says_send_unless_told_otherwise() -> None:
    class Short(Form, title="In short"):
        text: Line

    class Shorter(Form):
        text: Line

    assert (Short.submit, Short.heading(), Shorter.heading()) == ("Send", "In short", "Shorter")


def test_what_is_typed_is_kept_as_a_draft_unless_it_is_a_secret() -> None:
    class Secret(Form, kept=False):
        code: Line

    assert Everything.kept
    assert not Secret.kept


def test_a_web_address_may_be_an_old_one() -> None:
    assert filled(url="http://example.org/a").url == "http://example.org/a"


def test_a_number_is_one_that_a_database_holds() -> None:
    class Count(Form):
        number: Number

    assert Count.parse({"number": "-2147483647"}) == Count(number=-2147483647)
    assert Count.parse({"number": "2147483647"}) == Count(number=2147483647)
    for large in ("2147483648", "-2147483648"):
        assert Count.parse({"number": large}) == {"number": "This number is too large."}


def test_a_platform_is_told_what_to_draw() -> None:
    line, paragraph, colour, colours, tags, person, when, url, number, sure = Everything.fields()
    assert line == FormField("line", "line", "A line", "Short", required=True, max_length=20)
    assert paragraph == FormField("paragraph", "paragraph", "A paragraph", required=False, max_length=3000)
    # With a default something is always chosen: people see what.
    assert colour == FormField("colour", "choice", "A colour", required=True, options=COLOURS)
    assert Everything.begins_with() == {"colour": "red"}
    assert colours == FormField("colours", "choices", "Colours", required=False, options=COLOURS)
    kinds = [field.kind for field in (tags, person, when, url, number, sure)]
    assert kinds == ["tags", "person", "datetime", "url", "number", "yesno"]


def test_what_is_declared_inside_an_optional_field_is_drawn_too() -> None:
    class Optional(Form):
        colour: Annotated[Choice, Options(COLOURS)] | None = None

    assert Optional.fields() == (FormField("colour", "choice", "colour", required=False, options=COLOURS),)
    assert Optional.parse({"colour": "green"}) == {"colour": "Please choose one of the options."}


def test_a_field_that_is_no_field_kind_is_refused() -> None:
    class Wrong(Form):
        text: str

    with pytest.raises(TypeError, match="'text' needs one of the field kinds"):
        Wrong.fields()


def test_every_kind_of_field_gives_its_own_type() -> None:
    form = filled(
        line="  Falls  ",
        paragraph="one\ntwo",
        colour="blue",
        colours=["red", "blue"],
        tags="Falls, #Night, falls",
        person="slack/T1/U1",
        when="2026-03-05 14:30",
        url="https://example.org/a?b=ü#c",
        number="12",
        sure="yes",
    )
    assert form == Everything(
        line="Falls",
        paragraph="one\ntwo",
        colour="blue",
        colours=("red", "blue"),
        tags=("falls", "night"),
        person=Ref("slack", "T1", "U1"),
        when=datetime(2026, 3, 5, 14, 30),
        url="https://example.org/a?b=ü#c",
        number=12,
        sure=True,
    )


def test_one_choice_of_several_may_come_without_a_list() -> None:
    assert filled(colours="red").colours == ("red",)


def test_tags_may_come_as_a_list() -> None:
    assert filled(tags=["Falls", "wound care"]).tags == ("falls", "wound-care")


@pytest.mark.parametrize("nothing", ["", " ", " \n\t ", "\u2003", None, []])
def test_nothing_but_white_space_is_nothing(nothing: Any) -> None:
    assert problems(line=nothing) == {"line": "Please fill this in."}
    assert filled(paragraph=nothing, number=nothing, person=nothing, tags=nothing, colour=nothing) == filled()


def test_tags_of_which_nothing_is_left_are_nothing() -> None:
    class Tagged(Form):
        tags: Tags

    assert Tagged.parse({"tags": " #, . "}) == {"tags": "Please fill this in."}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("line", "x" * 21, "At most 20 characters, please; this has 21."),
        ("line", 5, "This does not look right; please check it."),
        ("paragraph", "x" * 20_000, "At most 3,000 characters, please; this has 20,000."),
        ("colour", "green", "Please choose one of the options."),
        ("colours", ["red", "green"], "Please choose one of the options."),
        ("tags", ",".join("abcdefghi"), "At most 8 tags, please."),
        ("person", "nobody", "Please choose a person."),
        ("person", 5, "This does not look right; please check it."),
        ("when", "tomorrow", "This should be a date and a time, like 2026-03-05 14:30."),
        ("when", "2026-02-30 14:30", "This should be a date and a time, like 2026-03-05 14:30."),
        ("when", "1430", "This should be a date and a time, like 2026-03-05 14:30."),
        ("when", "-14.5", "This should be a date and a time, like 2026-03-05 14:30."),
        ("when", "2026-03-05 14:30Z", "Give the time as your own clock shows it, without a zone."),
        ("url", "example.org", "This should be a web address, like https://example.org/page."),
        ("url", "javascript:alert(1)", "This should be a web address, like https://example.org/page."),
        ("url", "https://", "This should be a web address, like https://example.org/page."),
        ("url", "https://[::1", "This should be a web address, like https://example.org/page."),
        ("url", "https://example.org/a b", "This should be a web address, like https://example.org/page."),
        ("url", "https://exam\nple.org", "This should be a web address, like https://example.org/page."),
        ("number", "many", "This should be a whole number, like 12."),
        ("number", "1.5", "This should be a whole number, like 12."),
        ("number", "9" * 5000, "This should be a whole number, like 12."),
        ("number", "0", "This should be 1 or more."),
        ("number", "51", "This should be 50 or less."),
        ("sure", "perhaps", "Please answer yes or no."),
        ("colour_of_the_sky", "blue", "This form has no such field."),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(field: str, value: Any, sentence: str) -> None:
    assert problems(**{field: value}) == {field: sentence}


def test_limits_of_other_fields_have_their_sentences() -> None:
    class Limits(Form):
        story: Paragraph = Field(default="", min_length=10)
        two: Choices = Field(default=(), max_length=2)
        some: Number = Field(default=5, gt=0, lt=10)
        any_number: Number = Field(default=0)

    assert Limits.parse({"story": "Short"}) == {"story": "A little more, please: at least 10 characters."}
    assert Limits.parse({"two": ["a", "b", "c"]}) == {"two": "At most 2, please."}
    assert Limits.parse({"some": "0"}) == {"some": "This should be more than 0."}
    assert Limits.parse({"some": "10"}) == {"some": "This should be less than 10."}
    assert Limits.parse({"any_number": "99999999999"}) == {"any_number": "This number is too large."}


def test_three_wrong_fields_get_three_sentences_at_once() -> None:
    assert problems(line="", number="x", url="y", paragraph="fine") == {
        "line": "Please fill this in.",
        "number": "This should be a whole number, like 12.",
        "url": "This should be a web address, like https://example.org/page.",
    }


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<!channel> @everyone <@U123> *bold* _it_ `code` [a](https://b)",
        "'; DROP TABLE question; --",
        "{0} %s ${HOME} \\ \\n",
        "مرحبا \u202eabc \u200b 👩\u200d⚕️ e\u0301",
    ],
)
def test_hostile_text_is_kept_as_it_is(hostile: str) -> None:
    assert filled(paragraph=hostile).paragraph == hostile


def test_a_text_of_twenty_thousand_characters_is_kept_whole() -> None:
    class Long(Form):
        text: Paragraph

    form = Long.parse({"text": "å" * 20_000})
    assert isinstance(form, Long)
    assert form.text == "å" * 20_000


def test_what_no_database_can_keep_is_left_out() -> None:
    assert filled(line="a\0b", colours=["re\0d"], paragraph="half \ud83d").paragraph == "half ?"
    assert filled(line="a\0b").line == "ab"


KEYS = st.sampled_from([*Everything.model_fields, "unknown"])
ANYTHING = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text(max_size=5), max_size=4))


@given(st.dictionaries(KEYS, ANYTHING))
def test_whatever_comes_is_a_form_or_sentences(values: dict[str, Any]) -> None:
    result = Everything.parse(values)
    if isinstance(result, Form):
        assert result.model_dump()["line"].strip()
    else:
        assert result
        assert all(sentence.endswith((".", "?")) and sentence[0].isupper() for sentence in result.values())


@given(st.text(min_size=1, max_size=3000).filter(lambda text: text.strip() == text and "\0" not in text))
def test_text_comes_back_as_it_was_typed(text: str) -> None:
    assert filled(paragraph=text).paragraph == text


def test_a_reader_has_choices_of_their_own() -> None:
    mine = (Option("7", "#ward-team"),)
    view = FormView(Everything, "/ask", "draft", {}, {"colour": mine})
    drawn = {field.name: field for field in view.fields()}
    assert (drawn["colour"].options, drawn["colours"].options) == (mine, COLOURS)


# Where a platform shows a few fields at a time


def test_a_form_is_filled_in_as_many_steps_as_its_fields_need() -> None:
    assert [Everything.steps(per_step) for per_step in (0, 1, 4, 5, 10, 11)] == [1, 10, 3, 2, 1, 1]


def test_each_step_shows_its_fields_and_together_they_are_all() -> None:
    def shown(step: int, per_step: int) -> list[str]:
        view = FormView(Everything, "o", "d", {}, {"colour": (Option("red", "Rot"),)}, per_step=per_step, step=step)
        return [item.name for item in view.fields()]

    whole = [item.name for item in Everything.fields()]
    assert shown(0, 0) == whole
    assert shown(1, 4) == ["tags", "person", "when", "url"]
    assert shown(0, 4) + shown(1, 4) + shown(2, 4) == whole


def test_what_is_wrong_is_shown_on_the_first_step_that_has_it() -> None:
    assert Everything.step_of(["number", "when", "nonsense"], 4) == 1
    assert Everything.step_of(["line", "number"], 4) == 0
    assert Everything.step_of(["sure"], 4) == 2
    assert Everything.step_of(["sure"], 0) == Everything.step_of(["nonsense"], 4) == Everything.step_of([], 4) == 0


def test_what_is_typed_after_a_command_goes_into_the_first_field_of_text() -> None:
    class Page(Form):
        colour: Annotated[Choice, Options(COLOURS)] = "red"
        url: Url

    class Story(Form):
        story: Paragraph
        line: Line

    class Count(Form):
        number: Number

    assert Everything.typed("Falls?") == {"line": "Falls?"}
    assert Page.typed("https://example.org") == {"url": "https://example.org"}
    assert Story.typed("Once") == {"story": "Once"}
    assert Everything.typed("") == Count.typed("12") == {}


def test_what_is_too_long_already_is_said_when_a_form_opens() -> None:
    assert Everything.too_long({"line": "x" * 20, "paragraph": "y", "url": "z" * 9999, "colours": ["red"] * 30}) == {}
    said = Everything.too_long({"line": "x" * 21, "paragraph": "y" * 3001})
    assert said == {
        "line": "At most 20 characters, please; this has 21.",
        "paragraph": "At most 3,000 characters, please; this has 3,001.",
    }
    assert said == problems(line="x" * 21, paragraph="y" * 3001)


@pytest.mark.parametrize("text", ["", "aZ09_-", "x" * 40])
def test_what_may_be_a_draft(text: str) -> None:
    assert is_draft(text)


@pytest.mark.parametrize("text", ["x" * 41, "a|b", "a b", "é", "a\n"])
def test_what_is_no_draft(text: str) -> None:
    assert not is_draft(text)
