"""A real client and people at theirs: commands, forms, buttons, private replies, threads."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from typing import Any

import discord
import pytest

from adapters.local.client import ApiError
from tests.discord_fake.bot import Bot, buttons
from tests.fakes.discord import DiscordApi, DiscordPerson, FakeDiscord


@pytest.fixture(autouse=True)
async def nothing_wrong(fake: FakeDiscord) -> Any:
    yield
    assert fake.violations == []


async def test_command_form_reply(bot: Bot, ada: DiscordPerson, ben: DiscordPerson) -> None:
    opened = await ada.types("/ask")
    assert (opened["answered"], opened["kind"]) == (True, "form")
    form = await ada.sees("Question")
    assert form.kind == "form"
    assert "Wounds" in form.text
    with pytest.raises(ApiError, match="required"):
        await ada.submits()
    with pytest.raises(ApiError, match="0 and 200"):
        await ada.submits(question="x" * 201)
    await ada.submits(question="How?", topic="Wounds", helper=["ben"], kinds=["a", "B"])
    found = await ben.sees("Asked: ['How?', ['w'], 1, ['a', 'b'], 's']")
    assert (found.kind, found.place) == ("message", "questions")
    assert [one for one in await ada.everything() if one.kind == "form"] == []
    await ada.types("/loud")
    await ada.submits(loud=True)
    await ada.sees("Loud: True")


async def test_a_form_is_cancelled(bot: Bot, ada: DiscordPerson) -> None:
    await ada.types("/ask")
    await ada.cancels()
    await ada.sees_not("Question")


async def test_private_replies_are_private(bot: Bot, ada: DiscordPerson, ben: DiscordPerson) -> None:
    await ada.types("/ask How do you store *insulin*?")
    await ada.types("/rounds me")
    assert (await ada.sees("You ask: How do you store insulin?")).kind == "private reply"
    await ada.sees("That is you")
    await ben.sees_not("store")
    await ada.dismisses()
    await ada.sees_not("store")


async def test_an_unknown_command_is_told_of(bot: Bot, ada: DiscordPerson) -> None:
    assert not (await ada.types("/nothing"))["answered"]
    assert (await ada.sees("no command /nothing")).kind == "notice"
    await ada.types("/rounds")
    await ada.sees("goes on with one of ['me']")


async def test_buttons_deferring_updating(bot: Bot, ada: DiscordPerson, questions: discord.TextChannel) -> None:
    async def press(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(content="Pressed", view=buttons("again"))

    async def again(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="Pressed again", view=None)
        await interaction.followup.send("Only you", ephemeral=True)

    bot.on_press = {"press": press, "again": again}
    await questions.send("Here", view=buttons("press", "other"))
    await ada.presses("Press", on="Here")
    await ada.presses("Again", on="Pressed")
    seen = await ada.sees("Pressed again")
    assert seen.item["edited"]
    assert (await ada.sees("Only you")).kind == "private reply"


async def test_a_list_is_chosen_from(bot: Bot, ada: DiscordPerson, questions: discord.TextChannel) -> None:
    async def who(interaction: discord.Interaction[Any]) -> None:
        data: Any = interaction.data
        resolved = [one["username"] for one in data["resolved"]["users"].values()]
        await interaction.response.send_message(f"Chosen {resolved}")

    bot.on_press = {"who": who}
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.UserSelect(custom_id="who:1", placeholder="Who?"))
    await questions.send("Choose", view=view)
    await ada.chooses("Who?", "ben")
    await ada.sees("Chosen ['ben']")


async def test_deferred_and_followed_up(bot: Bot, ada: DiscordPerson, ben: DiscordPerson) -> None:
    await ada.types("/slow true")
    assert (await ada.sees("Done at last")).kind == "private reply"
    await ben.sees_not("Done")
    outcome = await ada.types("/slow")
    assert outcome["kind"] == "deferred"
    done = await ben.sees("Done at last")
    assert done.id == outcome["answer"]
    assert (await ada.sees("And more")).kind == "private reply"
    assert "thinking" not in str(await ada.everything())


async def test_too_late(bot: Bot, fake: FakeDiscord, ada: DiscordPerson) -> None:
    fake.respond_within = 0.2
    assert not (await ada.types("/never"))["answered"]
    assert (await ada.sees("The application did not respond")).kind == "notice"
    interaction = await bot.hears_of("never")
    with pytest.raises(discord.NotFound) as refused:
        await interaction.response.send_message("Too late")
    assert refused.value.code == 10062
    assert [one["what"] for one in fake.late] == ["never"]


async def test_one_response_only(bot: Bot, ada: DiscordPerson, questions: discord.TextChannel, clock: Any) -> None:
    kept: list[discord.Interaction[Any]] = []

    async def press(interaction: discord.Interaction[Any]) -> None:
        kept.append(interaction)
        await interaction.response.defer()

    bot.on_press = {"press": press}
    await questions.send("Here", view=buttons("press"))
    await ada.presses("Press")
    kept[0].response._response_type = None
    with pytest.raises(discord.HTTPException) as refused:
        await kept[0].response.send_message("Again")
    assert refused.value.code == 40060
    clock.advance(timedelta(minutes=16))
    with pytest.raises(discord.HTTPException) as refused:
        await kept[0].followup.send("Late")
    assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_completion(bot: Bot, ada: DiscordPerson) -> None:
    assert await ada.completes("/drug", "name", "i") == ["insulin", "ibuprofen"]
    await ada.types("/drug insulin")
    await ada.sees("Drug insulin")


async def test_message_command(bot: Bot, ada: DiscordPerson, ben: DiscordPerson) -> None:
    await ben.types("Wash your hands")
    heard = await bot.hears_of("message")
    assert (heard.content, heard.author.name) == ("", "ben")
    await ada.uses_message_command("Save this", on="Wash")
    assert (await ada.sees("Saved: Wash your hands")).kind == "private reply"
    with pytest.raises(ApiError, match="no message command"):
        await ada.uses_message_command("Other", on="Wash")


async def test_threads(
    bot: Bot, fake: FakeDiscord, ada: DiscordPerson, ben: DiscordPerson, questions: discord.TextChannel
) -> None:
    sent = await questions.send("Who knows?")
    await ben.says("I do", thread_of="Who knows?")
    thread = await bot.hears_of("thread")
    assert thread.id == sent.id
    await thread.send("Thank you")
    reply = await ada.sees("Thank you")
    assert (reply.kind, reply.place, reply.item["thread"]) == ("reply", "questions", sent.id)
    heard = [about for what, about in bot.heard if what == "message" and about.channel.id == thread.id]
    assert [one.content for one in heard] in (["", "Thank you"], [""])
    await thread.edit(archived=True)
    with pytest.raises(discord.HTTPException) as refused:
        await thread.add_user(discord.Object(fake.state.user_named("ada").id))
    assert refused.value.code == 50083
    await ben.says("Once more", thread_of="Who knows?")
    assert not (await ada.sees("Once more")).item["archived"]


async def test_forum_posts(bot: Bot, fake: FakeDiscord, ada: DiscordPerson, ben: DiscordPerson) -> None:
    forum = discord.utils.get(bot.get_all_channels(), name="cases")
    assert isinstance(forum, discord.ForumChannel)
    with pytest.raises(discord.HTTPException) as refused:
        await forum.create_thread(name="A case", content="Swollen knee")
    assert refused.value.code == 40067
    made = await forum.create_thread(name="A case", content="Swollen knee", applied_tags=[forum.available_tags[0]])
    seen = await ada.sees("A case")
    assert (seen.kind, seen.place, seen.item["tags"]) == ("message", "cases", ["open"])
    await ben.says("Cool it", thread_of="Swollen knee")
    await ada.sees("Cool it")
    await made.thread.edit(archived=True, applied_tags=[forum.available_tags[1]])
    assert (await ada.sees("A case")).item["archived"]
    await ben.types("My case\nwith words", place="cases")
    await bot.hears_of("thread", 2)
    assert [one.name for one in await bot.guilds[0].active_threads()] == ["My case"]


async def test_direct_conversations(bot: Bot, fake: FakeDiscord, api: DiscordApi, ada: DiscordPerson) -> None:
    user = await bot.fetch_user(fake.state.user_named("ada").id)
    await user.send("Only for you", view=buttons("fine"))

    async def fine(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("Good")

    bot.on_press = {"fine": fine}
    await ada.presses("Fine", on="Only for you")
    seen = await ada.sees("Good")
    assert (seen.place, seen.item["mentions"]) == ("dm-ada", ["ada"])
    await ada.types("Thanks", dm=True)
    assert (await bot.hears_of("message", 3)).content == "Thanks"
    await ada.types("/rounds me", dm=True)
    assert (await ada.sees("That is you")).place == "dm-ada"
    await api.change_person("ada", dms_closed=True)
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("Again")
    assert refused.value.code == 50007


async def test_who_is_pinged(bot: Bot, fake: FakeDiscord, ada: DiscordPerson, questions: discord.TextChannel) -> None:
    ids = {name: fake.state.user_named(name).id for name in ("ada", "ben")}
    text = f"<@{ids['ada']}> <@{ids['ben']}> @everyone"
    await questions.send(f"first {text}")
    only = discord.AllowedMentions(users=[discord.Object(ids["ben"])])
    await questions.send(f"second {text}", allowed_mentions=only)
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.TextDisplay(f"third {text} \\*plain\\* **bold** <#{questions.id}> <t:1772618400:f>"))
    await questions.send(view=view, allowed_mentions=discord.AllowedMentions(users=True, everyone=True))
    assert (await ada.sees("first")).item["mentions"] == []
    assert (await ada.sees("second")).item["mentions"] == ["ben"]
    seen = await ada.sees("third")
    assert seen.item["mentions"] == ["ada", "ben"]
    assert "@Sample: Ada A. @Sample: Ben B. @everyone *plain* bold #questions 4 March 2026 11:00" in seen.text


async def test_events(bot: Bot, api: DiscordApi, clock: Any, ada: DiscordPerson) -> None:
    begins = clock.now() + timedelta(days=1)
    event = await bot.guilds[0].create_scheduled_event(
        name="Case round",
        start_time=begins,
        end_time=begins + timedelta(hours=1),
        entity_type=discord.EntityType.external,
        privacy_level=discord.PrivacyLevel.guild_only,
        location="#questions",
    )
    await bot.hears_of("event")
    await ada.is_interested("Case round")
    await bot.hears_of("GUILD_SCHEDULED_EVENT_USER_ADD")
    assert [user.name async for user in event.users()] == ["ada"]
    await event.edit(name="Moved", start_time=begins + timedelta(minutes=5))
    assert [(one["name"], one["interested"]) for one in await api.events()] == [("Moved", ["ada"])]
    await event.delete()
    assert await api.events() == []


async def test_joined_pins_and_history(bot: Bot, api: DiscordApi, questions: discord.TextChannel) -> None:
    await api.add_person("chidi", "Sample: Chidi C.", announced=True)
    heard = await bot.hears_of("message")
    assert heard.type is discord.MessageType.new_member
    sent = await questions.send("Pin me")
    await sent.pin()
    assert [one.id async for one in questions.pins()] == [sent.id]
    await sent.unpin()
    await questions.send("Second")
    assert [one.content async for one in questions.history(limit=10)] == ["Second", "Pin me"]
    assert [one.content async for one in questions.history(after=sent)] == ["Second"]
    await sent.delete()
    with pytest.raises(discord.NotFound):
        await questions.fetch_message(sent.id)


async def test_layouts(bot: Bot, ada: DiscordPerson, questions: discord.TextChannel) -> None:
    def layout(words: str) -> discord.ui.LayoutView:
        view = discord.ui.LayoutView(timeout=None)
        container: Any = discord.ui.Container(
            discord.ui.TextDisplay(f"## {words}"), accent_colour=discord.Colour.blue()
        )
        press: Any = discord.ui.Button(label="Press", custom_id="press:1")
        container.add_item(discord.ui.Section("In a __section__", accessory=press))
        container.add_item(discord.ui.Separator())
        container.add_item(discord.ui.ActionRow(discord.ui.Button(label="Other", custom_id="other:1")))
        view.add_item(container)
        return view

    async def press(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(view=layout("After"))

    bot.on_press = {"press": press}
    sent = await questions.send(view=layout("Before"))
    assert (await ada.sees("Before")).text == "Before\nIn a section\nPress\nOther"
    await ada.presses("Press", on="Before")
    await ada.sees("After")
    await sent.edit(view=layout("Later"))
    await ada.sees("Later")


async def test_on_its_own(tmp_path: Any) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.discord", "--place", "questions", "--person", "ada"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = json.loads(await process.stdout.readline())
    try:
        async with DiscordApi(told["url"]) as api:
            ada = DiscordPerson(api, "ada")
            await ada.types("Hello")
            assert (await ada.sees("Hello")).place == "questions"
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
