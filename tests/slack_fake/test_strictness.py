"""What Slack would refuse is refused, with Slack's code, and remembered as a mistake of the app."""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.fakes.slack import check, limits, schemas
from tests.fakes.slack.errors import Invalid
from tests.slack_fake.conftest import MakeStage
from tests.slack_fake.stage import MANIFEST, Json, Stage, button, field, modal, option, plain, section

TEXT = {"type": "plain_text_input"}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


BAD_BLOCKS = {
    "a section too long": [section("x" * (limits.SECTION_TEXT + 1))],
    "a field too long": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * (limits.SECTION_FIELD + 1)}]}],
    "eleven fields": [{"type": "section", "fields": [plain("x")] * 11}],
    "an empty section": [{"type": "section"}],
    "an empty text": [section(" ")],
    "a header in mrkdwn": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    "a header too long": [{"type": "header", "text": plain("x" * (limits.HEADER + 1))}],
    "no buttons": [actions()],
    "too many buttons": [actions(*(button("x", f"a{n}") for n in range(limits.ACTIONS_ELEMENTS + 1)))],
    "an action_id twice": [actions(button("a"), button("b"))],
    "a block_id twice": [section("a", block_id="x"), section("b", block_id="x")],
    "a button too long": [actions(button("x" * (limits.BUTTON_TEXT + 1)))],
    "a value too long": [actions(button("x", value="x" * (limits.BUTTON_VALUE + 1)))],
    "an action_id too long": [actions(button("x", "x" * (limits.ACTION_ID + 1)))],
    "an unknown key": [section("x", color="red")],
    "an unknown type": [{"type": "carousel-of-dreams"}],
    "too many blocks": [section("x")] * (limits.BLOCKS_PER_MESSAGE + 1),
    "too much context": [{"type": "context", "elements": [plain("x")] * (limits.CONTEXT_ELEMENTS + 1)}],
    "too much markdown": [{"type": "markdown", "text": "x" * 7000}, {"type": "markdown", "text": "y" * 7000}],
    "an option too long": [
        section("x", accessory={"type": "static_select", "action_id": "a", "options": [option("v", "x" * 76)]})
    ],
    "a value too long for an option": [
        section("x", accessory={"type": "static_select", "action_id": "a", "options": [option("v" * 151, "x")]})
    ],
    "an initial option that is not offered": [
        section(
            "x",
            accessory={
                **{"type": "static_select", "action_id": "a"},
                **{"options": [option("a")], "initial_option": option("b")},
            },
        )
    ],
}
BAD_VIEWS = {
    "no title": {key: value for key, value in modal(section("x")).items() if key != "title"},
    "a title too long": modal(section("x"), title=plain("x" * (limits.TITLE + 1))),
    "input without submit": {key: value for key, value in modal(field("a", TEXT)).items() if key != "submit"},
    "too much metadata": modal(section("x"), private_metadata="x" * (limits.PRIVATE_METADATA + 1)),
    "too many blocks": modal(*[section("x")] * (limits.BLOCKS_PER_VIEW + 1)),
    "a block_id twice": modal(field("a", TEXT), field("a", TEXT)),
    "an unknown key": modal(section("x"), colour="red"),
    "max_length too long": modal(field("a", {**TEXT, "max_length": limits.INPUT_LENGTH + 1})),
    "no blocks": {key: value for key, value in modal().items() if key != "blocks"},
    "a select without options": modal(field("a", {"type": "static_select", "options": []})),
}


@pytest.mark.parametrize("blocks", BAD_BLOCKS.values(), ids=BAD_BLOCKS)
def test_bad_blocks(blocks: list[Json]) -> None:
    with pytest.raises(Invalid):
        check.message("words", blocks)


@pytest.mark.parametrize("view", BAD_VIEWS.values(), ids=BAD_VIEWS)
def test_bad_views(view: Json) -> None:
    with pytest.raises(Invalid):
        check.view(view)


def test_the_longest_that_fits() -> None:
    fine = [section("x" * limits.SECTION_TEXT), {"type": "header", "text": plain("x" * limits.HEADER)}]
    check.message("x" * limits.TEXT_OF_MESSAGE, fine)
    check.view(modal(field("a", {**TEXT, "max_length": limits.INPUT_LENGTH}), title=plain("x" * limits.TITLE)))


def test_nonsense_is_refused_and_no_more() -> None:
    """Blocks with something missing, or something else in its place, never trip the validation itself."""
    seeds = [block for blocks in BAD_BLOCKS.values() for block in blocks[:2]] + [field("a", TEXT)]
    chance = random.Random(1)
    for _ in range(500):
        block = copy.deepcopy(chance.choice(seeds))
        inside = chance.choice([one for one in nodes(block) if one])
        key = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        inside[key] = chance.choice([None, 1, "", [], {}, True, {"type": "x"}])
        for refuse in (lambda block=block: check.message("x", [block]), lambda block=block: check.view(modal(block))):
            with contextlib.suppress(Invalid):
                refuse()


