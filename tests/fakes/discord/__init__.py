"""A small, strict Discord for tests: see README.md."""

from tests.fakes.discord.client import DiscordApi, DiscordPerson
from tests.fakes.discord.server import TOKEN, FakeDiscord

__all__ = ["TOKEN", "DiscordApi", "DiscordPerson", "FakeDiscord"]
