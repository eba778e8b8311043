"""A bot of discord.py's own making for the fake's tests: a few commands, buttons and forms, and what it heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

Interaction = discord.Interaction[Any]


class AskForm(discord.ui.Modal, title="Ask"):
    question: Any = discord.ui.Label(
        text="Question",
        component=discord.ui.TextInput(custom_id="question", style=discord.TextStyle.paragraph, max_length=200),
    )
    topic: Any = discord.ui.Label(
        text="Topic",
        component=discord.ui.Select(
            custom_id="topic:1",
            options=[
                discord.SelectOption(label="Wounds", value="w"),
                discord.SelectOption(label="Drugs", value="d", default=True),
            ],
        ),
    )
    helper: Any = discord.ui.Label(
        text="Helper", component=discord.ui.UserSelect(custom_id="helper", required=False, max_values=2)
    )
    kinds: Any = discord.ui.Label(
        text="Kinds",
        component=discord.ui.CheckboxGroup(
            custom_id="kinds",
            required=False,
            options=[
                discord.CheckboxGroupOption(label="A", value="a"),
                discord.CheckboxGroupOption(label="B", value="b"),
            ],
        ),
    )
    pace: Any = discord.ui.Label(
        text="Pace",
        component=discord.ui.RadioGroup(
            custom_id="pace",
            options=[
                discord.RadioGroupOption(label="Slow", value="s", default=True),
                discord.RadioGroupOption(label="Fast", value="f"),
            ],
        ),
    )

    async def on_submit(self, interaction: Interaction) -> None:
        helpers = [user.id for user in self.helper.component.values]
        said = [self.question.component.value, self.topic.component.values, len(helpers)]
        said += [self.kinds.component.values, self.pace.component.value]
        await interaction.response.send_message(f"Asked: {said}", view=buttons("answer"))


class LoudForm(discord.ui.Modal, title="Loud"):
    loud: Any = discord.ui.Label(text="Loud", component=discord.ui.Checkbox(custom_id="loud"))

    async def on_submit(self, interaction: Interaction) -> None:
        await interaction.response.send_message(f"Loud: {self.loud.component.value}")


def buttons(*names: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for name in names:
        view.add_item(discord.ui.Button(label=name.title(), custom_id=f"{name}:1", style=discord.ButtonStyle.primary))
    return view


class Bot(discord.Client):
    """``on_press``: what is done with a component's interaction, by the name in its custom_id. ``heard``: events."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True, guild_scheduled_events=True),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.05,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.running: asyncio.Task[None]
        self.heard: list[tuple[str, Any]] = []
        self.on_press: dict[str, Callable[[Interaction], Any]] = {}
        self._news = asyncio.Condition()
        self._commands()

    def _commands(self) -> None:
        @self.tree.command(name="ask", description="Ask")
        async def ask(interaction: Interaction, question: str | None = None) -> None:
            if question is None:
                await interaction.response.send_modal(AskForm())
            else:
                await interaction.response.send_message(f"You ask: {question}", ephemeral=True)

        @self.tree.command(name="slow", description="Slow")
        async def slow(interaction: Interaction, hidden: bool = False) -> None:
            await interaction.response.defer(ephemeral=hidden, thinking=True)
            await interaction.followup.send("Done at last")
            await interaction.followup.send("And more", ephemeral=True)

        @self.tree.command(name="never", description="Never answers")
        async def never(interaction: Interaction) -> None:
            self.hears("never", interaction)

        @self.tree.command(name="drug", description="Completed")
        async def drug(interaction: Interaction, name: str) -> None:
            await interaction.response.send_message(f"Drug {name}")

        @drug.autocomplete("name")
        async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
            known = ("insulin", "ibuprofen", "aspirin")
            return [app_commands.Choice(name=one, value=one) for one in known if one.startswith(typed)]

        @self.tree.command(name="loud", description="Loud")
        async def loud(interaction: Interaction) -> None:
            await interaction.response.send_modal(LoudForm())

        group = app_commands.Group(name="rounds", description="Rounds")

        @group.command(name="me", description="Me")
        async def me(interaction: Interaction) -> None:
            await interaction.response.send_message("That is you", ephemeral=True)

        self.tree.add_command(group)

        @self.tree.context_menu(name="Save this")
        async def save(interaction: Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"Saved: {message.content}", ephemeral=True)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library would wait five seconds before it identifies again."""

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_interaction(self, interaction: Interaction) -> None:
        data: Any = interaction.data
        if interaction.type is discord.InteractionType.component:
            await self.on_press[data["custom_id"].split(":")[0]](interaction)

    def hears(self, what: str, about: Any = None) -> None:
        self.heard.append((what, about))
        self._task = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def hears_of(self, what: str, times: int = 1) -> Any:
        """Wait until it has heard of something so many times. Returns the last of them."""
        async with asyncio.timeout(8), self._news:
            await self._news.wait_for(lambda: sum(one == what for one, _ in self.heard) >= times)
        return [about for one, about in self.heard if one == what][-1]

    async def on_ready(self) -> None:
        self.hears("ready")

    async def on_resumed(self) -> None:
        self.hears("resumed")

    async def on_message(self, message: discord.Message) -> None:
        self.hears("message", message)

    async def on_thread_create(self, thread: discord.Thread) -> None:
        self.hears("thread", thread)

    async def on_guild_channel_update(self, before: Any, after: Any) -> None:
        self.hears("channel", after)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self.hears("removed", guild)

    async def on_scheduled_event_create(self, event: Any) -> None:
        self.hears("event", event)

    async def on_socket_event_type(self, name: str) -> None:
        self.hears(name)
