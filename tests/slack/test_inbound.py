"""What Slack sends, understood: the right event for each payload, and no words of anybody's but in what they sent us."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.slack.inbound import (
    AnswerTo,
    Forget,
    HomeOpened,
    Malformed,
    PlaceMayHaveChanged,
    Stranger,
    Typing,
    neutral,
    place,
    understood,
)
from adapters.slack.profile import ref, workspace
from bot.core.events import (
    CameOrWent,
    Click,
    Command,
    MessageGone,
    PersonChanged,
    PlaceChanged,
    Shortcut,
    Submit,
    Talked,
    ThreadReply,
    TypedDirectly,
    WorkspaceGone,
)
from tests.fakes.slack import schemas
from tests.slack import payloads
from tests.slack.payloads import ADA, BEN, BOT, CHANNEL, SECRET, TEAM, TRIGGER, TS, URL

Json = dict[str, Any]
AT = datetime(2026, 3, 4, 10, 0, 0, 100, tzinfo=UTC)
WHO, ADA_, HERE = ref(TEAM, BEN), ref(TEAM, ADA), ref(TEAM, CHANNEL)
AS_IN_THE_FORM = AnswerTo(url="https://hooks.slack.com/commands/1", trigger=TRIGGER, thread="1.1", home="yes")


def read(body: Json, prefix: str = "") -> Any:
    return understood(body, TEAM, BOT, prefix)


def event(type: str, **more: Any) -> Json:
    return payloads.event({"type": type, **more})


def joined(type: str, user: str) -> Json:
    return event(type, user=user, channel=CHANNEL, channel_type="G", team=TEAM, event_ts=TS)


def as_described(schema: str, body: Json) -> list[str]:
    """What Slack's own types say against a payload, but for what it sends although they do not know it."""
    kept = {key: value for key, value in body.items() if key != "enterprise"}
    if schema == "payload-view-submission":
        kept["user"] = {key: value for key, value in body["user"].items() if key != "username"}
    return schemas.problems(schema, kept)


COMMANDS = [
    (payloads.command("How do you store insulin?"), "", "ask How do you store insulin?"),
    (payloads.command("  me  ", "/rounds"), "", "rounds me"),
    (payloads.command("", "/cop-rounds"), "cop-", "rounds"),
    (payloads.command("1 &lt; 2 &amp;amp; 3", "/cop-ask"), "cop-", "ask 1 < 2 &amp; 3"),
]


@pytest.mark.parametrize(("body", "prefix", "words"), COMMANDS)
def test_a_command(body: Json, prefix: str, words: str) -> None:
    assert schemas.problems("payload-slash-command", body) == []
    assert read(body, prefix) == Command(TRIGGER, WHO, HERE, words, {}, AnswerTo(url=URL, trigger=TRIGGER).packed())


@pytest.mark.parametrize(
    ("typed", "words", "mentioned"),
    [
        ("ask <@U0ADA|ada> please", "ask @ada please", {"@ada": str(ADA_)}),
        ("<@U0ADA> and <@U0ADA|>", "@U0ADA and @U0ADA", {"@U0ADA": str(ADA_)}),
        ("<@W1|a&amp;b>", "@a&b", {"@a&b": str(ref(TEAM, "W1"))}),
        ("in <#C1|general> or <#C2>", "in #general or #C2", {}),
        ("<!channel> <!here|here> <!everyone>", "@channel @here @everyone", {}),
        ("<!subteam^S1|@nurses> <!subteam^S1>", "@nurses @subteam", {}),
        ("<https://e.org/a?b=1&amp;c=2>", "https://e.org/a?b=1&c=2", {}),
        ("<https://e.org|e.org> <mailto:a@b.org|a@b.org>", "e.org a@b.org", {}),
        ("&lt;!channel&gt; &lt;@U0ADA&gt;", "<!channel> <@U0ADA>", {}),
        ("&amp;lt;", "&lt;", {}),
        ("a < b", "a < b", {}),
        ("", "", {}),
    ],
)
def test_typed_text_is_read_as_it_was_typed(typed: str, words: str, mentioned: dict[str, str]) -> None:
    assert neutral(typed, TEAM) == (words, mentioned)


