"""Any card and form becomes blocks that Slack takes, says every word, and mentions and links to nothing it should not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.slack import forms, render
from adapters.slack.forms import Opened
from adapters.slack.text import DATE, is_web, split
from bot.core.forms import Choice, Choices, Form, FormView, Number, Option, Tags
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Text, Typed, When, plain
from bot.core.ui import Button, Card, LinkButton, Section, say
from tests.fakes.slack import check
from tests.fakes.slack.fields import beginning
from tests.fakes.slack.text import ENTITY, mentions_in
from tests.slack.drawn import BEN, ELSEWHERE, HERE, HOSTILE, TEAM, VOICE, Press, cards, texts, views

Json = dict[str, Any]
OPENED = Opened("/ask", "draft-1", "C0HERE", "1.1", "https://hooks.example/response/1")
many = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


# What a reader reads


def squeezed(text: str) -> str:
    """Without white space, which is where a text may be cut."""
    return "".join(text.split())


def spoken(text: Text) -> str:
    """The words that a card's text must show: with what stands for people and channels that Slack names itself."""
    return squeezed("".join(map(_spoken, text)))


def _spoken(span: Span) -> str:
    match span:
        case Link(label, url):
            return (label or url) if is_web(url) else f"{label} ({url})"
        case Person(name, accounts, notify):
            return f"@{BEN.id}" if notify and BEN in accounts else name or "someone"
        case MessageLink("", place, message) if place == HERE and message == "171.0001":
            return "link"
        case Channel(_, place):
            return f"#{HERE.id}" if place == HERE else plain((span,))
        case Typed(command):
            return f"/cop-{command}"
        case _:
            return plain((span,))


def shown(block: Json) -> Iterator[str]:
    """The words of a block, without its controls."""
    match block["type"]:
        case "header":
            yield block["text"]["text"].removesuffix("…")
        case "rich_text":
            for part in block["elements"]:
                yield from map(_leaf, part["elements"])
        case "context":
            for element in block["elements"]:
                yield _read(element["text"])


def _leaf(leaf: Json) -> str:
    match leaf["type"]:
        case "user":
            return f"@{leaf['user_id']}"
        case "channel":
            return f"#{leaf['channel_id']}"
        case "date":
            return str(leaf["fallback"])
        case _:
            return str(leaf["text"])


def _read(mrkdwn: str) -> str:
    def entity(found: re.Match[str]) -> str:
        inside, _, label = found.group(1).partition("|")
        return label if label else inside

    whole = ENTITY.sub(entity, mrkdwn).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[*`]", "", whole)


def parts(card: Card) -> Iterator[str]:
    yield squeezed(card.title)
    yield spoken(card.body)
    for section in card.sections:
        yield spoken(section.text)


# What must not come of words


def texts_with_markup(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from texts_with_markup(inner)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            assert value.get("verbatim") is True, "what is not verbatim becomes a link by itself"
            yield value["text"]
        for inner in value.values():
            yield from texts_with_markup(inner)


def leaves(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from leaves(inner)


def assert_harmless(blocks: list[Json], notification: str, meant: list[Text]) -> None:
    """Only who is meant is mentioned, and only what is a link links."""
    all_spans = [span for text in meant for span in text]
    people = {BEN.id for span in all_spans if isinstance(span, Person) and span.notify and BEN in span.accounts}
    web = {span.url for span in all_spans if isinstance(span, Link) and is_web(span.url)}
    assert not list(ENTITY.finditer(notification))
    for text in texts_with_markup(blocks):
        assert set(mentions_in(text)) <= people
        for inside in ENTITY.findall(text):
            address = inside.partition("|")[0].replace("&amp;", "&")
            assert (
                address.startswith(("@", "!date^"))
                or address == f"#{HERE.id}"
                or address in web
                or address.startswith("https://sample.slack.com/archives/C0HERE/p")
            ), inside
    for leaf in leaves(blocks):
        assert leaf.get("type") not in ("broadcast", "usergroup", "color", "team", "emoji")
        if leaf.get("type") == "user":
            assert leaf["user_id"] in people
        if leaf.get("type") == "channel":
            assert leaf["channel_id"] == HERE.id
        if leaf.get("type") == "link":
            assert leaf["url"] in web or leaf["url"].startswith("https://sample.slack.com/archives/C0HERE/p")
        if leaf.get("type") == "button" and "url" in leaf:
            assert is_web(leaf["url"])


# Cards


@many
@given(cards)
@example(Card("t" * 151, tuple(HOSTILE), state=tuple(HOSTILE)))
@example(Card(body=(Link("label " * 4000, "https://e.example"),)))
@example(Card(state=(Typed("ask <!channel>"),)))
@example(Card(body=(Quoted("a"), "\n", Quoted("b"), "\nafter", Quoted(""), "c\n", Quoted(" "))))
def test_slack_takes_every_card_and_every_word_of_it_is_there(card: Card) -> None:
    pages = render.pages(card, VOICE)
    for page in pages:
        check.message(page.text, page.blocks)
        assert page.text.strip()
        assert page.blocks
    blocks = [block for page in pages for block in page.blocks]
    whole, at = squeezed("".join(words for block in blocks for words in shown(block))), 0
    for part in parts(card):
        found = whole.find(part, at)
        assert found >= 0, f"{part[:80]!r} is lost"
        at = found + len(part)
    unmarked = re.sub(r"[*`|/]", "", spoken(card.state))  # small print has markup
    assert unmarked in re.sub(r"[*`|/]", "", whole), "the small print is lost"
    pressable = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    buttons = [*(button for section in card.sections for button in section.buttons), *card.buttons]
    drawn = [button for button in buttons if isinstance(button, Button) or is_web(button.url)]
    assert [one.get("value", one.get("url")) for one in pressable] == [
        one.action.pack() if isinstance(one, Button) else one.url for one in drawn
    ]
    assert_harmless(
        blocks, "".join(page.text for page in pages), [card.body, *(it.text for it in card.sections), card.state]
    )


