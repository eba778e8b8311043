"""The people's eyes and hands: markup as it is read, whom it notifies, and every kind of field."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.clock import MovableClock
from tests.slack_fake.conftest import MakeStage
from tests.slack_fake.stage import Json, Stage, button, field, modal, option, plain, section

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SEEN = {
    "*bold* and _slanted_ ~gone~ `code`": "bold and slanted gone code",
    "snake_case_name and 2*3*4": "snake_case_name and 2*3*4",
    "5 &lt; 6 &amp; 7 &gt; 6": "5 < 6 & 7 > 6",
    "<@UCHIDI> in <#CQUESTIONS>": "@Sample: Chidi C. in #questions",
    "<https://example.org/?a=1&amp;b=2|the page>": "the page",
    "<https://example.org>": "https://example.org",
    "&gt; quoted": "quoted",
    "*<@UGUS>*: <https://example.org/_a_|a &amp; b>": "@Sample: Gus *G*: a & b",
    "<!here> look": "@here look",
    "<#CWARDTEAM>": "#private-channel",
}


@pytest.mark.parametrize("text", SEEN)
async def test_markup_as_it_is_read(stage: Stage, text: str) -> None:
    await stage.api.change_person("gus", name="Sample: Gus *G*")
    await stage.client.chat_postMessage(channel="CQUESTIONS", text="x", blocks=[section(text)])
    seen = await stage.person("dana").everything()
    assert seen[-1].text == SEEN[text]


DATES = {
    "{date_num} {time}": "2026-03-04 10:30 PM",
    "{date_long}": "Wednesday, March 4th",
    "{date_short_pretty} at {time}": "today at 10:30 PM",
    "{date_pretty}": "today",
}


@pytest.mark.parametrize("form", DATES)
async def test_dates_in_the_readers_zone(make_stage: MakeStage, form: str) -> None:
    stage = await make_stage(clock=MovableClock(frozen_at=NOON).now)
    await stage.api.change_person("ben", zone="Australia/Adelaide")  # 10:30 ahead in March
    text = f"<!date^{int(NOON.timestamp())}^{form}|later>"
    await stage.client.chat_postMessage(channel="CQUESTIONS", text=text)
    seen = await stage.person("ben").everything()
    assert seen[-1].text == DATES[form]


MENTIONS = {
    "<@UBEN> and <@UADA|ada>": ["ben", "ada"],
    "<!channel> <!here|here> <!everyone>": ["channel", "here", "everyone"],
    "<!subteam^S1|@team>": ["subteam:S1"],
    "&lt;!channel&gt; &lt;@UBEN&gt; @ben": [],
}


@pytest.mark.parametrize("text", MENTIONS)
async def test_whom_a_message_notifies(stage: Stage, text: str) -> None:
    for given in ({"text": text}, {"text": "x", "blocks": [section(text)]}):
        await stage.client.chat_postMessage(channel="CQUESTIONS", **given)
        (*_, last) = await stage.person("ben").everything()
        assert last.item["mentions"] == MENTIONS[text]
    blocks = [{"type": "header", "text": plain("<!channel>")}]
    await stage.client.chat_postMessage(channel="CQUESTIONS", text="x", blocks=blocks)
    assert (await stage.person("ben").everything())[-1].item["mentions"] == []


async def test_who_sees_what(stage: Stage) -> None:
    for place in ("questions", "ward-team"):
        await stage.client.chat_postMessage(channel=f"C{place.upper().replace('-', '')}", text=f"In {place}")
    await stage.client.chat_postMessage(channel="UBEN", text="Between us")
    seen = {name: [one.text for one in await stage.person(name).everything()] for name in ("ben", "dana", "gus")}
    assert seen == {"ben": ["In questions", "In ward-team", "Between us"], "dana": ["In questions"], "gus": []}
    with pytest.raises(AssertionError, match="does not see #ward-team"):
        await stage.person("dana", "ward-team").types("Hello")
    with pytest.raises(AssertionError, match=r"They see:\n  \[message in questions\] In questions"):
        await stage.person("dana").sees("In ward-team", within=0.01)
    await stage.person("ben").types("Hello, bot", dm=True)
    assert (await stage.person("ben").sees("Hello, bot")).place == "dm-ben"


SELECT = {"type": "static_select", "options": [option("a", "First"), option("b", "Second")]}
CHOICES = {"options": [option("a", "First"), option("b", "Second")]}
FIELDS: dict[str, tuple[Json, Any, Json]] = {
    "text": ({"type": "plain_text_input"}, "words", {"value": "words"}),
    "number": ({"type": "number_input", "is_decimal_allowed": False}, 7, {"value": "7"}),
    "url": ({"type": "url_text_input"}, "https://example.org", {"value": "https://example.org"}),
    "email": ({"type": "email_text_input"}, "a@example.org", {"value": "a@example.org"}),
    "select": (SELECT, "Second", {"selected_option": option("b", "Second")}),
    "radio": ({"type": "radio_buttons", **CHOICES}, "a", {"selected_option": option("a", "First")}),
    "many": (
        {"type": "multi_static_select", **CHOICES},
        "a, Second",
        {"selected_options": [option("a", "First"), option("b", "Second")]},
    ),
    "check": ({"type": "checkboxes", "options": [option("yes")]}, True, {"selected_options": [option("yes")]}),
    "user": ({"type": "users_select"}, "ada", {"selected_user": "UADA"}),
    "users": ({"type": "multi_users_select"}, "ada, ben", {"selected_users": ["UADA", "UBEN"]}),
    "place": ({"type": "conversations_select"}, "questions", {"selected_conversation": "CQUESTIONS"}),
    "date": ({"type": "datepicker"}, "2026-03-04", {"selected_date": "2026-03-04"}),
    "time": ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
    "instant": ({"type": "datetimepicker"}, NOON, {"selected_date_time": int(NOON.timestamp())}),
}


async def test_every_kind_of_field(stage: Stage) -> None:
    stage.shows(modal(*(field(name, element) for name, (element, _, _) in FIELDS.items())))
    got: list[Json] = []

    @stage.app.view("form")
    async def sent(ack: Any, view: Json) -> None:
        got.append(view["state"]["values"])
        await ack()

    ben = stage.person("ben")
    await ben.types("/form")
    assert (await ben.submits(**{name: value for name, (_, value, _) in FIELDS.items()}))["outcome"] == "closed"
    for name, (element, _, state) in FIELDS.items():
        assert got[0][name]["value"] == {"type": element["type"], **state}
    assert stage.slack.violations == []


async def test_what_was_there_from_the_start_goes_along(stage: Stage) -> None:
    kept = field("kept", {"type": "plain_text_input", "initial_value": "as it was"})
    chosen = field("chosen", {**SELECT, "initial_option": option("a", "First")})
    stage.shows(modal(kept, chosen, field("users", {"type": "multi_users_select"}, optional=True)))
    got: list[Json] = []

    @stage.app.view("form")
    async def sent(ack: Any, view: Json) -> None:
        got.append(view["state"]["values"])
        await ack()

    ben = stage.person("ben")
    await ben.types("/form")
    form = await ben.sees("as it was")
    assert form.item["values"] == {"kept": "as it was", "chosen": "a", "users": []}
    with pytest.raises(AssertionError, match="the form has the fields"):
        await ben.fills(keept="x")
    with pytest.raises(AssertionError, match="is offered 'Third'"):
        await ben.fills(chosen="Third")
    await ben.submits()
    assert got[0]["kept"]["value"]["value"] == "as it was"
    assert got[0]["users"]["value"] == {"type": "multi_users_select", "selected_users": []}


async def test_forms_on_top_of_forms(stage: Stage) -> None:
    text = {"type": "plain_text_input"}
    stage.shows(modal(field("one", text), notify_on_close=True))
    closed: list[Json] = []

    @stage.app.view("form")
    async def sent(ack: Any) -> None:
        await ack(response_action="push", view=modal(section("On top"), callback_id="top", notify_on_close=True))

    @stage.app.view("top")
    async def top(ack: Any) -> None:
        await ack(response_action="update", view=modal(section("Changed"), callback_id="top", notify_on_close=True))

    @stage.app.view_closed("top")
    async def gone(ack: Any, body: Json) -> None:
        await ack()
        closed.append(body)

    ben = stage.person("ben")
    await ben.types("/form")
    assert (await ben.submits(one="x"))["outcome"] == "pushed"
    await ben.sees("On top")
    assert (await ben.submits())["outcome"] == "updated"
    await ben.sees("Changed")
    await ben.cancels()
    await stage.slack.until(lambda: closed)
    assert [seen.kind for seen in await ben.everything()] == ["form"]
    assert closed[0]["view"]["previous_view_id"] is not None


async def test_menus_of_messages(stage: Stage) -> None:
    users = {"type": "users_select", "action_id": "who", "placeholder": plain("Who helps?")}
    dates = {"type": "datepicker", "action_id": "when"}
    got: list[Json] = []

    async def acted(ack: Any, action: Json) -> None:
        await ack()
        got.append(action)

    for id in ("who", "when"):
        stage.app.action(id)(acted)
    blocks = [{"type": "actions", "elements": [users, dates]}]
    await stage.client.chat_postMessage(channel="CQUESTIONS", text="x", blocks=blocks)
    ben = stage.person("ben")
    await ben.presses("Who helps?", choosing="chidi")
    await ben.presses("when", choosing="2026-03-04")
    assert (got[0]["selected_user"], got[1]["selected_date"]) == ("UCHIDI", "2026-03-04")


async def test_menus_and_buttons_of_forms(stage: Stage) -> None:
    overflow = {"type": "overflow", "action_id": "more", "options": [option("e", "Edit"), option("d", "Delete")]}
    blocks = [section("An item", accessory=overflow), {"type": "actions", "elements": [button("Add a field")]}]
    stage.shows(modal(*blocks))
    got: list[Json] = []

    async def acted(ack: Any, action: Json, body: Json, client: Any) -> None:
        await ack()
        got.append(action)
        await client.views_update(view_id=body["view"]["id"], view=modal(section(f"{action['action_id']} done")))

    stage.app.action("press")(acted)
    stage.app.action("more")(acted)
    ben = stage.person("ben")
    await ben.types("/form")
    await ben.presses("Delete")
    await ben.sees("more done")
    await ben.types("/form")
    await ben.presses("Add a field", on="An item")
    await ben.sees("press done")
    assert got[0]["selected_option"]["value"] == "d"
    assert stage.slack.violations == []
