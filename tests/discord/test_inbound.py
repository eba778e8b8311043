"""What Discord sends, understood: the right event for each payload, and no words of anybody's but in what they sent us."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.discord import inbound
from adapters.discord.inbound import AnswerTo, Malformed, Typing, understood
from adapters.discord.profile import ref
from bot.core.events import (
    Click,
    Command,
    Event,
    PersonChanged,
    Shortcut,
    Submit,
    ThreadReply,
    TypedDirectly,
    from_json,
    to_json,
)
from tests.discord import payloads
from tests.discord.payloads import ADA, APP, BEN, CHANNEL, DELIVERY, GUILD, ID, MESSAGE, SECRET, THREAD, TOKEN

Json = dict[str, Any]
WHO, ADA_, HERE = ref(GUILD, BEN), ref(GUILD, ADA), ref(GUILD, CHANNEL)
TO = AnswerTo(ID, APP, TOKEN)
IN_A_BUTTON = AnswerTo(ID, APP, TOKEN, DELIVERY)
FORM = "draft-sixteen-ab.1~q.answer|7"


def read(native: Json) -> Any:
    found = understood(native, GUILD)
    if isinstance(found, Event):
        assert from_json(to_json(found)) == found, "what is kept is what comes back"
    return found


@pytest.mark.parametrize(
    ("native", "words", "options"),
    [
        (payloads.command(payloads.option("text", "How do you?")), "ask How do you?", {}),
        (payloads.command(), "ask", {}),
        (payloads.command(payloads.subcommand("me"), name="rounds"), "rounds me", {}),
        (
            payloads.command(payloads.subcommand("ask", payloads.option("text", "x")), name="rounds"),
            "rounds ask x",
            {},
        ),
        (
            payloads.command(payloads.option("tags", "falls"), payloads.option("text", "Why?")),
            "ask Why?",
            {"tags": "falls"},
        ),
    ],
)
def test_a_command(native: Json, words: str, options: dict[str, str]) -> None:
    assert read(native) == Command(ID, WHO, HERE, words, options, TO.packed())


def test_what_happens_in_a_thread_happens_in_its_channel() -> None:
    assert read(payloads.command(where=payloads.thread())).place == HERE
    assert read(payloads.press("q.answer|7", where=payloads.thread())).place == HERE
    assert read(payloads.submission(FORM, where=payloads.thread())).place == HERE


@pytest.mark.parametrize(
    ("custom_id", "packed", "to"),
    [("q.answer|7", "q.answer|7", TO), (f"q.answer|7~{DELIVERY}", "q.answer|7", IN_A_BUTTON), ("~", "~", TO)],
)
def test_a_button(custom_id: str, packed: str, to: AnswerTo) -> None:
    assert read(payloads.press(custom_id)) == Click(ID, WHO, HERE, packed, MESSAGE, to.packed())


def test_a_button_in_a_direct_message_says_who_pressed_it() -> None:
    native = payloads.in_dm(payloads.press(f"q.answer|7~{DELIVERY}"))
    assert inbound.guild_of(native) == ""
    assert inbound.answer_to(native).delivery == DELIVERY
    assert read(native) == Click(ID, WHO, HERE, "q.answer|7", MESSAGE, IN_A_BUTTON.packed())


@pytest.mark.parametrize(("carried", "to"), [("", TO), (f"~{DELIVERY}", IN_A_BUTTON)])
def test_a_form(carried: str, to: AnswerTo) -> None:
    values = {
        "title": SECRET,
        "details": "",
        "page": "https://e.example",
        "much": "12",
        "when": "2026-03-05 14:30",
        "tags": "falls, night",
        "where": "ward",
        "nowhere": None,
        "several": ["a", "b"],
        "who": str(ADA_),
        "nobody": None,
        "sure": True,
        "unsure": False,
    }
    expected = Submit(ID, WHO, HERE, "q.answer|7", "draft-sixteen-ab", values, to.packed(), step=1)
    assert read(payloads.submission(FORM + carried)) == expected


def test_somebody_types_an_option() -> None:
    native = payloads.typing(payloads.option("text", "x"), payloads.option("tags", "fal", focused=True))
    assert read(native) == Typing(WHO, "fal", TO)
    in_a_group = payloads.typing(
        payloads.subcommand("ask", payloads.option("tags", "fal", focused=True)), name="rounds"
    )
    assert read(in_a_group) == Typing(WHO, "fal", TO)


@pytest.mark.parametrize(
    ("author", "person"),
    [(payloads.user(ADA), ADA_), (payloads.user(BEN), WHO), (payloads.user(APP, bot=True), None)],
)
def test_an_entry_in_the_menu_of_a_message(author: Json, person: Any) -> None:
    found = read(payloads.message_command(author))
    assert found == Shortcut(ID, WHO, HERE, "Save to Rounds…", MESSAGE, person, SECRET, TO.packed())


def test_what_was_said_in_a_private_thread_is_not_of_the_channel() -> None:
    """Not everybody who reads the channel reads it: nothing is known of such a place, so nothing is put forward from it."""
    native = payloads.message_command(payloads.user(ADA))
    native["channel"] = {**native["channel"], "id": "77", "type": 12, "parent_id": HERE.id}
    found = read(native)
    assert isinstance(found, Shortcut)
    assert found.place == ref(GUILD, "77")
    native["channel"]["type"] = 11
    found = read(native)
    assert isinstance(found, Shortcut)
    assert found.place == HERE


def test_what_we_know_nothing_of_is_nothing() -> None:
    assert read({**payloads.command(), "type": 1}) is None
    assert read({**payloads.command(), "type": 77}) is None


# Who, and in threads when


@pytest.mark.parametrize(
    ("member", "name"),
    [
        (payloads.member(nick="Benny"), "Benny"),
        (payloads.member(), "Ben B."),
        ({**payloads.member(), "user": payloads.user(global_name=None)}, f"user{BEN}"),
        ({"user": {"id": BEN}}, "someone"),
    ],
)
def test_a_member_is_known_by_the_name_that_others_read(member: Json, name: str) -> None:
    assert inbound.person("k", GUILD, member) == PersonChanged("k", WHO, name)


def test_bots_are_nobody() -> None:
    assert inbound.person("k", GUILD, {"user": payloads.user(bot=True)}) is None


def reply(native: Json) -> ThreadReply | None:
    return inbound.thread_reply(native, GUILD, CHANNEL, THREAD)


def test_a_reply_in_a_thread_is_who_and_when_and_no_words() -> None:
    id = "1477200000000000000"
    found = reply(payloads.typed())
    at = datetime(2026, 2, 28, 7, 5, 25, 48000, tzinfo=UTC)  # as the id tells
    assert found == ThreadReply(f"message:{id}", WHO, HERE, THREAD, f"{THREAD}:{id}", at)
    assert SECRET not in to_json(found)


@pytest.mark.parametrize(
    "more",
    [
        {"author": payloads.user(APP, bot=True)},
        {"webhook_id": "5"},
        *({"type": type} for type in (1, 3, 4, 6, 7, 18, 20, 21, 23, 24, 46)),
    ],
)
def test_what_bots_webhooks_and_discord_itself_say_is_no_reply(more: Json) -> None:
    assert reply(payloads.typed(**more)) is None
    assert inbound.typed_directly(payloads.typed(**more)) is None


@pytest.mark.parametrize("type", [0, 19])
def test_what_is_typed_to_the_bot_itself_is_who_and_no_words(type: int) -> None:
    found = inbound.typed_directly(payloads.typed(type=type))
    assert found == TypedDirectly("direct:1477200000000000000", replace(WHO, workspace=""))
    assert SECRET not in to_json(found)


def test_an_answer_to_a_message_is_a_reply() -> None:
    assert reply(payloads.typed(type=19)) is not None


# Words go nowhere, and nothing that is broken breaks us

WHOLE = [
    payloads.command(payloads.option("text", "x"), payloads.option("tags", "y")),
    payloads.command(payloads.subcommand("me"), name="rounds"),
    payloads.press(f"q.answer|7~{DELIVERY}"),
    payloads.in_dm(payloads.press(f"q.answer|7~{DELIVERY}")),
    payloads.submission(FORM),
    payloads.typing(payloads.option("tags", "fal", focused=True)),
    payloads.message_command(payloads.user(ADA)),
    payloads.command(where=payloads.thread()),
]


@pytest.mark.parametrize("native", [one for one in WHOLE if one["type"] == 3])
def test_the_words_of_a_message_go_no_further(native: Json) -> None:
    assert SECRET in str(native)
    assert SECRET not in str(asdict(read(native)))


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths(inner, (*here, key))


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.builds(list),  # a new one each time: it is changed where it is put
    st.builds(dict),
    st.builds(lambda: [None]),
    st.just("~.~"),
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_missing_or_wrong_gives_an_event_or_is_malformed(data: st.DataObject) -> None:
    native = copy.deepcopy(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 3))):
        *before, last = data.draw(st.sampled_from(list(paths(native))))
        where: Any = native
        for step in before:
            where = where[step]
        if data.draw(st.booleans()):
            where[last] = data.draw(anything)
        else:
            del where[last]
    try:
        found = understood(native, GUILD)
    except Malformed as error:
        found = None
        said = str(error)
    else:
        said = ""
    assert SECRET not in said
    assert found is None or isinstance(found, Typing | Event)
    if isinstance(found, Event):
        assert from_json(to_json(found)) == found
        assert isinstance(found, Shortcut | Submit) or SECRET not in to_json(found)
