"""Any card and form becomes what Discord takes, says every word, and tells, links to and formats nothing it should not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from adapters.discord import events, forms, render
from adapters.discord.forms import Opened
from adapters.discord.profile import EVENT_DESCRIPTION, EVENT_LOCATION, EVENT_NAME, FIELDS_IN_MODAL, OPTIONS, ref
from adapters.discord.text import is_web, markdown
from bot.core.events import Value
from bot.core.forms import Choice, Choices, Form, FormField, FormView, Number, Option, Tags
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Text, Typed, When, plain
from bot.core.ui import Attachment, Button, Card, LinkButton, Planned, Section, say
from tests.discord.drawn import (
    ADA_ID,
    BEN,
    BEN_ID,
    DELIVERY,
    ELSEWHERE,
    GUILD,
    HERE,
    HOSTILE,
    PLACE_ID,
    SERVER,
    Press,
    actions,
    cards,
    texts,
    urls,
    views,
    words,
)
from tests.discord.markdown import read, tokens
from tests.fakes.discord import checks, mentions, schema
from tests.fakes.discord.forms import before, field_name, inputs

Json = dict[str, Any]
BRACKETS = "()'"
ADDRESS = re.compile(r"<?https?://[\w.]*")
# A card that fails is not made smaller: that takes minutes, and what is printed is enough.
many = settings(
    phases=(Phase.explicit, Phase.generate), max_examples=60, deadline=None, suppress_health_check=list(HealthCheck)
)
CREATE, EDIT = ("POST", "/channels/{channel_id}/messages"), ("PATCH", "/channels/{channel_id}/messages/{message_id}")
CALLBACK = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")


ZIP = Attachment("my-data.zip", b"PK")


# What Discord checks


def taken(body: Json, files: tuple[render.File, ...] = ()) -> list[str]:
    """A message that Discord takes, new or as an edit; returns its texts."""
    named = [name for name, _ in files]
    attached = {"attachments": [{"id": number, "filename": name} for number, name in enumerate(named)]} if files else {}
    schema.check(*CREATE, {**body, **attached, "nonce": DELIVERY, "enforce_nonce": True})
    schema.check(*EDIT, {**body, **attached})
    schema.check(*CALLBACK, {"type": 4, "data": body})
    checks.message({**body, **attached}, files=named)
    return [one["content"] for _, one in checks.walk(body["components"]) if one["type"] == checks.TEXT_DISPLAY]


def pinged(body: Json, text: str) -> set[str]:
    where = SERVER.state.place_named("questions")
    allowed = body["allowed_mentions"]
    found = mentions.find(
        SERVER.state, where, SERVER.state.bot, text, allowed=allowed, replied=None, only=0, flags=body["flags"]
    )
    assert not found.everyone
    assert not found.roles
    return set(found.names)


def squeezed(text: str) -> str:
    """Without white space, which is where a text may be cut."""
    return "".join(text.replace("\u200b", "").split())


def spoken(text: Text) -> str:
    """The words that a card's text must show: with what stands for people and channels that Discord names itself."""
    return squeezed("".join(map(_spoken, text)))


def _spoken(span: Span) -> str:
    match span:
        case Link(label, url):
            return _label(label) if is_web(url) else f"{label} ({url})"
        case MessageLink(label, place, message) if place == HERE and message in ("171", "1:2"):
            return _label(label)
        case Person(_, accounts, True) if BEN in accounts:
            return f"@{BEN_ID}"
        case Channel(_, place) if place == HERE:
            return f"#{PLACE_ID}"
        case When(at):
            return str(int(at.timestamp()))
        case Typed(command):
            return f"/{command.translate(str.maketrans('[]`', BRACKETS))}"
        case _:
            return plain((span,))


def _label(label: str) -> str:
    return label.translate(str.maketrans("[]", "()")) if label.split() else "link"


def parts(card: Card) -> Iterator[str]:
    yield squeezed(card.title)
    yield spoken(card.body)
    for section in card.sections:
        yield spoken(section.text)
    yield spoken(card.state)


