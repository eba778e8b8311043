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
from storage import tags
from storage.communities import Community
from storage.schema import TABLES
from tests.support.world import World

IN_WARD = {"ada", "ben", "chidi"}
EVERYBODY = ("ada", "chidi", "dana", "emre", "gus")
NAMELESS = "ben"  # asks without his name, and does nothing else that would show it
STEPS = 55
MOST_MEETINGS = 3  # a day; many messages, which everybody looks through


@dataclass
class Day:
    """What was said where, by whom; and what was agreed to."""

    world: World
    dice: random.Random
    numbers: Any = field(default_factory=lambda: count(100))
    questions: dict[str, tuple[str, set[str]]] = field(default_factory=dict)  # word → place, who may see it
    askers: dict[str, str] = field(default_factory=dict)
    replies: dict[str, tuple[str, str]] = field(default_factory=dict)  # word → question, author
    items: dict[str, tuple[str, str]] = field(
        default_factory=dict
    )  # word → place, author: tips, with a tag of their own
    nameless: set[str] = field(default_factory=set)
    agreed: set[str] = field(default_factory=set)
    ward: set[str] = field(default_factory=lambda: set(IN_WARD))
    done: Counter[str] = field(default_factory=Counter)
    meetings: list[str] = field(default_factory=list)  # words of meetings of the closed channel
    gone: set[str] = field(default_factory=set)  # questions that were removed
    copied: set[str] = field(default_factory=set)  # words of questions that somebody typed into one of their own
    hidden: int = 0  # pairs of a person and a question they could never see
    seen_before: int = 0  # the last message that whoever was removed from the closed channel saw there

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
    other = day.dice.choice(hidden) if hidden else ""  # words of a question out of sight: are they told it exists?
    day.copied.add(other)
    like = f" {other}" if other else ""
    person = day.world.person(who, place)
    await person.types(f"/ask {word} falls{like}?")
    outcome = await person.submits(anonymous=who == NAMELESS, tags="falls")
    if "Was this asked before?" in str(outcome):
        await person.presses("Ask anyway", on="Was this asked before?")
    await day.world.settles()
    day.questions[word], day.askers[word] = (place, day.may_see(place)), who
    day.hidden += len(set(EVERYBODY) - day.may_see(place))
    if who == NAMELESS:
        day.nameless.add(word)


async def card_of(day: Day, who: str, title: str) -> int:
    """The message in its channel of what begins so: a word alone may stand in another question, too."""
    seen = await day.world.person(who).everything()
    cards = [one.id for one in seen if one.kind == "message" and title in one.text and not one.place.startswith("dm")]
    return int(cards[0])


async def replies(day: Day) -> None:
    who = day.dice.choice([name for name in EVERYBODY if name != "gus"])
    if word := day.some_question(who):
        said = day.word("said")
        known = await day.world.replies()
        await day.world.person(who).says(f"Try {said}.", thread_of=await card_of(day, who, f"{word} falls"))
        if who != day.askers[word] and (word, who) not in day.replies.values():
            await day.world.hears_of_a_reply(people=known + 1)
        day.replies[said] = (word, who)
        await day.world.settles()


async def helped(day: Day) -> None:
    """A facilitator says for the asker what helped; its author agrees, or not, or says nothing."""
    if not (word := day.some_question("ada")):
        return
    ada = day.world.person("ada")
    await ada.presses("This helped", on=await card_of(day, "ada", f"{word} falls"))
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
    there = sorted((said, where) for said, where in day.replies.items() if where[0] in day.questions)
    if not there:
        return
    said, (word, author) = day.dice.choice(there)
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


async def shares(day: Day) -> None:
    place = day.dice.choice(["questions", "ward-team", "ward-team"])
    who = day.dice.choice(sorted(day.may_see(place) - {"gus", NAMELESS}))
    word = day.word("tip")
    person = day.world.person(who, place)
    await person.types("/share tip")
    await person.submits(challenge=f"{word} mats", text=f"What works is {word}.", tags=f"tag{word}, mats")
    await day.world.settles()
    day.items[word] = (place, who)


async def meets(day: Day) -> None:
    """A meeting of the closed channel is announced, and found, there alone."""
    if len(day.meetings) == MOST_MEETINGS:
        return
    word = day.word("meet")
    ada = day.world.person("ada", "ward-team")
    await ada.types("/facilitate schedule")
    await ada.presses("Schedule a meeting", on="Scheduled")
    await ada.submits(title=f"{word} mats", topics=word, words="tomorrow 12:30", host="chidi")
    await ada.presses("Save it", on=f"{word} mats")
    await day.world.settles()
    day.meetings.append(word)
    for who in EVERYBODY:
        await day.world.person(who).types(f"/find {word} kind:session", dm=True)


async def shares_elsewhere(day: Day) -> None:
    """Somebody who sees it would like it to be read in #general; its author says yes, or nothing."""
    closed = [word for word, (place, author) in day.items.items() if place == "ward-team" and author in day.ward]
    if not closed:
        return
    word = day.dice.choice(closed)
    author, who = day.items[word][1], day.dice.choice(sorted(day.ward - {NAMELESS}))
    person = day.world.person(who, "ward-team")
    await person.types(f"/find {word}")
    await person.presses("More", on=await card_of(day, who, f"{word} mats"))
    await person.presses("Share in another channel", on=f"{word} mats")
    general = next(place["value"] for place in (await person.fills()).item["view"]["fields"][0]["options"])
    asked = "I asked its author" in str(await person.submits(place=general))
    await day.world.settles()
    if asked and day.dice.random() < 0.5:
        await day.world.person(author).presses("Share it", on=f"{word} mats")
        await day.world.settles()
    if who == author or (asked and "#general now" in str(await day.world.person(author).everything())):
        day.items[word] = ("general", author)


