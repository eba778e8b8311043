"""Any card and any form that the vocabulary can express, with words that are as hostile as words can be."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any

from hypothesis import strategies as st
from pydantic import Field, create_model

from adapters.slack.text import Voice
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

TEAM = "T0HERE"
VOICE = Voice(TEAM, "https://sample.slack.com/", "cop-")
BEN, ELSEWHERE = Ref("slack", TEAM, "U0BEN"), Ref("slack", "T0ELSEWHERE", "U0ZED")
DISCORD = Ref("discord", "1", "2")
HERE = Ref("slack", TEAM, "C0HERE")

HOSTILE = (
    "<!channel>",
    "<!here|x>",
    "<!everyone>",
    "<!subteam^S012AB>",
    "<@U0ADA>",
    "<@U0ADA|Ada>",
    "<#C0SECRET>",
    "<https://evil.example|a safe place>",
    "<mailto:a@b.example>",
    "@channel @here",
    "&lt;!channel&gt;",
    "&amp;lt;@U0ADA&amp;gt;",
    "<!date^0^{date}^https://evil.example|x>",
    "*bold* _it_ ~no~ `code` ```",
    "\u202eright to left\u202c \u2066x\u2069",
    "a\0b\x07\x1b[31m\x7f",
    "\n\n\n",
    " \t \u00a0 \u200b",
    "|>",
    "<",
    ">",
    "👩🏽\u200d⚕️ עברית",
    "https://evil.example/?a=1&b=<x>",
    "> quoted\n>>> more",
    "word " * 700,
    "x" * 3200,
    "Ein Satz. " * 1500,
)


class Press(Action, prefix="test.press"):
    number: int


class Shout(Action, prefix="test.shout"):
    words: str


words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE[:24]), min_size=2, max_size=3).map("".join),
)
short = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE[:24]))
places = st.sampled_from([None, HERE, ELSEWHERE, DISCORD])
accounts = st.lists(st.sampled_from([BEN, ELSEWHERE, DISCORD]), max_size=2).map(tuple)
urls = st.one_of(
    words, short.map(lambda rest: f"https://e.example/{rest}"), st.sampled_from(["javascript:alert(1)", "http://a"])
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
        MessageLink, short, st.sampled_from([HERE, ELSEWHERE]), st.sampled_from(["171.0001", "<!channel>", "", "1.1|x"])
    ),
    st.datetimes(timezones=st.just(UTC)).map(When),
)
texts: st.SearchStrategy[Text] = st.lists(spans, max_size=4).map(tuple)
actions: st.SearchStrategy[Action] = st.one_of(
    st.integers(0, 99).map(lambda number: Press(number=number)),
    st.sampled_from(["|", "%", "<!here>", ""]).map(lambda text: Shout(words=text)),
)
buttons = st.one_of(
    st.builds(Button, short, actions, st.sampled_from(["plain", "primary", "danger"]), words),
    st.builds(LinkButton, short, urls),
)
rows = st.one_of(
    st.lists(buttons, max_size=4).map(tuple),
    st.integers(20, 60).map(
        lambda count: tuple(Button(f"B {n}", Press(number=n), confirm="c" * 400) for n in range(count))
    ),
)
sections = st.builds(Section, texts, st.lists(buttons, max_size=2).map(tuple))
lists = st.one_of(
    st.lists(sections, max_size=3).map(tuple),
    st.integers(15, 60).map(lambda count: tuple(Section((f"Line {n} ", Bold("x" * 200))) for n in range(count))),
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
    st.integers(0, 150).map(lambda count: tuple(Option(str(n), f"Channel {n}") for n in range(count))),
    st.just(tuple(Option(f"{'v' * 160}{n}", "label " * 30) for n in range(3))),
)
# What may stand in a field from the start: right for some kinds, wrong for the others.
values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    words,
    st.sampled_from(["3", "7", f"{BEN}", f"{ELSEWHERE}", "slack//", "2026-03-05 14:30", "yes"]),
    st.lists(st.sampled_from(["1", "3", "149", "", " ", "falls", "falls", "x" * 200, "<!channel>"]), max_size=5),
)


@st.composite
def forms(draw: st.DrawFn) -> tuple[type[Form], tuple[str, ...]]:
    """A form class, and its fields' names."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
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
    made: type[Form] = create_model(
        "Made",
        __base__=Form,
        __cls_kwargs__={"title": draw(words), "submit": draw(words)},
        **fields,
    )
    return made, tuple(fields)


@st.composite
def views(draw: st.DrawFn) -> FormView:
    form, names = draw(forms())
    given = {name: draw(values) for name in names if draw(st.booleans())}
    choices = {name: draw(options) for name in names if draw(st.booleans())}
    errors = {name: draw(words) for name in (*names, "") if draw(st.integers(0, 3)) == 0}
    origin = draw(st.sampled_from(["/ask", Press(number=1).pack()]))
    return FormView(form, origin, "draft-1", given, choices, draw(texts), errors)
