"""What the fake refuses, as Discord does: permissions, unknown things, bodies of the wrong shape or size."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import pytest

from adapters.local.client import together
from tests.discord_fake.bot import Bot, buttons
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord, checks, command_checks, limits, schema
from tests.fakes.discord.errors import Refused

Json = dict[str, Any]
CHANNEL = "/channels/{channel_id}"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
V2 = 1 << 15


def button(**changes: Any) -> Json:
    return {"type": 2, "style": 1, "label": "A", "custom_id": "a", **changes}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


def text(content: str) -> Json:
    return {"type": 10, "content": content}


def label(component: Json, **changes: Any) -> Json:
    return {"type": 18, "label": "L", "component": component, **changes}


def field(**changes: Any) -> Json:
    return {"type": 4, "custom_id": "f", "style": 1, **changes}


def select(count: int, **changes: Any) -> Json:
    options = [{"label": str(n), "value": str(n)} for n in range(count)]
    return {"type": 3, "custom_id": "s", "options": options, **changes}


def send(body: Json) -> None:
    schema.check("POST", CHANNEL + "/messages", body)
    checks.message(body)


def open_modal(**changes: Any) -> None:
    data = {"custom_id": "m", "title": "T", "components": [label(field())], **changes}
    schema.check("POST", CALLBACK, {"type": 9, "data": data})
    checks.modal(data)


FINE: list[Json] = [
    {"content": "x" * 2000},
    {"embeds": [{"title": "x" * 256, "description": "y" * 4096}]},
    {"content": "x", "components": [row(*[button(custom_id=str(n)) for n in range(5)])] * 1},
    {"components": [row(select(25, max_values=25))], "content": "x"},
    {"flags": V2, "components": [text("x" * 4000)]},
    {"components": [row({"type": 8, "custom_id": "c", "channel_types": [15, 16]})], "content": "x"},
    {"content": "x", "nonce": "n" * 25, "enforce_nonce": True, "allowed_mentions": {"parse": [], "users": ["1", 2]}},
]
WRONG: list[tuple[str, Json]] = [
    ("BASE_TYPE_MAX_LENGTH", {"content": "x" * 2001}),
    ("50006", {}),
    ("50006", {"content": "  "}),
    ("MAX_EMBED_SIZE_EXCEEDED", {"embeds": [{"description": "y" * 3001}] * 2}),
    ("BASE_TYPE_MAX_LENGTH", {"embeds": [{"title": "x" * 257}]}),
    ("BASE_TYPE_BAD_LENGTH", {"embeds": [{"title": "x"}] * 11}),
    ("UNKNOWN_KEY", {"content": "x", "colour": 1}),
    ("UNKNOWN_KEY", {"embeds": [{"title": "x", "colour": 1}]}),
    ("BASE_TYPE_MAX_LENGTH", {"content": "x", "nonce": "n" * 26}),
    (
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    ),
    ("COMPONENT_CUSTOM_ID_DUPLICATED", {"content": "x", "components": [row(button(), button())]}),
    ("BASE_TYPE_BAD_LENGTH", {"content": "x", "components": [row(*[button(custom_id=str(n)) for n in range(6)])]}),
    ("BASE_TYPE_BAD_LENGTH", {"content": "x", "components": [row(select(26))]}),
    ("BASE_TYPE_MAX_LENGTH", {"content": "x", "components": [row(button(label="x" * 81))]}),
    ("BASE_TYPE_MAX_LENGTH", {"content": "x", "components": [row(button(custom_id="x" * 101))]}),
    ("BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", {"content": "x", "components": [row(button(label=""))]}),
    ("BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", {"content": "x", "components": [row(button(custom_id=None))]}),
    ("COMPONENT_LAYOUT_WIDTH_EXCEEDED", {"content": "x", "components": [row(button(), select(1))]}),
    ("SELECT_COMPONENT_MAX_VALUES_TOO_LARGE", {"content": "x", "components": [row(select(2, max_values=3))]}),
    ("UNION_TYPE_CHOICES", {"components": [text("x")]}),
    ("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", {"flags": V2, "content": "x", "components": [text("x")]}),
    ("COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", {"flags": V2, "components": [text("x" * 2001), text("y" * 2000)]}),
    ("BASE_TYPE_BAD_LENGTH", {"flags": V2, "components": [{"type": 17, "components": [text("x")] * 40}]}),
]


@pytest.mark.parametrize("body", FINE)
def test_a_message_may_have(body: Json) -> None:
    send(body)


@pytest.mark.parametrize(("code", "body"), WRONG)
def test_a_message_may_not_have(code: str, body: Json) -> None:
    with pytest.raises(Refused) as refused:
        send(body)
    assert code in str(refused.value.errors) or code == str(refused.value.code)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("BASE_TYPE_MAX_LENGTH", {"title": "x" * 46}),
        ("BASE_TYPE_BAD_LENGTH", {"components": [label(field(custom_id=str(n))) for n in range(6)]}),
        ("BASE_TYPE_BAD_LENGTH", {"components": []}),
        ("BASE_TYPE_MAX_LENGTH", {"components": [label(field(), label="x" * 46)]}),
        ("BASE_TYPE_MAX_LENGTH", {"components": [label(field(), description="x" * 101)]}),
        ("BASE_TYPE_MAX_LENGTH", {"components": [label(field(placeholder="x" * 101))]}),
        ("BASE_TYPE_MAX_LENGTH", {"components": [label(field(value="x" * 4001))]}),
        ("BASE_TYPE_BAD_LENGTH", {"components": [label(field(value="xyz", max_length=2))]}),
        ("NUMBER_TYPE_MAX", {"components": [label(field(max_length=4001))]}),
        ("COMPONENT_CUSTOM_ID_DUPLICATED", {"components": [label(field()), label(field())]}),
    ],
)
def test_a_modal_may_not_have(code: str, changes: Json) -> None:
    open_modal()
    with pytest.raises(Refused) as refused:
        open_modal(**changes)
    assert code in str(refused.value.errors)


def command(**changes: Any) -> Json:
    return {"name": "ask", "description": "Ask", "type": 1, **changes}


def option(name: str, **changes: Any) -> Json:
    return {"type": 3, "name": name, "description": "D", **changes}


def put(commands: list[Json]) -> None:
    schema.check("PUT", "/applications/{application_id}/commands", commands)
    command_checks.all_of(commands)


CHOICES = [{"name": "n" * 90, "value": f"{m}" * 10} for m in range(9)]


@pytest.mark.parametrize(
    ("code", "commands"),
    [
        ("APPLICATION_COMMAND_INVALID_NAME", [command(name="Ask")]),
        ("APPLICATION_COMMANDS_DUPLICATE_NAME", [command(), command()]),
        ("APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", [command(options=[option("a"), option("b", required=True)])]),
        ("APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", [command(options=[option("a"), option("a")])]),
        ("APPLICATION_COMMAND_TOO_LARGE", [command(options=[option(f"o{n}", choices=CHOICES) for n in range(25)])]),
        ("BASE_TYPE_BAD_LENGTH", [command(options=[option(f"o{n}") for n in range(26)])]),
        ("UNKNOWN_KEY", [command(colour=1)]),
        ("BASE_TYPE_REQUIRED", [command(description="")]),
        ("30032", [command(name=f"c{n}") for n in range(101)]),
        ("30032", [{"name": f"C {n}", "type": 3} for n in range(16)]),
    ],
)
def test_commands_may_not_be(code: str, commands: list[Json]) -> None:
    with pytest.raises(Refused) as refused:
        put(commands)
    assert code in str(refused.value.errors) or code == str(refused.value.code)


async def test_violations_are_kept(bot: Bot, fake: FakeDiscord, questions: discord.TextChannel) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await questions.send("x" * 2001)
    assert (refused.value.status, refused.value.code) == (400, 50035)
    (kept,) = fake.violations
    assert kept["errors"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"


async def test_the_form_of_requests(fake: FakeDiscord) -> None:
    head = {"Authorization": f"Bot {fake.token}"}
    channel = fake.state.place_named("questions").id
    async with aiohttp.ClientSession(fake.api_base + "/") as session:
        answer = await session.post(f"channels/{channel}/messages", json={"content": "x"})
        assert answer.status == 401
        charset = {**head, "Content-Type": "application/json; charset=utf-8"}
        answer = await session.post(f"channels/{channel}/messages", data=b"{}", headers=charset)
        assert answer.status == 415
        answer = await session.get(f"channels/{channel}/nothing", headers=head)
        assert answer.status == 404
        answer = await session.get("gateway")
        assert answer.headers["Content-Type"] == "application/json"
    assert len(fake.violations) == 2


@pytest.mark.parametrize(
    ("denied", "code"),
    [("VIEW_CHANNEL", 50001), ("SEND_MESSAGES", 50013), ("EMBED_LINKS", 50013), ("ATTACH_FILES", 50013)],
)
async def test_permissions(bot: Bot, api: DiscordApi, questions: discord.TextChannel, denied: str, code: int) -> None:
    await api.permit("questions", "bot", deny=(denied,))
    await bot.hears_of("channel")
    with pytest.raises(discord.Forbidden) as refused:
        await questions.send("x", embed=discord.Embed(title="x"), file=discord.File(io.BytesIO(b"x"), "x.txt"))
    assert refused.value.code == code
    await api.permit("questions", "bot")
    await questions.send("x", embed=discord.Embed(title="x"), file=discord.File(io.BytesIO(b"x"), "x.txt"))


async def test_closed_places(
    bot: Bot, fake: FakeDiscord, api: DiscordApi, ada: DiscordPerson, ben: DiscordPerson
) -> None:
    place: Any = discord.utils.get(bot.get_all_channels(), name="ward-team")
    await place.send("Only us")
    await ben.sees_not("Only us")
    await api.add_member("ward-team", "ben")
    await ben.sees("Only us")
    await api.remove_member("ward-team", "ben")
    await ben.sees_not("Only us")
    await api.remove_member("ward-team", "bot")
    with pytest.raises(discord.Forbidden):
        await place.send("Still?")


async def test_unknown_things(bot: Bot, fake: FakeDiscord, questions: discord.TextChannel) -> None:
    guild = questions.guild
    for code, doing in (
        (10003, bot.fetch_channel(1)),
        (10004, bot.fetch_guild(1)),
        (10013, guild.fetch_member(1)),
        (10008, questions.fetch_message(1)),
    ):
        with pytest.raises(discord.NotFound) as refused:
            await doing
        assert refused.value.code == code
    gone = fake.people.add_person("gone").id
    fake.people.change_person("gone", gone=True)
    with pytest.raises(discord.NotFound) as refused:
        await guild.fetch_member(gone)
    assert refused.value.code == 10007
    with pytest.raises(discord.Forbidden) as denied:
        await bot.http.get_members(guild.id, limit=10, after=None)
    assert denied.value.code == 50001


async def test_no_more_than_so_many_dms(bot: Bot, fake: FakeDiscord) -> None:
    fake.dm_opens = 1
    ada, ben = [await bot.fetch_user(fake.state.user_named(name).id) for name in ("ada", "ben")]
    await ada.send("x")
    with pytest.raises(discord.Forbidden) as refused:
        await ben.send("x")
    assert refused.value.code == 40003
    await ada.send("y")


async def test_texts_of_others_are_not_for_bots(bot: Bot, ben: DiscordPerson, questions: discord.TextChannel) -> None:
    await ben.types("A secret")
    await ben.types("@bot a question")
    await bot.hears_of("message", 2)
    assert [one.content async for one in questions.history()] == [f"<@{bot.user and bot.user.id}> a question", ""]


async def test_no_more_than_so_many_open_events(bot: Bot, fake: FakeDiscord) -> None:
    begins = fake.state.clock() + timedelta(days=1)
    given: Json = {
        "start_time": begins,
        "end_time": begins + timedelta(hours=1),
        "entity_type": discord.EntityType.external,
        "privacy_level": discord.PrivacyLevel.guild_only,
        "location": "#questions",
    }
    fake.limiter.a_second = None
    for number in range(limits.OPEN_EVENTS):
        await bot.guilds[0].create_scheduled_event(name=f"Event {number}", **given)
    with pytest.raises(discord.HTTPException) as refused:
        await bot.guilds[0].create_scheduled_event(name="One more", **given)
    assert refused.value.code == 30038
    with pytest.raises(discord.HTTPException) as refused:
        await bot.guilds[0].create_scheduled_event(name="Past", **{**given, "start_time": begins - timedelta(days=2)})
    assert refused.value.code == 50035


async def test_no_more_than_so_many_creates_a_day(bot: Bot, fake: FakeDiscord) -> None:
    guild = bot.guilds[0]
    path = "/applications/{application_id}/guilds/{guild_id}/commands"
    route = discord.http.Route("PUT", path, application_id=bot.application_id, guild_id=guild.id)
    for turn in range(2):
        await bot.http.request(route, json=[command(name=f"c{turn}-{n}") for n in range(100)])
    await bot.http.request(route, json=[command(name=f"c1-{n}") for n in range(100)])
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.request(route, json=[command(name="another")])
    assert refused.value.code == 30034


async def test_commands_for_some(bot: Bot, fake: FakeDiscord, ada: DiscordPerson, ben: DiscordPerson) -> None:
    path = "/applications/{application_id}/guilds/{guild_id}/commands"
    route = discord.http.Route("PUT", path, application_id=bot.application_id, guild_id=bot.guilds[0].id)
    await bot.http.request(route, json=[command(name="settings", default_member_permissions="32")])
    assert "notice" in await ben.types("/settings")
    fake.respond_within = 0.1  # the client does not know that command
    assert "notice" not in await ada.types("/settings")


async def test_what_rests_is_archived(bot: Bot, clock: Any, ben: DiscordPerson, questions: discord.TextChannel) -> None:
    sent = await questions.send("Who knows?")
    thread = await sent.create_thread(name="Who knows?", auto_archive_duration=1440)
    said = await thread.send("First")
    clock.advance(timedelta(hours=23))
    await said.edit(content="Changed")
    clock.advance(timedelta(hours=2))
    with pytest.raises(discord.HTTPException) as refused:
        await said.edit(content="Changed again")
    assert refused.value.code == 50083
    await thread.edit(archived=False)
    await said.edit(content="Changed again")
    await ben.sees("Changed again")


async def test_files_can_be_read(bot: Bot, ben: DiscordPerson, questions: discord.TextChannel) -> None:
    await questions.send("Here", file=discord.File(io.BytesIO(b"a,b"), "list.csv"))
    (attached,) = (await ben.sees("list.csv")).item["attachments"]
    assert await bot.http.get_from_cdn(attached["url"]) == b"a,b"


async def test_both_of_two_presses_arrive(bot: Bot, ben: DiscordPerson, questions: discord.TextChannel) -> None:
    async def press(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("Pressed", ephemeral=True)

    bot.on_press = {"press": press}
    await questions.send("Here", view=buttons("press"))
    outcomes = await together(ben.presses("Press"), ben.presses("Press"))
    assert [one["kind"] for one in outcomes] == ["message", "message"]
    assert outcomes[0]["answer"] != outcomes[1]["answer"]