def test_a_button_on_a_message() -> None:
    body = payloads.press()
    assert as_described("payload-block-actions", body) == []
    to = AnswerTo(url=URL, trigger=TRIGGER)
    assert read(body) == Click(TRIGGER, WHO, HERE, "q.answer|7", TS, to.packed())
    in_a_thread = read(payloads.press(thread="1772618300.000100"))
    assert AnswerTo.unpacked(in_a_thread.answer_to).thread == "1772618300.000100"


def test_a_button_on_something_that_only_they_saw() -> None:
    """Slack does not send such a message along."""
    body = payloads.press(thread="1772618300.000100")
    del body["message"]
    body["container"]["is_ephemeral"] = True
    clicked = read(body)
    assert (clicked.message, clicked.place) == (TS, HERE)
    assert AnswerTo.unpacked(clicked.answer_to).thread == "1772618300.000100"


def test_a_button_at_home_and_one_in_a_form() -> None:
    at_home, in_a_form = payloads.press_in_view("home"), payloads.press_in_view("modal")
    to = AnswerTo(trigger=TRIGGER, view="V1", view_kind="home", home="yes")
    assert read(at_home) == Click(TRIGGER, WHO, ref(TEAM, ""), "q.answer|7", "", to.packed())
    to = AnswerTo(**{**asdict(AS_IN_THE_FORM), "view": "V1", "view_kind": "modal"})
    assert read(in_a_form) == Click(TRIGGER, WHO, HERE, "q.answer|7", "", to.packed())


@pytest.mark.parametrize(
    "action",
    [
        {"type": "button", "action_id": "open.0", "url": "https://e.org"},
        {"type": "static_select", "selected_option": {"value": "x"}},
        {"type": "users_select", "selected_user": "U1"},
    ],
)
def test_an_opened_link_or_a_choice_is_no_click(action: Json) -> None:
    assert read({**payloads.press(), "actions": [action]}) is None


def test_a_sent_form() -> None:
    body = payloads.submission()
    assert as_described("payload-view-submission", body) == []
    values = {
        "title": SECRET,
        "details": None,
        "page": "https://e.example",
        "much": "12",
        "when": "2026-03-05 14:30",
        "where": "ward",
        "nowhere": None,
        "several": ["a"],
        "tags": ["falls"],
        "who": str(ADA_),
        "nobody": None,
        "sure": True,
        "unsure": False,
    }
    assert read(body) == Submit(TRIGGER, WHO, HERE, "/ask", "d1", values, AS_IN_THE_FORM.packed())


def test_a_form_sent_without_a_trigger_is_known_again_by_its_state() -> None:
    body = payloads.submission()
    del body["trigger_id"]
    assert read(body).key == "V1:156772938.1827394"


def test_a_form_that_is_not_ours() -> None:
    assert read(payloads.submission("")) is None
    with pytest.raises(Malformed):
        read(payloads.submission("from another app"))


def test_suggestions_while_typing() -> None:
    assert read(payloads.suggestion("fal")) == Typing(WHO, "tags", "fal")


def test_a_message_somebody_chose_is_the_one_event_with_words() -> None:
    to = AnswerTo(url=URL, trigger=TRIGGER)
    assert read(payloads.message_action(text=f"{SECRET} &lt;b&gt; <@U1>")) == Shortcut(
        TRIGGER, WHO, HERE, "Keep", TS, ADA_, f"{SECRET} <b> @U1", to.packed()
    )


@pytest.mark.parametrize(
    "changes",
    [{"bot_id": "B9"}, {"subtype": "channel_join"}, {"user": None}, {"team": "T0OTHER"}, {"user_team": "T0OTHER"}],
)
def test_what_nobody_of_the_workspace_wrote_has_no_author(changes: Json) -> None:
    body = payloads.message_action()
    body["message"] |= changes
    assert read(body).author is None


def test_a_shortcut_everywhere_is_a_command_without_a_place() -> None:
    to = AnswerTo(trigger=TRIGGER)
    assert read(payloads.shortcut()) == Command(TRIGGER, WHO, ref(TEAM, ""), "ask", {}, to.packed())
    assert read(payloads.shortcut("other")) is None