def nodes(value: Any) -> Iterator[Any]:
    """All objects and arrays in a value."""
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from nodes(inner)


def test_all_blocks_together() -> None:
    with pytest.raises(Invalid, match="msg_blocks_too_long"):
        check.message("words", [section("x" * 2900)] * 5)


async def refused(call: Any) -> Json:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: Json = dict(caught.value.response.data)
    return answer


async def test_a_mistake_is_answered_and_remembered(stage: Stage) -> None:
    answer = await refused(stage.client.chat_postMessage(channel="CQUESTIONS", text="x", blocks=[actions()]))
    assert answer["error"] == "invalid_blocks"
    assert "elements" in answer["response_metadata"]["messages"][0]
    assert [one["where"] for one in stage.slack.violations] == ["chat.postMessage"]
    await stage.person("ben").sees_not("x")


async def test_unknown_arguments_and_missing_fallbacks_are_remembered(stage: Stage) -> None:
    await stage.client.chat_postMessage(channel="CQUESTIONS", text="x", colour="red")
    with pytest.warns(UserWarning, match="text"):
        await stage.client.chat_postMessage(channel="CQUESTIONS", blocks=[section("x")])
    first, second = stage.slack.violations
    assert first["problems"] == ["unknown arguments: colour"]
    assert "blocks without text" in second["problems"][0]


ERRORS = {
    "channel_not_found": ("chat.postMessage", {"channel": "CNOWHERE", "text": "x"}),
    "no_text": ("chat.postMessage", {"channel": "CQUESTIONS"}),
    "msg_too_long": ("chat.postMessage", {"channel": "CQUESTIONS", "text": "x" * 40_001}),
    "thread_not_found": ("chat.postMessage", {"channel": "CQUESTIONS", "text": "x", "thread_ts": "1.000001"}),
    "user_not_in_channel": ("chat.postEphemeral", {"channel": "CQUESTIONS", "user": "UGUS", "text": "x"}),
    "message_not_found": ("chat.update", {"channel": "CQUESTIONS", "ts": "1.000001", "text": "x"}),
    "user_not_found": ("conversations.open", {"users": "UNOBODY"}),
    "cannot_dm_bot": ("conversations.open", {"users": "UROUNDS"}),
    "invalid_trigger_id": ("views.open", {"trigger_id": "1.2.3", "view": modal(section("x"))}),
    "not_found": ("views.update", {"view_id": "V1", "view": modal(section("x"))}),
    "invalid_cursor": ("users.list", {"cursor": "!"}),
    "unknown_method": ("chat.shout", {}),
}


@pytest.mark.parametrize("code", ERRORS)
async def test_errors(stage: Stage, code: str) -> None:
    method, args = ERRORS[code]
    assert (await refused(stage.client.api_call(method, json=args)))["error"] == code


async def test_channels_without_the_app(stage: Stage) -> None:
    for place in ("questions", "ward-team"):
        await stage.api.remove_bot(place)
    post = stage.client.chat_postMessage
    assert (await refused(post(channel="CQUESTIONS", text="x")))["error"] == "not_in_channel"
    assert (await refused(post(channel="CWARDTEAM", text="x")))["error"] == "channel_not_found"
    await stage.client.conversations_join(channel="CQUESTIONS")
    await post(channel="CQUESTIONS", text="x")
    await stage.api.change_place("questions", archived=True)
    assert (await refused(post(channel="CQUESTIONS", text="x")))["error"] == "is_archived"


async def test_only_own_messages_can_be_changed(stage: Stage) -> None:
    said = await stage.person("ben").types("Mine")
    update = stage.client.chat_update(channel="CQUESTIONS", ts=said["id"], text="Yours")
    assert (await refused(update))["error"] == "cant_update_message"
    await stage.api.change_person("ben", deleted=True)
    assert (await refused(stage.client.conversations_open(users="UBEN")))["error"] == "user_disabled"


async def test_pins(stage: Stage) -> None:
    ts = (await stage.client.chat_postMessage(channel="CQUESTIONS", text="Keep this"))["ts"]
    await stage.client.pins_add(channel="CQUESTIONS", timestamp=ts)
    again = await refused(stage.client.pins_add(channel="CQUESTIONS", timestamp=ts))
    assert again["error"] == "already_pinned"
    assert (await stage.person("ben").sees("Keep this")).item["pinned"]
    listed = await stage.client.pins_list(channel="CQUESTIONS")
    assert [one["message"]["ts"] for one in listed["items"]] == [ts]