def assert_harmless(found: list[str], meant: Text) -> None:
    """Only who is meant is mentioned, only what is a link links, and only what is ours formats."""
    web = {span.url for span in meant if isinstance(span, Link)}
    people = {span for span in meant if isinstance(span, Person) and span.notify and BEN in span.accounts}
    instants = {str(int(span.at.timestamp())) for span in meant if isinstance(span, When)}
    said = "".join([*(plain((span,)) for span in meant), *web])
    for text in found:
        for token in tokens(text):
            match token.kind:
                case "user":
                    assert token.text == BEN_ID
                    assert people
                case "channel":
                    assert token.text == PLACE_ID
                case "time":
                    assert token.text in instants
                case "link":
                    assert token.target in web or token.target.startswith(f"https://discord.com/channels/{GUILD}/")
                case "code":
                    assert token.text.startswith("/")
                case "mark":
                    assert token.text in ("**", "****")
                case "block":
                    assert token.text.strip() in (">", "-#", "##")
                case "address":
                    assert ADDRESS.match(token.text).group() in said  # type: ignore[union-attr]
                case kind:
                    assert kind == "text"


def spans_of(card: Card) -> Text:
    return (card.title, *card.body, *(span for it in card.sections for span in it.text), *card.state)


# Cards


@many
@given(cards)
@example(Card("t" * 251, tuple(HOSTILE), state=tuple(HOSTILE)))
@example(Card(body=(Link("label " * 4000, "https://e.example"),)))
@example(Card(body=(Bold("a"), Bold("b"), Typed("a"), Typed("b`c"))))
@example(Card(body=(Quoted("a"), "\n", Quoted("b"), "\nafter", Quoted(""), "c\n", Quoted(" "))))
@example(Card(body=(Quoted("# x\n\n- y\r# z\f# a"),), state=("# x\n\n\u00a0# y",)))
@example(Card(body=("x" * 3999, f"<@{ADA_ID}>")))
@example(Card(body=(f"{'y' * 7990} # z",)))
@example(Card(body=("x" * 3580, Link("\n\n\n", "https://e.example"), "y" * 600)))
@example(Card(body=("x" * 3582, Link(f"label{' ' * 15}", "https://e.example"), "y" * 600)))
@example(Card(body=("x" * 3581, Link("ab", "https://e.example"), "y" * 600)))
@example(Card(body=("x" * 3593, Typed("tip [a] b"), "y" * 600)))
@example(Card(body=("x" * 3585, Channel("questions", HERE), "y" * 600)))
@example(Card(body=(MessageLink("x](https://evil.example) [y", HERE, "171"),)))
def test_discord_takes_every_card_and_every_word_of_it_is_there(card: Card) -> None:
    pages = render.pages(card, GUILD, DELIVERY)
    texts_ = [text for page in pages for text in taken(page)]
    whole, at = squeezed("".join(map(read, texts_))), 0
    for part in parts(card):
        found = whole.find(part, at)
        assert found >= 0, f"{part[:80]!r} is lost in {whole[at : at + 200]!r}"
        at = found + len(part)
    assert_harmless(texts_, spans_of(card))
    meant = {"ben" for span in spans_of(card) if isinstance(span, Person) and span.notify and BEN in span.accounts}
    assert set().union(*(pinged(page, "\n".join(taken(page))) for page in pages)) == meant
    assert not set().union(*(pinged(page, "\n".join([*HOSTILE[:8]])) for page in pages))


@many
@given(cards)
@example(Card(body=("x" * 4001,)))
def test_every_button_is_drawn_once(card: Card) -> None:
    pages = render.pages(card, GUILD, DELIVERY)
    walked = [one for page in pages for _, one in checks.walk(page["components"]) if one["type"] == checks.BUTTON]
    wanted = [*(button for section in card.sections for button in section.buttons), *card.buttons]
    drawn = [
        render.custom_id(one.action.pack(), DELIVERY) if isinstance(one, Button) else one.url
        for one in wanted
        if isinstance(one, Button) or is_web(one.url)
    ]
    assert [one.get("custom_id", one.get("url")) for one in walked] == list(dict.fromkeys(drawn))
    assert all(is_web(one["url"]) for one in walked if "url" in one)