@pytest.mark.parametrize("make", [payloads.press, payloads.submission, payloads.message_action])
def test_people_of_another_organisation_are_strangers(make: Any) -> None:
    """Two organisations can share a channel: Slack Connect."""
    found = read(make(user_team="T0OTHER"))
    assert isinstance(found, Stranger)
    assert found.who == WHO
    assert isinstance(read({**make(user_team="T0OTHER"), "enterprise": {"id": "E1"}}), Click | Submit | Shortcut)
    without = make()
    del without["user"]["team_id"]
    assert not isinstance(read(without), Stranger)


# Events

RENAMED = {
    "id": CHANNEL,
    "name": "asking",
    "name_normalized": "asking",
    "created": 1,
    "is_channel": True,
    "is_mpim": False,
}
ROOT = "1772618300.000100"
REPLY = f"{ROOT}:{TS}"  # a reply is named by its thread, too: a link to it needs both


def gone(was: Any) -> Any:
    own = {"user": None, "ts": "1772618999.000900", "thread_ts": None, "parent_user_id": None}
    return payloads.said(subtype="message_deleted", deleted_ts=TS, previous_message=was, **own)


def tombstone(was: Any) -> Any:
    """What Slack sends when a message goes that has replies."""
    now = {"subtype": "tombstone", "user": "USLACKBOT", "ts": ROOT, "thread_ts": ROOT}
    own = {"user": None, "ts": "1772618999.000900", "thread_ts": None, "parent_user_id": None}
    return payloads.said(subtype="message_changed", message=now, previous_message=was, **own)


EVENTS = [
    (payloads.said(), ThreadReply("Ev1", ADA_, HERE, ROOT, REPLY, AT)),
    (payloads.said(subtype="thread_broadcast"), ThreadReply("Ev1", ADA_, HERE, ROOT, REPLY, AT)),
    (payloads.said(parent_user_id=ADA), Talked("Ev1", ADA_, HERE, "1772618300.000100", AT)),
    (payloads.said(parent_user_id=None, thread_ts=None), None),
    (payloads.said(bot_id="B9"), None),
    (payloads.said(user=None), None),
    (payloads.said(user_team="T0OTHER"), None),
    (payloads.said(subtype="message_changed", message={"text": SECRET}, user=None), None),
    (gone({"user": ADA, "text": SECRET}), MessageGone("Ev1", HERE, TS)),
    (gone({"user": ADA, "text": SECRET, "thread_ts": TS}), MessageGone("Ev1", HERE, TS)),
    (gone({"user": ADA, "text": SECRET, "thread_ts": ROOT}), MessageGone("Ev1", HERE, REPLY)),
    (gone(None), MessageGone("Ev1", HERE, TS)),
    (gone({"user": BOT}), None),
    (tombstone({"user": ADA, "text": SECRET}), MessageGone("Ev1", HERE, ROOT)),
    (tombstone({"user": BOT}), None),
    (payloads.said(subtype="channel_join"), None),
    (payloads.said(subtype="bot_message", bot_id="B9"), None),
    (payloads.said(subtype="channel_convert_to_private", parent_user_id=None), PlaceMayHaveChanged(HERE)),
    (event("app_home_opened", user=BEN, channel="D1", tab="home", event_ts=TS), HomeOpened(WHO)),
    (event("app_home_opened", user=BEN, channel="D1", tab="messages", event_ts=TS), None),
    (joined("member_joined_channel", ADA), PlaceMayHaveChanged(HERE)),
    (joined("member_left_channel", ADA), CameOrWent("Ev1", HERE, ADA_, False, AT)),
    (joined("member_joined_channel", BOT), PlaceMayHaveChanged(HERE)),
    (joined("member_left_channel", BOT), PlaceMayHaveChanged(HERE)),
    (event("channel_rename", channel=RENAMED, event_ts=TS), PlaceMayHaveChanged(HERE)),
    (event("group_rename", channel=RENAMED, event_ts=TS), PlaceMayHaveChanged(HERE)),
    (event("channel_archive", channel=CHANNEL, user=ADA, is_moved=0, event_ts=TS), PlaceMayHaveChanged(HERE)),
    (event("group_archive", channel=CHANNEL, user=ADA, is_moved=0, event_ts=TS), PlaceMayHaveChanged(HERE)),
    (event("channel_unarchive", channel=CHANNEL, user=ADA, event_ts=TS), PlaceMayHaveChanged(HERE)),
    (event("channel_deleted", channel=CHANNEL), PlaceMayHaveChanged(HERE)),
    (event("channel_left", channel=CHANNEL, actor_id=ADA, event_ts=TS), PlaceMayHaveChanged(HERE)),
    (event("app_uninstalled"), Forget(WorkspaceGone("Ev1", workspace(TEAM)))),
    (event("tokens_revoked", tokens={"oauth": [], "bot": [BOT]}), Forget(WorkspaceGone("Ev1", workspace(TEAM)))),
    (event("tokens_revoked", tokens={"oauth": [BEN], "bot": []}), None),
    (event("user_change", user=payloads.user(), cache_ts=1, event_ts=TS), PersonChanged("Ev1", ADA_, "Ada A.", "Europe/London")),
    (event("team_join", user=payloads.user(is_restricted=True, tz="")), PersonChanged("Ev1", ADA_, "Ada A.", guest=True)),
    (event("app_mention", user=ADA, text=SECRET, ts=TS, channel=CHANNEL, event_ts=TS), None),
    (payloads.said(channel_type="im"), TypedDirectly("Ev1", ADA_)),
    (payloads.said(channel_type="im", parent_user_id=None, thread_ts=None), TypedDirectly("Ev1", ADA_)),
    (payloads.said(channel_type="im", subtype="file_share", parent_user_id=None), TypedDirectly("Ev1", ADA_)),
    (payloads.said(channel_type="im", bot_id="B9"), None),
    (payloads.said(channel_type="im", user_team="T0OTHER"), None),
    (payloads.said(channel_type="im", subtype="message_changed", message={"text": SECRET}, user=None), None),
]  # fmt: skip