async def test_a_trigger_works_once_and_not_for_long(make_stage: MakeStage) -> None:
    stage = await make_stage(trigger_seconds=0.0)
    await stage.connect()
    got: list[str] = []

    @stage.app.command("/form")
    async def form(ack: Any, body: Json) -> None:
        await ack()
        got.append(body["trigger_id"])

    ben = stage.person("ben")
    await ben.types("/form")
    view = modal(section("x"))
    assert (await refused(stage.client.views_open(trigger_id=got[0], view=view)))["error"] == "expired_trigger_id"
    stage.slack.trigger_seconds = 60
    await stage.client.views_open(trigger_id=got[0], view=view)
    assert (await refused(stage.client.views_open(trigger_id=got[0], view=view)))["error"] == "exchanged_trigger_id"
    await ben.types("/form")
    await ben.types("/form")
    await ben.types("/form")
    for trigger in got[1:3]:
        await stage.client.views_push(trigger_id=trigger, view=view)
    full = await refused(stage.client.views_push(trigger_id=got[3], view=view))
    assert full["error"] == "push_limit_reached"


async def test_an_answer_with_errors_for_no_field_is_a_mistake(stage: Stage) -> None:
    stage.shows(modal(field("title", TEXT)))

    @stage.app.view("form")
    async def sent(ack: Any) -> None:
        await ack(response_action="errors", errors={"tittle": "Wrong."})

    ben = stage.person("ben")
    await ben.types("/form")
    assert (await ben.submits(title="x"))["outcome"] == "failed"
    await ben.sees("We had some trouble connecting")
    assert "tittle" in stage.slack.violations[0]["problems"][0]


async def test_a_view_changed_in_between(stage: Stage) -> None:
    view = {"type": "home", "blocks": [section("One")]}
    first = await stage.client.views_publish(user_id="UBEN", view=view)
    await stage.client.views_publish(user_id="UBEN", view=view, hash=first["view"]["hash"])
    late = await refused(stage.client.views_publish(user_id="UBEN", view=view, hash=first["view"]["hash"]))
    assert late["error"] == "hash_conflict"


async def test_only_what_the_manifest_names_counts(stage: Stage) -> None:
    stage.slack.install(MANIFEST)
    stage.hears("message", "member_joined_channel", "app_mention")
    got = []

    @stage.app.command("/ask")
    async def ask(ack: Any, command: Json) -> None:
        await ack("Asked")
        got.append(command)

    ben = stage.person("ben")
    await ben.types("/aks")
    await ben.sees("/aks is not a valid command.")
    await ben.types("/ask @ada in #questions <b>? https://example.org/#questions?a&b.")
    assert got[0]["text"] == (
        "<@UADA|ada> in <#CQUESTIONS|questions> &lt;b&gt;? <https://example.org/#questions?a&amp;b>."
    )
    assert schemas.problems("payload-slash-command", got[0]) == []
    await stage.api.add_member("questions", "gus")
    await ben.types("@rounds hello", place="ward-team")
    await ben.types("@rounds hello")
    await stage.until_heard(1)
    assert [body["event"]["type"] for body in stage.heard] == ["message"]
    assert stage.heard[0]["event"]["channel"] == "CQUESTIONS"
    with pytest.raises(AssertionError, match="no global shortcut"):
        await ben.uses_shortcut("about")


async def test_what_the_manifest_does_not_turn_on_does_not_work(stage: Stage) -> None:
    blocks = [section("x", accessory=button("Go"))]
    await stage.client.chat_postMessage(channel="CQUESTIONS", text="x", blocks=blocks)
    stage.slack.install({**MANIFEST, "features": {"app_home": {"messages_tab_enabled": False}}})
    answer = await refused(stage.client.chat_postMessage(channel="UBEN", text="x"))
    assert answer["error"] == "messages_tab_disabled"
    ben = stage.person("ben")
    assert (await ben.presses("Go"))["error"] == "not_configured_for_interactivity"
    with pytest.raises(AssertionError, match="no home tab"):
        await ben.opens_home()
    await ben.types("/ask", thread=(await ben.types("A thread"))["id"])
    await ben.sees("/ask is not supported in threads.")


@pytest.mark.parametrize("command", ["/remind", "/Ask", "/two words"])
async def test_names_that_no_command_can_have(stage: Stage, command: str) -> None:
    commands = [{"command": command, "description": "x"}]
    with pytest.raises(ValueError, match="refuses"):
        stage.slack.install({**MANIFEST, "features": {"slash_commands": commands}})
