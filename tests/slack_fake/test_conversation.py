"""The real Bolt against the fake, over sockets and by HTTP: what people do reaches the app, and they see its answers."""

from __future__ import annotations

from typing import Any

from tests.fakes.slack import schemas
from tests.slack_fake.conftest import MakeStage
from tests.slack_fake.stage import Json, Stage, button, field, modal, plain, section


async def test_a_command_is_answered_for_one_person_only(either: Stage) -> None:
    @either.app.command("/hello")
    async def hello(ack: Any, command: Json) -> None:
        await ack(f"Hello, you typed {command['text']!r}")

    ben = either.person("ben")
    await ben.types("/hello  there")
    seen = await ben.sees("Hello, you typed 'there'")
    assert (seen.kind, seen.place) == ("private reply", "questions")
    await either.person("ada").sees_not("Hello")
    assert either.slack.violations == []
    assert [(ack["kind"], ack["ok"]) for ack in either.slack.acks] == [("command", True)]


async def test_a_command_is_answered_for_all_to_see(either: Stage) -> None:
    @either.app.command("/hello")
    async def hello(ack: Any) -> None:
        await ack(response_type="in_channel", text="Hello all", blocks=[section("Hello *all*")])

    await either.person("ben").types("/hello")
    assert (await either.person("dana").sees("Hello all")).kind == "message"
    assert either.slack.violations == []


async def test_a_form_is_refused_corrected_and_sent(either: Stage) -> None:
    text = {"type": "plain_text_input", "max_length": 20}
    either.shows(modal(field("title", text, "What is it?"), field("more", text, optional=True)))
    got = []

    @either.app.view("form")
    async def sent(ack: Any, view: Json, body: Json) -> None:
        got.append(body)
        if view["state"]["values"]["title"]["value"]["value"] == "short":
            await ack(response_action="errors", errors={"title": "Please say more."})
        else:
            await ack()

    ben = either.person("ben")
    await ben.types("/form")
    assert (await ben.submits())["outcome"] == "refused"
    await ben.sees("Please complete this required field.")
    assert got == []
    assert (await ben.submits(title="short"))["outcome"] == "errors"
    await ben.sees("Please say more.")
    assert (await ben.submits(title="long enough"))["outcome"] == "closed"
    assert "form" not in [seen.kind for seen in await ben.everything()]
    assert got[1]["view"]["state"]["values"] == {
        "title": {"value": {"type": "plain_text_input", "value": "long enough"}},
        "more": {"value": {"type": "plain_text_input", "value": None}},
    }
    del got[1]["user"]["username"], got[1]["enterprise"]  # Slack sends them although its types do not know that
    assert schemas.problems("payload-view-submission", got[1]) == []
    assert either.slack.violations == []


async def test_a_button_in_a_message(either: Stage) -> None:
    got = []

    @either.app.action("help")
    async def pressed(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        got.append(body)
        await respond("Thank you", replace_original=False)

    blocks = [section("*Who* can help?"), {"type": "actions", "elements": [button("I can", "help", value="7")]}]
    await either.client.chat_postMessage(channel="CQUESTIONS", text="Who can help?", blocks=blocks)
    dana = either.person("dana")
    await dana.presses("I can", on="Who can help?")
    assert (await dana.sees("Thank you")).kind == "private reply"
    assert got[0]["actions"][0]["value"] == "7"
    assert got[0]["message"]["text"] == "Who can help?"
    assert got[0]["user"]["id"] == "UDANA"
    del got[0]["enterprise"]  # null in life, which its types do not know
    assert schemas.problems("payload-block-actions", got[0]) == []
    assert either.slack.violations == []


async def test_an_ephemeral_message_is_seen_by_one_until_they_reload(stage: Stage) -> None:
    got = []

    @stage.app.action("press")
    async def pressed(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        got.append(body)
        await respond(text="Changed", replace_original=True)

    blocks = [section("Only you", accessory=button("Go"))]
    await stage.client.chat_postEphemeral(channel="CQUESTIONS", user="UBEN", text="Only you", blocks=blocks)
    ben = stage.person("ben")
    await ben.presses("Go")
    await ben.sees("Changed")
    await ben.sees_not("Only you")
    await stage.person("ada").sees_not("Changed")
    assert got[0]["container"]["is_ephemeral"] is True
    assert "message" not in got[0]
    await ben.hides_ephemerals()
    await ben.sees_not("Changed")


async def test_an_event_reaches_the_app(either: Stage) -> None:
    either.hears("message")
    await either.person("ben").types("Good <!channel> morning @ada & all")
    (body,) = await either.until_heard(1)
    assert body["event"]["text"] == "Good &lt;!channel&gt; morning <@UADA> &amp; all"
    assert schemas.problems("payload-event-envelope", body) == []
    await either.person("dana").sees("Good <!channel> morning @Sample: Ada A. & all")


async def test_a_home_tab(stage: Stage) -> None:
    @stage.app.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        view = {"type": "home", "blocks": [section("Welcome home"), {"type": "actions", "elements": [button("Go")]}]}
        await client.views_publish(user_id=event["user"], view=view)

    stage.app.action("press")(_acknowledge)
    ben = stage.person("ben")
    await ben.opens_home()
    assert (await ben.sees("Welcome home")).kind == "home"
    assert (await ben.presses("Go", on="Welcome home"))["outcome"] == "answered"
    await stage.person("ada").sees_not("Welcome home")


async def test_suggestions_while_typing(stage: Stage) -> None:
    element = {"type": "multi_external_select", "min_query_length": 1, "action_id": "tags"}
    stage.shows(modal(field("tags", element)))
    sent = []

    @stage.app.options("tags")
    async def offer(ack: Any, payload: Json) -> None:
        labels = [one for one in ("falls", "night") if payload["value"] in one]
        await ack(options=[{"text": plain(label), "value": label} for label in labels])

    @stage.app.view("form")
    async def done(ack: Any, view: Json) -> None:
        sent.append(view["state"]["values"]["tags"]["tags"]["selected_options"])
        await ack()

    ben = stage.person("ben")
    await ben.types("/form")
    assert await ben.suggestions("tags", "a") == ["falls"]
    await ben.submits(tags="falls, night")
    assert [one["value"] for one in sent[0]] == ["falls", "night"]


async def test_shortcuts(stage: Stage) -> None:
    got = []

    @stage.app.shortcut("ask_about")
    async def used(ack: Any, body: Json) -> None:
        await ack()
        got.append(body)

    ben = stage.person("ben")
    await stage.person("ada").types("Insulin goes in the fridge")
    await ben.uses_shortcut("ask_about", on="Insulin")
    await ben.uses_shortcut("ask_about")
    assert [one["type"] for one in got] == ["message_action", "shortcut"]
    assert (got[0]["message"]["user"], got[0]["message"]["text"]) == ("UADA", "Insulin goes in the fridge")


async def test_two_apps_share_the_payloads(make_stage: MakeStage) -> None:
    stage = await make_stage()

    @stage.app.command("/hello")
    async def hello(ack: Any) -> None:
        await ack("Hello")

    await stage.connect()
    await stage.connect()
    for _ in range(4):
        await stage.person("ben").types("/hello")
    assert [connection.received for connection in stage.slack.delivery.sockets.open] == [2, 2]
    assert len([seen for seen in await stage.person("ben").everything() if seen.text == "Hello"]) == 4


async def _acknowledge(ack: Any) -> None:
    await ack()
