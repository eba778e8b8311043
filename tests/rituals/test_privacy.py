"""Whatever people do, in whatever order: nobody is shown what they may not see, and no word is kept that nobody agreed to.

A random day in a community, in which every question and every reply holds a word of its own. At its end everything that
anybody sees, every table, the database's own files and the log are searched for each of them.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from adapters.local.client import ApiError
from storage.schema import TABLES
from tests.support.world import World

IN_WARD = {"ada", "ben", "chidi"}
EVERYBODY = ("ada", "chidi", "dana", "emre", "gus")
NAMELESS = "ben"  # asks without his name, and does nothing else that would show it
STEPS = 45


@dataclass
class Day:
    """What was said where, by whom; and what was agreed to."""

    world: World
    dice: random.Random
    numbers: Any = field(default_factory=lambda: count(100))
    questions: dict[str, tuple[str, set[str]]] = field(default_factory=dict)  # word → place, who may see it
    replies: dict[str, tuple[str, str]] = field(default_factory=dict)  # word → question, author
    nameless: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)
    ward: set[str] = field(default_factory=lambda: set(IN_WARD))
    done: Counter[str] = field(default_factory=Counter)

    def word(self, kind: str) -> str:
        """A word that is found as it is written, and says what it stands for."""
        return f"{kind}{next(self.numbers)}x"

    def may_see(self, place: str) -> set[str]:
        return set(self.ward) if place == "ward-team" else {*EVERYBODY, NAMELESS}

    def some_question(self, who: str) -> str | None:
        seen = [word for word, (place, _) in self.questions.items() if who in self.may_see(place)]
        return self.dice.choice(seen) if seen else None


async def asks(day: Day) -> None:
    place = day.dice.choice(["questions", "ward-team"])
    who = NAMELESS if day.dice.random() < 0.4 else day.dice.choice(sorted(day.may_see(place) - {"gus", NAMELESS}))
    if who not in day.may_see(place):
        return
    word = day.word("ask")
    hidden = [other for other in day.questions if who not in day.questions[other][1]]
    like = f" {day.dice.choice(hidden)}" if hidden else ""  # words of a question out of sight: are they told it exists?
    person = day.world.person(who, place)
    await person.types(f"/ask {word} falls{like}?")
    outcome = await person.submits(anonymous=who == NAMELESS, tags="falls")
    if "Was this asked before?" in str(outcome):
        await person.presses("Ask anyway", on="Was this asked before?")
    await day.world.settles()
    day.questions[word] = (place, day.may_see(place))
    if who == NAMELESS:
        day.nameless.add(word)


async def card_of(day: Day, who: str, word: str) -> int:
    """The message of a question, in its channel."""
    seen = await day.world.person(who).everything()
    cards = [one.id for one in seen if one.kind == "message" and word in one.text and not one.place.startswith("dm")]
    return int(cards[0])


async def replies(day: Day) -> None:
    who = day.dice.choice([name for name in EVERYBODY if name != "gus"])
    if word := day.some_question(who):
        said = day.word("said")
        known = await day.world.replies()
        await day.world.person(who).says(f"Try {said}.", thread_of=await card_of(day, who, word))
        day.replies[said] = (word, who)
        with suppress(TimeoutError):
            if not any(
                author == who and question == word for s, (question, author) in day.replies.items() if s != said
            ):
                await day.world.hears_of_a_reply(people=known + 1)
        await day.world.settles()


async def helped(day: Day) -> None:
    """A facilitator says for the asker what helped; its author agrees, or not, or says nothing."""
    if not (word := day.some_question("ada")):
        return
    ada = day.world.person("ada")
    await ada.presses("This helped", on=await card_of(day, "ada", word))
    if not [seen for seen in await ada.everything() if seen.kind == "form"]:
        return
    await ada.submits()
    await day.world.settles()
    for said, (question, author) in day.replies.items():
        if question == word and said not in day.agreed:
            await says_whether(day, author, f"{word} falls", said, "Your reply to")


async def says_whether(day: Day, author: str, on: str, said: str, asked: str) -> None:
    person = day.world.person(author)
    person.within = 0.0
    answer = day.dice.choice(["OK", "No", ""])
    messages = [one for one in await person.everything() if asked in one.text and on in one.text and "[OK]" in one.text]
    if not answer or not messages:
        return
    await person.presses(answer, on=messages[-1].id)
    if answer == "OK":
        for word, (question, writer) in day.replies.items():  # which of several replies, its author was shown
            if writer == author and f"{question} falls" in messages[-1].text + on:
                day.agreed.add(word)


async def saves_for_somebody(day: Day) -> None:
    if not day.replies:
        return
    said, (word, author) = day.dice.choice(sorted(day.replies.items()))
    saver = day.dice.choice(sorted(day.may_see(day.questions[word][0]) - {author, "gus", NAMELESS}))
    person = day.world.person(saver)
    with suppress(AssertionError, ApiError):
        await person.chooses_in_menu("Save to Rounds…", of=f"Try {said}.")
        await person.submits()
        await says_whether(day, author, said, said, "would like to keep")


async def looks_for_it(day: Day) -> None:
    who = day.dice.choice([*EVERYBODY])
    words = [*day.questions, *day.replies]
    if words:
        await day.world.person(who).types(f"/find {day.dice.choice(words)} falls", dm=True)


async def looks_at_the_lists(day: Day) -> None:
    await day.world.person("ada").types("/facilitate queue", dm=True)
    await day.world.person(day.dice.choice(EVERYBODY)).types("/rounds me", dm=True)
    await day.world.person("dana").types("/rounds help", dm=True)


async def acts_as_the_invited(day: Day) -> None:
    who = day.dice.choice(["chidi", "dana"])
    person = day.world.person(who)
    person.within = 0.0
    with suppress(AssertionError):
        if day.dice.random() < 0.5:
            await person.presses("Not me", on="Can you help?")
        else:
            await person.presses("Ask back", on="Can you help?")
            await person.submits(text="Which ward?")


async def time_passes(day: Day) -> None:
    await day.world.passes(hours=day.dice.choice([1, 6, 24]))


async def is_removed(day: Day) -> None:
    if "chidi" in day.ward and day.dice.random() < 0.3:
        await day.world.removes("ward-team", "chidi")
        day.ward.discard("chidi")


WHAT_PEOPLE_DO = (
    asks, asks, replies, replies, replies, helped, helped, saves_for_somebody, looks_for_it, looks_for_it, looks_at_the_lists,
    acts_as_the_invited, time_passes, is_removed,
)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_sees_or_keeps_what_is_not_theirs(
    world: World, database_url: str, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    day = Day(world, random.Random(seed))
    for name in ("chidi", "dana"):
        await world.joins(name, can_help="falls", when="shifts", volume="full")
    with structlog.testing.capture_logs() as logged, caplog.at_level("INFO"):
        for _ in range(STEPS):
            act = day.dice.choice(WHAT_PEOPLE_DO)
            await act(day)
            day.done[act.__name__] += 1
        await world.settles()
    hidden = await shown_to_nobody_else(day)
    not_agreed = set(day.replies) - day.agreed
    print(
        f"{dict(day.done)}; {len(not_agreed)} replies not agreed to, {hidden} pairs of a person and a hidden question"
    )
    assert hidden, "a day in which nothing was hidden shows nothing"
    assert not_agreed
    kept = await everything_kept(world, database_url)
    log = f"{logged}{caplog.text}"
    assert {word for word in not_agreed if word in kept} == set()
    assert {word for word in (*day.replies, *day.questions) if word in log} == set()
    assert "Sample: Ben" not in log


async def shown_to_nobody_else(day: Day) -> int:
    """Of each person: no word of a question they could never see, no name of whoever asked without one. Counts the hidden."""
    hidden = 0
    for who in EVERYBODY:
        for seen in await day.world.person(who).everything():
            for word, (_, may_see) in day.questions.items():
                if who not in may_see and word in seen.text:
                    assert "Nothing found for" in seen.text or who_typed_it(seen.text, word), f"{who} sees {seen}"
            assert "Ben B." not in seen.text, f"{who} is told who asked: {seen}"
        hidden += sum(who not in may_see for _, may_see in day.questions.values())
    return hidden


def who_typed_it(text: str, word: str) -> bool:
    """They typed the word themselves, into a question of their own."""
    return f" falls {word}?" in text


async def everything_kept(world: World, database_url: str) -> str:
    """Every row of every table, and on SQLite the bytes of the files."""
    async with world.database.read() as db:
        rows = [str(row) for table in TABLES.tables.values() for row in (await db.execute(select(table))).all()]
    path = Path(database_url.removeprefix("sqlite:///"))
    files = [path, path.with_name(path.name + "-wal")] if world.database.is_sqlite else []
    return "\n".join(rows) + "".join(file.read_bytes().decode(errors="replace") for file in files if file.exists())