async def follows_a_tag(day: Day) -> None:
    """Also one that they could not know of: by a slip, a look over a shoulder."""
    if day.items:
        person = day.world.person(day.dice.choice(["chidi", "dana", "emre"]))
        person.within = 0.0
        await person.types(f"/find tag:{day.dice.choice(['mats', f'tag{day.dice.choice(list(day.items))}'])}", dm=True)
        with suppress(AssertionError):
            await person.presses("Follow this tag", on="Found")


async def looks_around(day: Day) -> None:
    """With a slip of the finger, and from one thing to what is like it."""
    if not day.items:
        return
    word = day.dice.choice(list(day.items))
    person = day.world.person(day.dice.choice([*EVERYBODY]))
    person.within = 0.0
    await person.types(f"/find {word[:-1]}", dm=True)
    await person.types("/find mats", dm=True)
    with suppress(AssertionError):
        await person.presses("More like this", on="Found")


async def time_passes(day: Day) -> None:
    await day.world.passes(hours=day.dice.choice([1, 6, 24]))


async def is_removed(day: Day) -> None:
    if "chidi" in day.ward and day.dice.random() < 0.3:
        await day.world.removes("ward-team", "chidi")
        day.ward.discard("chidi")
        day.seen_before = max(int(one.id) for one in await day.world.person("chidi").everything() if one.kind != "form")


async def removes(day: Day) -> None:
    """A facilitator removes a question for good."""
    if (word := day.some_question("ada")) and day.dice.random() < 0.5:
        ada = day.world.person("ada")
        await ada.presses("More", on=await card_of(day, "ada", f"{word} falls"))
        await ada.presses("Remove", on=word)
        await ada.submits()
        await day.world.settles()
        day.gone.add(word)
        del day.questions[word]


WHAT_PEOPLE_DO = (
    asks, asks, replies, replies, replies, helped, helped, saves_for_somebody, looks_for_it, looks_for_it, looks_at_the_lists,
    acts_as_the_invited, time_passes, is_removed, removes, shares, shares, shares_elsewhere, follows_a_tag, looks_around, meets,
)  # fmt: skip


@pytest.mark.parametrize("seed", [1])
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
    await nothing_is_shown(day)
    await no_tag_of_a_closed_channel_is_offered(day)
    not_agreed = set(day.replies) - day.agreed
    print(
        f"{dict(day.done)}; {len(not_agreed)} replies not agreed to, {day.hidden} pairs of a person and a hidden question"
    )
    assert any(place == "ward-team" for place, _ in day.items.values())
    assert any(place != "ward-team" for place, _ in day.items.values())
    assert day.meetings
    assert day.hidden, "a day in which nothing was hidden shows nothing"
    assert not_agreed
    rows = await every_row(world)
    kept = rows + bytes_of_files(world, database_url)
    log = f"{logged}{caplog.text}"
    assert {word for word in not_agreed if word in kept} == set()
    assert {word for word in day.gone - day.copied if word in rows} == set(), "removed words are still in the database"
    assert {word for word in (*day.replies, *day.questions) if word in log} == set()
    assert "Sample: Ben" not in log


async def nothing_is_shown(day: Day) -> None:
    """To each person: no word of a question they could never see or that is gone, no name of whoever asked without one."""
    for who in EVERYBODY:
        for seen in await day.world.person(who).everything():
            for word, (_, may_see) in day.questions.items():
                if who not in may_see and word in seen.text:
                    assert "Nothing found for" in seen.text or who_typed_it(seen.text, word), f"{who} sees {seen}"
            for word, (place, _) in day.items.items():
                if place == "ward-team" and who not in IN_WARD:
                    assert word not in seen.text or "Nothing found for" in seen.text, f"{who} sees {seen}"
            if who not in IN_WARD:
                shown = [word for word in day.meetings if word in seen.text]
                assert not shown or "Nothing found for" in seen.text, f"{who} sees {seen}"
            assert "Ben B." not in seen.text, f"{who} is told who asked: {seen}"
            for word in day.gone:
                assert word not in seen.text or seen.kind == "private reply" or " falls " in seen.text, (
                    f"removed: {seen}"
                )
            if who == "chidi" and "chidi" not in day.ward and seen.kind != "form" and int(seen.id) > day.seen_before:
                there = [word for word, (place, _) in day.questions.items() if place == "ward-team"]
                shown = [word for word in there if word in seen.text and not who_typed_it(seen.text, word)]
                assert not shown or "Nothing found" in seen.text, f"{seen}"


async def no_tag_of_a_closed_channel_is_offered(day: Day) -> None:
    async with day.world.database.read() as db:
        community = await db.scalar(select(Community.id))
        assert community is not None
        for word, (place, _) in day.items.items():
            offered = await tags.beginning(db, community, f"tag{word}", 5)
            assert offered == ([] if place == "ward-team" else [f"tag{word}"])


def who_typed_it(text: str, word: str) -> bool:
    """They typed the word themselves, into a question of their own."""
    return f" falls {word}?" in text


async def every_row(world: World) -> str:
    """Every row of every table."""
    async with world.database.read() as db:
        rows = [str(row) for table in TABLES.tables.values() for row in (await db.execute(select(table))).all()]
    return "\n".join(rows)


def bytes_of_files(world: World, database_url: str) -> str:
    """The database's own files, where it has some: what was never written there is not in them either."""
    path = Path(database_url.removeprefix("sqlite:///"))
    files = [path, path.with_name(path.name + "-wal")] if world.database.is_sqlite else []
    return "".join(file.read_bytes().decode(errors="replace") for file in files if file.exists())
