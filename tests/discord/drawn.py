"""Any card and any form that the vocabulary can express, with words that are as hostile as words can be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from hypothesis import strategies as st
from pydantic import Field, create_model

from adapters.discord.profile import FIELDS_IN_MODAL, ref
from bot.core.events import Ref, Value
from bot.core.forms import (
    Choice,
    Choices,
    Form,
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
)
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Text, Typed, When
from bot.core.ui import Action, Attachment, Button, Card, LinkButton, Section
from tests.fakes.discord import FakeDiscord

SERVER = FakeDiscord(
    clock=lambda: datetime(2026, 3, 4, 10, tzinfo=UTC)
)  # never started: who is there, and what is a ping
SERVER.people.add_place("questions")
ADA_ID, BEN_ID = (str(SERVER.people.add_person(name).id) for name in ("ada", "ben"))
SERVER.people.set_permissions("bot", ["VIEW_CHANNEL", "SEND_MESSAGES", "MENTION_EVERYONE"])
GUILD = str(SERVER.guild.id)
ROLE_ID = str(SERVER.people.role_named(SERVER.guild, "organisers").id)
PLACE_ID = str(SERVER.state.place_named("questions").id)
BEN, ELSEWHERE, SLACK = ref(GUILD, BEN_ID), ref("7", "8"), Ref("slack", "T0", "U0ZED")
HERE = ref(GUILD, PLACE_ID)
DELIVERY = "abcdefghijklmnopqrstuv23"

HOSTILE = (
    "@everyone",
    "@here",
    f"<@{ADA_ID}>",
    f"<@!{ADA_ID}>",
    f"<@&{ROLE_ID}>",
    f"<#{PLACE_ID}>",
    f"\\<@{ADA_ID}>",
    f"\\\\<@{ADA_ID}>",
    "<t:1>",
    "<t:1:R>",
    "</ask:123>",
    "<:smile:123>",
    "<id:customize>",
    "[x](javascript:alert(1))",
    "[x](https://evil.example)",
    "[x](<https://evil.example>)",
    "](https://evil.example)",
    "x](https://evil.example) [y",
    "<https://evil.example>",
    "https://evil.example/a_b_c*d*",
    "https://_ a https://_",
    "https://x.example\\",
    f"https://*<@{ADA_ID}>",
    "https:",
    "https:/",
    f"/x.example<@{ADA_ID}>",
    "://*<t:1>",
    "**bold** *it* __under__ _it_ ~~no~~ ||spoiler|| `code`",
    "```py\nx\n```",
    "`",
    "``",
    "\\",
    "\\`",
    "# heading",
    "-# small",
    "> quoted\n>>> more",
    "- one\n* two\n1. three\n2) four",
    "\u202eright to left\u202c \u2066x\u2069",
    "a\0b\x07\x1b[31m\x7f",
    "\n\n\n",
    " \t \u00a0 \u200b",
    "👩🏽\u200d⚕️ עברית",
    "*" * 2100,
    "<" * 4500,
    "\\" * 5001,
    f"{'x' * 3999}<@{ADA_ID}> {'y' * 3998}# z",
    "word " * 900,
    "# x\n" * 1100,
    "x" * 4200,
    "Ein Satz. " * 900,
)
SMALL = tuple(text for text in HOSTILE if len(text) < 100)


class Press(Action, prefix="test.press"):
    number: int


class Shout(Action, prefix="test.shout"):
    words: str


words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(SMALL), min_size=2, max_size=3).map("".join),
)
short = st.one_of(st.text(max_size=40), st.sampled_from(SMALL))
places = st.sampled_from([None, HERE, ELSEWHERE, SLACK])
accounts = st.lists(st.sampled_from([BEN, ELSEWHERE, SLACK]), max_size=2).map(tuple)
urls = st.one_of(
    words,
    short.map(lambda rest: f"https://e.example/{rest}"),
    st.sampled_from(["javascript:alert(1)", "https://e.example"]),
)
spans: st.SearchStrategy[Span] = st.one_of(
    words,
    words.map(Bold),
    words.map(Quoted),
    short.map(Typed),
    st.builds(Link, words, urls),
    st.builds(Person, words, accounts, st.booleans()),
    st.builds(Channel, short, places),
    st.builds(
        MessageLink, words, st.sampled_from([HERE, ELSEWHERE]), st.sampled_from(["171", "1:2", "@here", "", "1:x"])
    ),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1971, 1, 1)).map(When),
)
texts: st.SearchStrategy[Text] = st.lists(spans, max_size=4).map(tuple)
actions: st.SearchStrategy[Action] = st.one_of(
    st.integers(0, 99).map(lambda number: Press(number=number)),
    st.sampled_from(["|", "%", "@here", "", "~"]).map(lambda text: Shout(words=text)),
)
buttons = st.one_of(
    st.builds(Button, short, actions, st.sampled_from(["plain", "primary", "danger"]), words),
    st.builds(LinkButton, short, urls),
)
rows = st.one_of(
    st.lists(buttons, max_size=4).map(tuple),
    st.integers(20, 60).map(lambda count: tuple(Button(f"B {n}", Press(number=n)) for n in range(count))),
)
sections = st.builds(Section, texts, st.lists(buttons, max_size=2).map(tuple))
lists = st.one_of(
    st.lists(sections, max_size=3).map(tuple),
    st.integers(15, 60).map(
        lambda count: tuple(
            Section((f"Line {n} ", Bold("x" * 200)), (Button("On", Press(number=n)),)) for n in range(count)
        )
    ),
)
attached = st.sampled_from([None, None, Attachment("my-data.zip", b"PK"), Attachment("list.csv", b"")])
cards = st.builds(Card, words, texts, lists, rows, texts, st.booleans(), attachment=attached)

KINDS: dict[str, Any] = {
    "line": Line,
    "paragraph": Paragraph,
    "choice": Choice,
    "choices": Choices,
    "tags": Tags,
    "person": PersonChoice,
    "datetime": WallTime,
    "url": Url,
    "number": Number,
    "yesno": YesNo,
}
options = st.one_of(
    st.lists(st.builds(Option, short, short), max_size=6).map(tuple),
    st.integers(0, 60).map(lambda count: tuple(Option(str(n), f"Channel {n}") for n in range(count))),
    st.just(tuple(Option(f"{'v' * 160}{n}", "label " * 30) for n in range(3))),
)
# What may stand in a field from the start: right for some kinds, wrong for the others.
values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    words,
    st.sampled_from(
        ["3", "7", f"{BEN}", f"{ELSEWHERE}", f"{SLACK}", "discord//", "discord/1/²", "2026-03-05 14:30", "yes"]
    ),
    st.lists(st.sampled_from(["1", "3", "59", "", " ", "falls", "falls", "x" * 200, "@here"]), max_size=5),
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[type[Form], tuple[str, ...]]:
    """A form class, and its fields' names."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=12))
    fields: dict[str, Any] = {}
    for number, kind in enumerate(kinds):
        annotation = KINDS[kind]
        if kind in ("choice", "choices") and draw(st.booleans()):
            annotation = Annotated[annotation, Options(draw(options))]
        longest = draw(st.sampled_from([None, 1, 80, 5000])) if kind in ("line", "paragraph") else None
        more: dict[str, Any] = {} if draw(st.booleans()) else {"default": None}
        fields[f"field_{number}"] = (
            annotation,
            Field(title=draw(words), description=draw(words), max_length=longest, **more),
        )
    made: type[Form] = create_model("Made", __base__=Form, __cls_kwargs__={"title": draw(words)}, **fields)
    return made, tuple(fields)


@st.composite
def views(draw: st.DrawFn) -> FormView:
    form, names = draw(forms())
    given = {name: draw(values) for name in names if draw(st.booleans())}
    choices = {name: draw(options) for name in names if draw(st.booleans())}
    errors = {name: draw(words) for name in (*names, "") if draw(st.integers(0, 3)) == 0}
    origin = draw(st.sampled_from(["/ask", Press(number=1).pack(), f"test.shout|{'x' * 59}"]))
    step = draw(st.integers(0, form.steps(FIELDS_IN_MODAL) - 1))
    note = draw(texts)
    return FormView(form, origin, "draft-sixteen-ab", given, choices, note, errors, FIELDS_IN_MODAL, step)