@many
@given(cards)
@example(Card("*" * 250, ("*" * 5000,), tuple(Section(("*" * 200,)) for _ in range(9)), state=("*" * 900,)))
@example(Card("A title", (Person("x" * 5000, (), True),)))
@example(
    Card("A title", ("x" * 5000,), buttons=tuple(Button(f"B {n}", Press(number=n)) for n in range(60)), attachment=ZIP)
)
@example(Card(sections=tuple(Section(("x",), (Button("On", Press(number=n)),)) for n in range(13)), attachment=ZIP))
@example(Card("A title", ("x",), attachment=ZIP))
def test_what_is_too_long_for_one_message_stands_whole_in_a_file_and_what_is_attached_comes(card: Card) -> None:
    drawn = render.message(card, GUILD, DELIVERY)
    found = taken(drawn.body, drawn.files)
    assert_harmless(found, spans_of(card))
    own = [(card.attachment.name, card.attachment.content)] if card.attachment else []
    assert list(drawn.files[1:] if drawn.cut else drawn.files) == own
    shown = [one["file"]["url"] for _, one in checks.walk(drawn.body["components"]) if one["type"] == checks.FILE]
    assert shown == [f"attachment://{name}" for name, _ in drawn.files]
    if drawn.cut:
        whole = squeezed(drawn.files[0][1].decode())
        said = [card.title, *(plain(text) for text in (card.body, *(it.text for it in card.sections), card.state))]
        assert all(squeezed(words) in whole for words in said)
        assert any("The whole text is in the file." in text for text in found)
    elif not own:
        assert render.pages(card, GUILD, DELIVERY) == [drawn.body]


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        ("<b>&", r"\<b>&"),
        ("# x", r"\# x"),
        ("1. x", r"1\. x"),
        ("@everyone", "@everyone"),
        ("https://e.org/a_b_c", "https://e.org/a_b_c"),
        (Bold("x*"), r"**x\***"),
        (Bold(" x"), " x"),
        (Quoted("a\nb"), "> a\n> b"),
        (Link("x", "https://e.org?a=1&b"), "[x](https://e.org?a=1&b)"),
        (Link("[x]", "https://e.org"), r"[\(x)](https://e.org)"),
        (Link("x", "javascript:a"), "x (javascript:a)"),
        (Link("x", "https://e.org/a b"), "x (https://e.org/a b)"),
        (Link("x", "https://e.org/a\\"), "x (https://e.org/a\u200a\\\\)"),
        ("https://*<@1>", r"https:\//\*\<@1>"),
        ("https://x.org/~a_(b)<@1>", "https://x.org/~a_(b\u200a)\\<@1>"),
        (Person("Ben", (BEN,), True), f"<@{BEN_ID}>"),
        (Person("Ben", (BEN,)), "Ben"),
        (Person("<@1>", (ELSEWHERE,), True), r"\<@1>"),
        (Channel("q", HERE), f"<#{PLACE_ID}>"),
        (Channel("q", ELSEWHERE), r"\#q"),
        (MessageLink("there", HERE, "171"), f"[there](https://discord.com/channels/{GUILD}/{PLACE_ID}/171)"),
        (MessageLink("there", HERE, "1:2"), f"[there](https://discord.com/channels/{GUILD}/1/2)"),
        (MessageLink("there", ELSEWHERE, "171"), "there"),
        (Typed("ask"), "`/ask`"),
        (When(datetime(2026, 3, 5, 14, 30, tzinfo=UTC)), "<t:1772721000:f>"),
    ],
)  # fmt: skip
def test_each_span(span: Span, shown: str) -> None:
    assert markdown((span,), GUILD) == shown


def test_small_print_is_small_on_each_of_its_lines() -> None:
    (body,) = render.pages(Card(state=("one\n\n", "two # three\n", "# four")), GUILD)
    assert taken(body) == ["-# one\n-# two # three\n-# \\# four"]