def test_nobody_is_let_in_by_an_event_that_may_be_old() -> None:
    """Who is in a closed channel is asked for; in an open one everybody reads."""
    body = joined("member_joined_channel", ADA)
    assert read(body) == PlaceMayHaveChanged(HERE)
    body["event"]["channel_type"] = "C"
    assert read(body) is None


@pytest.mark.parametrize(("body", "expected"), EVENTS)
def test_an_event(body: Json, expected: Any) -> None:
    assert read(body) == expected


@pytest.mark.parametrize("number", [0, 2, 18, 20, 21, 24, 26, 29, 31, 32, 34])
def test_these_events_are_as_slack_describes_them(number: int) -> None:
    assert schemas.problems("payload-event-envelope", EVENTS[number][0]) == []


@pytest.mark.parametrize(
    ("changes", "name", "zone", "active", "guest"),
    [
        ({"display_name": "Adele"}, "Adele", "Europe/London", True, False),
        ({"deleted": True}, "Ada A.", "Europe/London", False, False),
        ({"is_ultra_restricted": True}, "Ada A.", "Europe/London", True, True),
        ({"is_stranger": True}, "Ada A.", "Europe/London", True, True),
        ({"team_id": "T0OTHER"}, "Ada A.", "Europe/London", True, True),
        ({"tz": None, "profile": {}, "real_name": None}, "ada", "", True, False),
        ({"tz": None, "profile": None, "real_name": "", "name": ""}, "someone", "", True, False),
    ],
)
def test_people(changes: Json, name: str, zone: str, active: bool, guest: bool) -> None:
    body = event("user_change", user=payloads.user(**changes), cache_ts=1, event_ts=TS)
    assert read(body) == PersonChanged("Ev1", ADA_, name, zone, active, guest)


def test_bots_are_not_people() -> None:
    assert read(event("user_change", user=payloads.user(is_bot=True))) is None
    assert read(event("team_join", user=payloads.user(id="USLACKBOT"))) is None


@pytest.mark.parametrize(
    ("channel", "closed", "archived"),
    [
        ({"is_private": False, "is_member": True}, False, False),
        ({"is_private": True, "is_member": True}, True, False),
        ({"is_mpim": True, "is_member": True}, True, False),
        ({"is_archived": True, "is_member": True}, False, True),
        ({"is_member": False}, False, True),
        ({}, False, False),
    ],
)
def test_places(channel: Json, closed: bool, archived: bool) -> None:
    found = place("k", {"id": CHANNEL, "name": "asking", **channel}, TEAM)
    assert found == PlaceChanged("k", HERE, "asking", closed, archived)


def test_what_is_unknown_is_left_alone() -> None:
    for body in ({}, {"type": "view_closed"}, {"type": "workflow_step_edit"}, event("reaction_added")):
        assert read(body) is None
