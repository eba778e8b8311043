"""The program as an installer starts it, beside a Slack that is another process: the whole way of a question, and kill -9."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import bot.rituals
from adapters.slack.manifest import manifest
from bot.core.registry import scan
from tests.fakes.slack import SlackApi, SlackPerson
from tests.support.program import Program

Json = dict[str, Any]
LIVES, WORDS = 2, "Falls Wounds Pain Sleep Noise Light".split()
READY, STARTED = "slack.started", "started "


class Installed:
    """A Slack, and the settings that point the program at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        wanted = folder / "manifest.json"
        wanted.write_text(json.dumps(manifest(scan(bot.rituals))))
        self.slack = Program("tests.fakes.slack", "--manifest", str(wanted), folder=folder)
        self.told: Json = json.loads(self.slack.until("{"))
        self.settings = {
            "ROUNDS_SLACK_BOT_TOKEN": self.told["bot_token"],
            "ROUNDS_SLACK_APP_TOKEN": self.told["app_token"],
            "SLACK_API_URL": self.told["api_url"],
            "ROUNDS_DATA_DIR": str(folder / "data"),
            "ROUNDS_PUBLIC_PORT": "0",
        }
        self.running: list[Program] = []

    def rounds(self, *, until: str = STARTED) -> Program:
        program = Program("bot", "run", folder=self.folder, **self.settings)
        self.running.append(program)
        program.until(until)
        return program

    async def until_members_of_closed_places(self, count: int) -> None:
        await self._until("SELECT count(*) FROM place_member WHERE left_at IS NULL", count)

    async def until_somebody_replied(self) -> None:
        await self._until("SELECT count(*) FROM replier", 1)

    async def _until(self, counting: str, count: int) -> None:
        """What happens in Slack reaches the program on its own time: wait until it knows of so many."""
        async with asyncio.timeout(10):
            with closing(sqlite3.connect(self.folder / "data" / "rounds.db")) as database:
                while database.execute(counting).fetchone() != (count,):
                    await asyncio.sleep(0.02)

    def end(self) -> None:
        for program in (*self.running, self.slack):
            program.kill()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    made = Installed(tmp_path)
    try:
        yield made
    finally:
        made.end()


async def test_the_whole_way_of_a_question_and_an_old_button_after_kill_9(installed: Installed) -> None:
    program = installed.rounds()
    async with SlackApi(installed.told["url"]) as api:
        ben, chidi, ada = (SlackPerson(api, name, "ward-team", within=10) for name in ("ben", "chidi", "ada"))
        await ben.types("/ask How do you store insulin on a trip?")
        nine = "air, bed, cot, dew, ear, fan, gel, hay, ink"
        assert (await ben.submits(tags=nine))["errors"] == {"tags": "At most 8 tags, please."}
        assert (await ben.submits(tags="insulin"))["outcome"] == "closed"
        card = await chidi.sees("How do you store insulin on a trip?")

        # Somebody else asks nearly the same: what is alike stands in the form, before anything is posted.
        await ada.types("/ask")
        assert (await ada.submits(title="Storing insulin on a trip?", tags="insulin"))["outcome"] == "updated"
        assert (await ada.sees("How do you store insulin on a trip?")).kind == "form"
        await chidi.sees_not("Storing insulin on a trip?")
        await ada.presses("Ask anyway")
        await chidi.sees("Storing insulin on a trip?")

        await ada.says("In a clay pot.", thread_of=card.id)  # a facilitator is told of the question as well
        await installed.until_somebody_replied()

        # The form for an answer, open while somebody may not see the question for a while: an error in it, then success.
        await chidi.presses("Answer", on="How do you store insulin on a trip?")
        await api.remove_member("ward-team", "chidi")
        await installed.until_members_of_closed_places(2)
        refused = await chidi.submits(text="In a bag that cools by water.")
        assert "can't see the channel" in refused["errors"]["text"]
        await api.add_member("ward-team", "chidi")
        await installed.until_members_of_closed_places(3)
        assert (await chidi.submits())["outcome"] == "closed"
        await ben.sees("In a bag that cools by water.")

        await ben.presses("This helped", on="How do you store insulin on a trip?")
        form = await ben.sees("Whose answer helped?")
        assert len(form.item["fields"][0]["options"]) == 2  # the answer, and who replied in the thread
        await ben.submits()
        await chidi.sees("Solved: what helped came from")

        await ben.opens_home()
        assert (await ben.sees("Your questions")).kind == "home"

        program.kill()
        second = installed.rounds()
        await chidi.presses("Answer", on="Storing insulin on a trip?")
        await chidi.submits(text="As in the other one.")
        await ada.sees("As in the other one.")
        assert await api.violations() == []
        second.process.send_signal(signal.SIGTERM)
        assert second.ends() == 0
        assert "Traceback" not in program.printed + second.printed


async def test_killed_again_and_again_while_posts_flow(installed: Installed) -> None:
    """Every question that was sent stands once, whatever the moment."""
    async with SlackApi(installed.told["url"]) as api:
        ben, dana = SlackPerson(api, "ben", within=10), SlackPerson(api, "dana", within=20)
        sent = []
        for life in range(LIVES):
            program = installed.rounds()
            for word in WORDS[life::LIVES]:
                title = f"{word} at night?"
                await ben.types(f"/ask {title}")
                if (await ben.submits())["outcome"] == "closed":
                    sent.append(title)
            program.kill()  # what was sent last is still on its way
        installed.rounds()
        for title in sent:
            await dana.sees(title)
        questions = [message["text"] for message in await api.messages("questions")]
        assert {title: sum(title in text for text in questions) for title in sent} == dict.fromkeys(sent, 1)
        assert len(sent) == len(WORDS)
        assert await api.violations() == []


async def test_it_starts_before_slack_can_be_reached_and_keeps_trying(tmp_path: Path) -> None:
    installed = Installed(tmp_path)
    try:
        async with SlackApi(installed.told["url"]) as api:
            await api.set_faults(error_500_before=1.0)
            program = installed.rounds(until="slack.cannot_start")
            await api.set_faults()
            program.until(READY)
            assert (await SlackPerson(api, "ben").types("/rounds help"))["outcome"] == "answered"
    finally:
        installed.end()