@many
@given(cards)
def test_a_card_as_a_form_to_read(card: Card) -> None:
    if render.fits_a_view(render.blocks(card, VOICE)):
        view = render.reading_view(card, VOICE, OPENED.packed())
        check.view(view)
        whole = squeezed(view["title"]["text"] + "".join(words for block in view["blocks"] for words in shown(block)))
        assert all(part in whole for part in parts(card))


@many
@given(st.lists(cards, max_size=5))
def test_any_home(found: list[Card]) -> None:
    check.view(render.home(found, VOICE), ("home",))


def test_a_home_that_is_too_large_ends_with_a_hint() -> None:
    lines = tuple(Section((f"{number} {'ä' * 2900}",)) for number in range(90))
    view = render.home([Card("First", sections=lines), say("Last")], VOICE)
    check.view(view, ("home",))
    assert "There is more than fits here" in view["blocks"][-1]["elements"][0]["text"]


@given(st.text(), st.integers(2, 40))
@example("a. b. c\n\nd", 4)
def test_pieces_join_to_the_text(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= longest for piece in pieces)


def test_long_text_is_cut_between_paragraphs_sentences_or_words() -> None:
    assert split("One line.\n\nAnother one", 14) == ["One line.\n", "\nAnother one"]
    assert split("One line. Another one", 14) == ["One line.", " Another one"]
    assert split("One line and on", 13) == ["One line ", "and on"]


@pytest.mark.parametrize(
    ("span", "rich", "small"),
    [
        ("<b>&", {"type": "text", "text": "<b>&"}, "&lt;b&gt;&amp;"),
        (Bold("x"), {"type": "text", "text": "x", "style": {"bold": True}}, "*x*"),
        (Link("x", "https://e.org?a=1&b"), {"type": "link", "url": "https://e.org?a=1&b", "text": "x"}, "<https://e.org?a=1&amp;b|x>"),
        (Link("x", "javascript:a"), {"type": "text", "text": "x (javascript:a)"}, "x (javascript:a)"),
        (Person("Ben", (BEN,), True), {"type": "user", "user_id": "U0BEN"}, "<@U0BEN>"),
        (Person("Ben", (BEN,)), {"type": "text", "text": "Ben"}, "Ben"),
        (Person("<@U1>", (ELSEWHERE,), True), {"type": "text", "text": "<@U1>"}, "&lt;@U1&gt;"),
        (Channel("q", HERE), {"type": "channel", "channel_id": "C0HERE"}, "<#C0HERE>"),
        (Channel("q", ELSEWHERE), {"type": "text", "text": "#q"}, "#q"),
        (
            MessageLink("there", HERE, "171.0001"),
            {"type": "link", "url": "https://sample.slack.com/archives/C0HERE/p1710001", "text": "there"},
            "<https://sample.slack.com/archives/C0HERE/p1710001|there>",
        ),
        (MessageLink("there", ELSEWHERE, "171.0001"), {"type": "text", "text": "there"}, "there"),
        (Typed("ask"), {"type": "text", "text": "/cop-ask", "style": {"code": True}}, "`/cop-ask`"),
        (
            When(datetime(2026, 3, 5, 14, 30, tzinfo=UTC)),
            {"type": "date", "timestamp": 1772721000, "format": DATE, "fallback": "05 Mar 2026 14:30 UTC"},
            "<!date^1772721000^{date_short_pretty} {time}|05 Mar 2026 14:30 UTC>",
        ),
    ],
)  # fmt: skip
def test_each_span(span: Span, rich: Json, small: str) -> None:
    (block,) = render.blocks(say(span), VOICE)
    assert block["elements"] == [{"type": "rich_text_section", "elements": [rich]}]
    (print_,) = render.blocks(Card(state=(span,)), VOICE)
    assert print_["elements"][0]["text"] == small


@many
@given(texts)
def test_small_print_mentions_nobody_who_is_not_meant(text: Text) -> None:
    assert_harmless(render.small_print(text, VOICE), render.notification(Card(state=text), VOICE), [text])