def test_who_is_told_is_told_in_each_part_of_a_card() -> None:
    him, her = Person("Ben", (BEN,), True), Person("Ada", (ref(GUILD, ADA_ID),), True)
    (body,) = render.pages(Card("T", (him,), (Section((her,)),), state=(him,)), GUILD)
    assert body["allowed_mentions"] == {"parse": [], "users": [BEN_ID, ADA_ID]}


# What buttons carry


@many
@given(actions, st.sampled_from(["", DELIVERY]))
def test_a_button_carries_its_action_and_where_it_stands(action: Any, delivery: str) -> None:
    carried = render.custom_id(action.pack(), delivery)
    assert len(carried) <= 100
    assert render.uncarried(carried) == (action.pack(), delivery)


@many
@given(
    st.text("abcXYZ019_-", min_size=16, max_size=16),
    st.integers(0, 9),
    st.text(min_size=1, max_size=70).filter(lambda text: render.uncarried(text)[1] == ""),
    st.sampled_from(["", DELIVERY]),
)
def test_a_form_carries_how_it_was_opened(draft: str, step: int, origin: str, delivery: str) -> None:
    opened = Opened(draft, step, origin, delivery)
    assert len(opened.packed()) <= 100
    back = Opened.unpacked(opened.packed())
    assert (back.draft, back.step, back.origin) == (draft, step, origin)
    assert back.delivery in (delivery, "")
    if len(origin) <= 50:
        assert back.delivery == delivery


# Events


@many
@given(words, texts, st.one_of(words, urls))
@example("", (), "")
@example("*" * 200, ("*" * 2000,), "*" * 200)
@example("@everyone", ("# x",), "https://e.example/" + "x" * 200)
@example("<" * 200, tuple(HOSTILE), f"<@{ADA_ID}>")
def test_discord_takes_every_event(title: str, body: Text, where: str) -> None:
    begins = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
    planned = Planned(begins, begins + timedelta(hours=1), where)
    drawn = events.drawn(Card(title, body), planned, GUILD, DELIVERY)
    schema.check("POST", events_path(), {**drawn, "privacy_level": 2, "entity_type": 3})
    schema.check("PATCH", events_path("/{guild_scheduled_event_id}"), drawn)
    name, said, location = drawn["name"], drawn["description"], drawn["entity_metadata"]["location"]
    for text, longest in ((name, EVENT_NAME), (said, EVENT_DESCRIPTION), (location, EVENT_LOCATION)):
        assert 1 <= len(text.strip("\u200b").strip()) <= len(text) <= longest
    assert said.endswith(f"Rounds · {DELIVERY[:8]}")
    assert_harmless([said], (*body, Link(where, where)))
    for text in (name, location):
        assert not {token.kind for token in tokens(text)} & {"user", "role", "channel", "time", "other"}


def events_path(rest: str = "") -> str:
    return "/guilds/{guild_id}/scheduled-events" + rest


# Forms


def modal_of(view: FormView, delivery: str = "") -> Json:
    """As Discord would take it."""
    drawn = forms.modal(view, GUILD, delivery)
    schema.check(*CALLBACK, {"type": 9, "data": drawn})
    checks.modal(drawn)
    return drawn


def can_be_filled(field: FormField) -> bool:
    return field.kind not in ("choice", "choices") or any(option.value for option in field.options)


@many
@given(views(), st.sampled_from(["", DELIVERY]))
def test_discord_opens_every_form(view: FormView, delivery: str) -> None:
    drawn = modal_of(view, delivery)
    assert list(inputs(drawn["components"])) == [it.name for it in view.fields() if can_be_filled(it)]
    for _, one in checks.walk(drawn["components"]):
        if one["type"] == checks.TEXT_DISPLAY:
            assert_harmless([one["content"]], (*view.note, forms.NOTHING_TO_CHOOSE))
    labels = {field_name(it["component"]["custom_id"]): it for it in drawn["components"] if it["type"] == checks.LABEL}
    for field in view.fields():
        problem = " ".join(view.errors.get(field.name, "").split())
        if field.name in labels and problem:
            assert labels[field.name]["description"].startswith(problem[:50].rsplit(" ", 1)[0])
    opened = Opened.unpacked(drawn["custom_id"])
    assert (opened.draft, opened.step, opened.origin) == (view.draft, view.step, view.origin)


