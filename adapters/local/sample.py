"""The sample community: three months in the life of people who do not exist, played through the product itself.

Nothing here is written into a database: the people below type, press and reply as anyone would, on days gone by, so what
stands there at the end is what the program makes of it. It grows as rituals are added: give the people something to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from adapters.local.chat.model import Directory, Person, Place
from adapters.local.client import ChatApi
from adapters.local.client import Person as Human

DAYS = 90
TRIES = 100
Passes = Callable[[timedelta], Awaitable[None]]

PEOPLE = (
    Person("ada", "Sample: Ada A.", "Europe/London", admin=True),  # facilitates
    Person("ben", "Sample: Ben B.", "Europe/London"),
    Person("chidi", "Sample: Chidi C.", "Africa/Lagos"),
    Person("dana", "Sample: Dana D.", "America/New_York"),
    Person("emre", "Sample: Emre E.", "Europe/Istanbul"),
    Person("fumiko", "Sample: Fumiko F.", "Asia/Tokyo"),
    Person("gita", "Sample: Gita G.", "Asia/Kolkata"),  # reads, mostly
    Person("hugo", "Sample: Hugo H.", "America/Sao_Paulo"),
    Person("ines", "Sample: Ines I.", "Europe/Madrid"),
    Person("jonas", "Sample: Jonas J.", "Europe/Berlin"),
)
PLACES = (
    Place("questions", "questions"),
    Place("general", "general"),
    Place("ward-team", "ward-team", closed=True),
)
EMPTY = Directory((PEOPLE[0],), (PLACES[0],))
SAMPLE = Directory(PEOPLE, PLACES, (("ward-team", ("ada", "ben", "chidi", "ines")),))

# Who joined, what they can help with, what they want to learn.
JOINED = (
    ("chidi", "falls, wound care", "palliative care"),
    ("dana", "medication, insulin", "falls"),
    ("emre", "pressure ulcers, skin tears", ""),
    ("fumiko", "dementia, night shift", "wound care"),
    ("ines", "handover, new staff", "medication"),
)


@dataclass(frozen=True)
class Story:
    """One question: who asks what, who answers (by form, or in the thread), and whether it helped."""

    day: int
    asker: str
    title: str
    details: str = ""
    tags: str = ""
    place: str = "questions"
    answers: tuple[tuple[str, str], ...] = ()
    replies: tuple[tuple[str, str], ...] = ()
    helped: bool = True


STORIES = (
    Story(
        3,
        "ben",
        "How do you prevent falls at night with one nurse for twenty beds?",
        "Most happen between two and five, on the way to the bathroom.",
        "falls, night shift",
        answers=(
            (
                "chidi",
                "Offer the bathroom on a round at two and at four. Low beds, and lamps with a sensor by the door.",
            ),
        ),
    ),
    Story(
        8,
        "hugo",
        "Which dressing for skin tears on very thin skin?",
        tags="skin tears",
        answers=(("emre", "Silicone, left on for five days, with an arrow on it that shows which way to peel."),),
    ),
    Story(
        15,
        "gita",
        "How do you keep insulin cool on home visits in summer?",
        "A cool bag with ice packs froze it once.",
        "insulin",
        answers=(("dana", "A wallet that cools by evaporation. It needs water only, and cannot freeze anything."),),
        replies=(("jonas", "We use the same ones, two sizes."),),
    ),
    Story(
        22,
        "jonas",
        "What belongs into a handover that takes two minutes?",
        tags="handover",
        answers=(
            ("ines", "Situation, what changed, what I worry about, what is due in the next four hours. In that order."),
        ),
    ),
    Story(
        29,
        "ben",
        "How do you calm someone with dementia who wants to go home every evening?",
        tags="dementia, night shift",
        replies=(("fumiko", "Walk along for a while, and ask about home. Going against it made it worse with us."),),
    ),
    Story(
        37,
        "hugo",
        "Heels with early pressure ulcers: what do you do first?",
        tags="pressure ulcers",
        answers=(
            (
                "emre",
                "Take all weight off: a pillow under the calves, heels in the air. Then photographs, each second day.",
            ),
            ("chidi", "The same, and check the shoes."),
        ),
    ),
    Story(
        44,
        "ines",
        "Room 4: who covers the night of the 12th?",
        place="ward-team",
        replies=(("chidi", "I can."),),
        helped=False,
    ),
    Story(
        51,
        "gita",
        "How do you teach a relative to give injections?",
        tags="insulin, relatives",
        answers=(("dana", "They do it from the first day, I hold the other hand. Three visits are enough for most."),),
    ),
    Story(
        60,
        "jonas",
        "Falls in the bathroom: do mats with sensors help?",
        tags="falls",
        answers=(("chidi", "With us they rang all night and nobody came any more. Lamps with a sensor did more."),),
    ),
    Story(68, "fumiko", "Who has tried music at bedtime on a ward?", tags="dementia, night shift", helped=False),
    Story(
        76,
        "ines",
        "What do you show new staff on their first night?",
        tags="new staff, night shift",
        answers=(("fumiko", "Where the quiet chair is. And whom they may wake, with the number on their own phone."),),
    ),
    Story(
        84, "hugo", "Which wound camera app keeps pictures off the phone?", tags="wound care, pictures", helped=False
    ),
)


async def play(api: ChatApi, passes: Passes) -> None:
    """Play the sample's three months; ``passes`` lets time pass and returns when all that fell due has happened.

    At the end DAYS days are over.
    """
    await _describes_the_community(Human(api, "ada"))
    for name, can_help, learn in JOINED:
        await _joins(Human(api, name), can_help, learn)
    await Human(api, "ada", "general").types(
        "Welcome, everybody. Ask in #questions with /ask; reading along is fine, too."
    )
    today = 0
    for story in STORIES:
        if story is STORIES[-1]:
            await _everybody_has_read(api)  # but for what comes now
        await passes(timedelta(days=story.day - today))
        today = story.day
        await _tell(api, story, passes)
    # A day at a time: else what fell due on any of them comes today, and nobody is free to be asked.
    for _ in range(DAYS - today):
        await passes(timedelta(days=1))


async def _describes_the_community(steward: Human) -> None:
    await steward.presses("About the community")
    await steward.submits(
        name="Sample community", domain="Care at the bedside: fewer falls, calmer nights, nobody new left alone."
    )
    await _puts_away(steward)


async def _joins(person: Human, can_help: str, learn: str) -> None:
    await person.types("/rounds me")
    await person.presses("Join", on="You have not joined")
    await person.submits(can_help=can_help, learn=learn, when="shifts")


async def _tell(api: ChatApi, story: Story, passes: Passes) -> None:
    asker = Human(api, story.asker, story.place)
    await asker.types(f"/ask {story.title}")
    await asker.submits(details=story.details, tags=story.tags)
    if any("Was this asked before?" in seen.text for seen in await asker.everything()):
        await asker.presses("Ask anyway")
    await asker.sees(story.title)
    await passes(timedelta(0))
    for name, words in story.answers:
        await Human(api, name, story.place).presses("Answer", on=story.title)
        await Human(api, name, story.place).submits(text=words)
    for name, words in story.replies:
        await _replies(Human(api, name, story.place), story, words)
    await passes(timedelta(0))
    if story.helped:
        await _says_what_helped(asker, story.title)
    await _puts_away(asker)


async def _replies(person: Human, story: Story, words: str) -> None:
    """In the thread in the place: who was invited sees the question in a direct message, too."""
    card = next(seen for seen in await person.everything() if seen.place == story.place and story.title in seen.text)
    await person.types(words, thread=card.id)


async def _says_what_helped(asker: Human, title: str) -> None:
    """What is typed in a thread reaches the bot on its own time, so the form may need a second press."""
    for _ in range(TRIES):
        if (await asker.presses("This helped", on=title))["answer"]["type"] == "form":
            await asker.submits()
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"no reply to {title!r} was heard of")


async def _everybody_has_read(api: ChatApi) -> None:
    for person in PEOPLE:
        for view in (await api.request("GET", f"/api/as/{person.id}/view"))["views"]:
            await api.request("POST", f"/api/as/{person.id}/read", {"place": view["place"]["id"]})


async def _puts_away(person: Human) -> None:
    """Private replies of months ago would only be in the way."""
    for seen in await person.everything():
        if seen.kind == "private reply":
            await person.api.request("DELETE", f"/api/as/{person.id}/private/{seen.id}")