def test_a_link_button_that_is_no_web_address_is_not_drawn() -> None:
    blocks = render.blocks(
        Card("T", buttons=(LinkButton("Go", "javascript:alert(1)"), Button("On", Press(number=1)))), VOICE
    )
    assert [element["text"]["text"] for element in blocks[1]["elements"]] == ["On"]


# Forms


@many
@given(views())
def test_slack_opens_every_form(view: FormView) -> None:
    drawn = forms.modal(view, OPENED, VOICE)
    check.view(drawn)
    assert_harmless(drawn["blocks"], "", [view.note])
    inputs = [block["block_id"] for block in drawn["blocks"] if block["type"] == "input"]
    can_be_filled = [it.name for it in view.fields() if it.kind not in ("choice", "choices") or it.options]
    assert inputs == can_be_filled
    whole = squeezed("".join(words for block in drawn["blocks"] for words in shown(block)))
    for problem in view.errors.values():
        assert re.sub(r"[*`]", "", squeezed(problem)) in whole
    for found in view.fields():
        element = next((block["element"] for block in drawn["blocks"] if block.get("block_id") == found.name), None)
        if found.kind in ("choice", "choices") and element is not None:
            offered = [option for group in element.get("option_groups", [element]) for option in group["options"]]
            assert {item.value[:150] for item in found.options if item.value} == {one["value"] for one in offered} - {
                "…"
            }


@many
@given(views(), st.dictionaries(st.sampled_from(["field_0", "field_1", "", "gone"]), st.text(), min_size=1))
def test_errors_of_a_form_stand_at_its_inputs(view: FormView, problems: dict[str, str]) -> None:
    drawn = forms.modal(view, OPENED, VOICE)
    inputs = {block["block_id"] for block in drawn["blocks"] if block["type"] == "input"}
    if inputs:
        answer = forms.errors(problems, drawn)
        assert answer["errors"].keys() <= inputs
        for problem in problems.values():
            assert any(problem.strip() in words for words in answer["errors"].values())
        assert all(words.strip() for words in answer["errors"].values())


class Numbers(Form, title="Numbers"):
    much: Number
    channel: Choice
    others: Choices
    words: Tags


def view_of(**values: Any) -> dict[str, Json]:
    choices = tuple(Option(str(number), f"#channel-{number}") for number in range(150))
    view = FormView(Numbers, "/numbers", "d", values, {"channel": choices, "others": choices})
    drawn = forms.modal(view, OPENED, VOICE)
    check.view(drawn)
    return {block["block_id"]: block["element"] for block in drawn["blocks"]}


def test_a_number_comes_back_as_it_was_typed() -> None:
    """What Slack sends of it is text, and so is what a draft keeps."""
    assert view_of(much="12")["much"]["initial_value"] == "12"
    assert view_of(much=12)["much"]["initial_value"] == "12"
    for no_number in ("twelve", "1e3", True, "", None, ["1"]):
        assert "initial_value" not in view_of(much=no_number)["much"]


def test_the_hundred_and_first_channel_can_be_chosen_too() -> None:
    element = view_of(channel="120", others=["2", "149"])["channel"]
    assert element["initial_option"]["value"] == "120"
    assert [group["label"]["text"] for group in element["option_groups"]] == ["1 to 100", "101 to 150"]
    assert [one["value"] for one in view_of(others=["2", "149"])["others"]["initial_options"]] == ["2", "149"]


def test_a_tag_is_filled_in_once() -> None:
    assert [one["value"] for one in view_of(words=["falls", " falls "])["words"]["initial_options"]] == ["falls"]
    assert [one["value"] for one in view_of(words="falls, night")["words"]["initial_options"]] == ["falls", "night"]


def test_what_a_modal_remembers_fits_and_comes_back() -> None:
    opened = Opened("x" * 70, "d" * 16, "C" * 20, "1" * 17, "https://hooks.slack.com/actions/" + "x" * 120, "yes")
    assert len(opened.packed()) < 3000
    assert Opened.unpacked(opened.packed()) == opened
    for foreign in ("[]", "7", '{"origin": 7}', "nonsense"):
        with pytest.raises(ValueError, match=r"metadata|Expecting"):
            Opened.unpacked(foreign)


@many
@given(views())
def test_what_comes_back_is_read_by_kind(view: FormView) -> None:
    """An untouched form holds what it started with, where that was of the right kind."""
    drawn = forms.modal(view, OPENED, VOICE)
    found = forms.values({"state": {"values": beginning(drawn["blocks"])}}, TEAM)
    assert json.dumps(found)
    for field in view.fields():
        value = view.values.get(field.name)
        if (
            field.kind in ("line", "paragraph")
            and isinstance(value, str)
            and value
            and len(value) <= (field.max_length or 3000) <= 3000
        ):
            assert found[field.name] == value
        if field.kind == "yesno":
            assert found[field.name] is (value is True)