@many
@given(views())
def test_what_comes_back_is_read_by_kind(view: FormView) -> None:
    """An untouched form holds what it started with, where that was of the right kind."""
    drawn = modal_of(view)
    sent = []
    for number, (_, one) in enumerate(inputs(drawn["components"]).items()):
        kept = {"value": before(one)} if one["type"] == checks.TEXT_INPUT else {"values": before(one)}
        component = {"type": one["type"], "id": number, "custom_id": one["custom_id"], **kept}
        sent.append({"type": checks.LABEL, "component": component})
    found = forms.values({"components": [*sent, {"type": 10, "id": 99}]}, GUILD)
    for field in view.fields():
        value = view.values.get(field.name)
        if field.kind in ("line", "paragraph") and isinstance(value, str) and value:
            assert found[field.name] == value[: min(field.max_length or 4000, 4000)]
        if field.kind == "yesno":
            assert found[field.name] is (value is True)
        if field.kind == "choice" and can_be_filled(field):
            assert found[field.name] is None or found[field.name] in {option.value[:100] for option in field.options}


class Numbers(Form, title="Numbers"):
    much: Number
    channel: Choice
    others: Choices
    words: Tags


def view_of(**values: Value) -> dict[str, Json]:
    choices = tuple(Option(str(number), f"#channel-{number}") for number in range(60))
    drawn = modal_of(FormView(Numbers, "/numbers", "d", values, {"channel": choices, "others": choices}))
    return inputs(drawn["components"])


def test_what_is_chosen_already_can_be_kept_however_many_there_are() -> None:
    assert [one["value"] for one in view_of(channel="58")["channel"]["options"] if one.get("default")] == ["58"]
    others = view_of(others=["2", "59"])["others"]
    assert [one["value"] for one in others["options"] if one.get("default")] == ["2", "59"]
    assert len(others["options"]) == OPTIONS
    assert others["max_values"] == OPTIONS


def test_a_number_is_filled_in_as_it_was_typed_nought_too() -> None:
    assert [view_of(much=value)["much"]["value"] for value in (0, 12, "12")] == ["0", "12", "12"]
    assert "value" not in view_of(much=None)["much"]


@many
@given(words, st.integers(1, 12))
def test_the_title_says_which_step_it_is(title: str, count: int) -> None:
    assume(title.strip())
    fields = {f"field_{number}": "" for number in range(count)}
    made = type("Made", (Form,), {"__annotations__": dict.fromkeys(fields, Number), **{}}, title=title)
    steps = made.steps(FIELDS_IN_MODAL)
    for step in range(steps):
        drawn = modal_of(FormView(made, "/x", "d", {}, {}, per_step=FIELDS_IN_MODAL, step=step))
        assert (f"({step + 1} of {steps})" in drawn["title"]) is (steps > 1)


@many
@given(texts)
def test_small_print_mentions_nobody_who_is_not_meant(text: Text) -> None:
    pages = render.pages(Card(state=text), GUILD)
    assert_harmless([found for page in pages for found in taken(page)], text)


def test_a_link_button_that_is_no_web_address_is_not_drawn() -> None:
    (body,) = render.pages(
        Card("T", buttons=(LinkButton("Go", "javascript:alert(1)"), Button("On", Press(number=1)))), GUILD
    )
    assert [one["label"] for _, one in checks.walk(body["components"]) if one["type"] == checks.BUTTON] == ["On"]


def test_nothing_to_say_is_said_with_an_ellipsis() -> None:
    (body,) = render.pages(say(" \n"), GUILD)
    assert taken(body) == [render.NO_WORDS]
