"""The program as an installer starts it, beside a Discord that is another process: the whole way of a question, and kill -9."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.discord import DiscordApi, DiscordPerson
from tests.support.program import Program
from tests.support.waiting import until

PEOPLE = ("ada", "ben", "chidi", "dana")
STARTED, OWNER = "started ", "discord.started"
Json = dict[str, Any]


class Installed:
    """A Discord, and the settings that point the program at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        people = [part for name in PEOPLE for part in ("--person", name)]
        self.discord = Program("tests.fakes.discord", "--port", "0", "--place", "general", *people, folder=folder)
        self.told: Json = json.loads(self.discord.until("{"))
        self.settings = {
            "ROUNDS_DISCORD_TOKEN": self.told["token"],
            "DISCORD_API_BASE": self.told["api_base"],
            "DISCORD_GATEWAY": self.told["gateway"],
            "ROUNDS_DATA_DIR": str(folder / "data"),
            "ROUNDS_PUBLIC_PORT": "0",
        }
        self.running: list[Program] = []

    def rounds(self, *command: str, until: str = STARTED, **settings: str) -> Program:
        program = Program("bot", *(command or ("run",)), folder=self.folder, **{**self.settings, **settings})
        self.running.append(program)
        program.until(until)
        return program

    def end(self) -> None:
        for program in (*self.running, self.discord):
            program.kill()


@pytest.fixture
async def installed(tmp_path: Path) -> AsyncIterator[Installed]:
    made = Installed(tmp_path)
    try:
        async with DiscordApi(made.told["url"]) as api:
            await api.add_place("questions", forum=True, tags=["falls", "night"])
        yield made
    finally:
        made.end()


async def test_the_whole_way_of_a_question_and_an_old_button_after_kill_9(installed: Installed) -> None:
    program = installed.rounds()
    async with DiscordApi(installed.told["url"]) as api:
        ben, chidi, dana = (DiscordPerson(api, name, "general", within=10) for name in ("ben", "chidi", "dana"))
        await ben.types("/ask How do you prevent falls at night?")
        await ben.submits(tags="falls, beds")
        post = await chidi.sees("How do you prevent falls at night?")
        assert post.item["title"] == "How do you prevent falls at night?"
        assert post.item["tags"] == ["falls"]
        await dana.says("Low beds.", thread_of="How do you prevent falls at night?")
        await chidi.presses("Answer", on="How do you prevent falls at night?")
        await chidi.submits(text="A round every hour.")
        await ben.sees("A round every hour.")
        await ben.presses("This helped", on="How do you prevent falls at night?")
        await ben.submits()
        await dana.sees("Solved: what helped came from")

        titles = [f"{word} at night?" for word in "Wounds Pain Sleep Noise".split()]
        for title in titles:
            await ben.types(f"/ask {title}")
            assert (await ben.submits())["answered"]
        program.kill()  # what was sent last is still on its way
        second = installed.rounds()
        await until(lambda: _identified(api, 2), within=40)  # a lease that nobody gives up runs out by itself
        for title in titles:
            await dana.sees(title)
        threads = Counter(thread["name"] for thread in (await api.directory())["threads"])
        assert all(threads[title] == 1 for title in titles)
        await chidi.presses("Answer", on="How do you prevent falls at night?")
        await chidi.submits(text="The one with air.")
        await ben.sees("The one with air.")
        seen = await api.inspect()
        assert seen["violations"] == []
        assert seen["late"] == []
        assert len([named for named in seen["requests"] if named.startswith("PUT") and "commands" in named]) == 1
        second.process.send_signal(signal.SIGTERM)
        assert second.ends() == 0
        assert "Traceback" not in program.printed + second.printed


@pytest.mark.slow
async def test_a_frozen_owner_of_the_gateway_is_replaced_and_does_nothing_twice(
    installed: Installed, postgres_url: str
) -> None:
    first = installed.rounds(ROUNDS_DATABASE_URL=postgres_url)
    second = installed.rounds(ROUNDS_DATABASE_URL=postgres_url)
    async with DiscordApi(installed.told["url"]) as api:
        ben, dana = DiscordPerson(api, "ben", "general", within=10), DiscordPerson(api, "dana", "general", within=10)
        assert (await api.inspect())["identified"] == 1
        first.process.send_signal(signal.SIGSTOP)
        await until(lambda: _identified(api, 2), within=40)
        await ben.types("/ask Which pillow?")
        first.process.send_signal(signal.SIGCONT)
        await ben.submits()
        await dana.sees("Which pillow?")
        await ben.types("/ask Which blanket?")
        await ben.submits()
        await dana.sees("Which blanket?")
        for words in ("Which pillow?", "Which blanket?"):
            assert len([one for one in await dana.everything() if words in one.text and one.kind == "message"]) == 1
        assert (await api.inspect())["violations"] == []
        second.process.send_signal(signal.SIGTERM)
        assert second.ends() == 0


async def _identified(api: DiscordApi, count: int) -> bool:
    return int((await api.inspect())["identified"]) >= count


async def test_a_wrong_token_is_named_and_tried_again(installed: Installed) -> None:
    program = installed.rounds(until="discord.cannot_start", ROUNDS_DISCORD_TOKEN="wrong")
    assert "Discord does not accept the bot's token." in program.printed
    program.until("discord.cannot_start")  # again
    program.kill()
    installed.running.remove(program)
    doctor = installed.rounds("doctor", until="Discord accepts the bot's token", ROUNDS_DISCORD_TOKEN="wrong")
    assert doctor.ends() != 0
    assert "Make a new one in the developer portal" in doctor.printed
    assert "wrong" not in doctor.printed.replace("is wrong", "")
    installed.rounds()
    well = installed.rounds("doctor", until="ok  Discord accepts the bot's token")
    assert well.ends() == 0
    assert "ok  The commands are registered" in well.printed


async def test_it_starts_before_discord_can_be_reached_and_keeps_trying(installed: Installed) -> None:
    async with DiscordApi(installed.told["url"]) as api:
        await api.set_faults(fail_before=1.0, status=503)
        program = installed.rounds(until="discord.cannot_start")
        await api.set_faults()
        program.until(OWNER)
        assert (await DiscordPerson(api, "ben", "general").types("/rounds help"))["kind"] == "message"
