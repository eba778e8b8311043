"""A second workspace: it joins a community by a code, shares what is asked, and goes again."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core.events import (
    Click,
    Command,
    PersonChanged,
    PlaceChanged,
    Ref,
    Shortcut,
    Submit,
    WorkspaceConnected,
    WorkspaceGone,
)
from bot.core.people import Role, Viewer
from bot.core.replies import Ask, Outcome, Said
from bot.core.ui import Action, Button, Resume
from bot.rituals.saving.declared import SaveMine
from bot.rituals.setup import ExistsAlready, MakeCode
from storage import communities, members, pairings, questions
from storage.communities import QUESTIONS, Community
from tests.support.world import World

KEYS = count()
ADA, BEN = Ref("local", "local", "ada"), Ref("local", "local", "ben")
HERE = Ref("local", "local", "questions")


def there(id: str) -> Ref:
    return Ref("other", "w2", id)


async def nobody_waits() -> None: ...


class Second:
    """A workspace on a platform that is not connected here: what happens there is told to the program directly."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def tell(self, event: Any) -> Outcome:
        return await self.world.rounds.dispatch(event, nobody_waits)

    async def connects(self) -> None:
        await self.tell(WorkspaceConnected(f"c{next(KEYS)}", there(""), "Team B", there("zoe")))
        for name in ("zoe", "yan"):
            await self.tell(PersonChanged(f"p{next(KEYS)}", there(name), f"Sample: {name}", "UTC"))
        await self.tell(PlaceChanged(f"q{next(KEYS)}", there("questions"), "questions", closed=False))

    async def presses(self, who: Ref, place: Ref, action: Action) -> Outcome:
        return await self.tell(Click(f"k{next(KEYS)}", who, place, action.pack()))

    async def sends(self, opened: Outcome, who: Ref, place: Ref, **values: Any) -> Outcome:
        assert isinstance(opened, Ask)
        view = opened.view
        filled = {**view.values, **values}
        return await self.tell(Submit(f"s{next(KEYS)}", who, place, view.origin, view.draft, filled))

    async def asks(self, who: Ref, place: Ref, title: str) -> Outcome:
        opened = await self.tell(Command(f"a{next(KEYS)}", who, place, f"ask {title}"))
        return await self.sends(opened, who, place)

    async def joins_the_first(self) -> Outcome:
        made = await self.presses(ADA, HERE, MakeCode())
        assert isinstance(made, Said)
        code = made.card.as_text().split("this code: ")[1].split(".")[0]
        opened = await self.presses(there("zoe"), there("questions"), ExistsAlready())
        return await self.sends(opened, there("zoe"), there("questions"), code=code)


@pytest.fixture
async def second(world: World) -> Second:
    made = Second(world)
    await made.connects()
    return made


def text(outcome: Outcome) -> str:
    assert isinstance(outcome, Said), outcome
    return outcome.card.as_text()


async def test_what_is_asked_in_one_workspace_is_shown_in_both(second: Second) -> None:
    assert "shown in both from now on" in text(await second.joins_the_first())
    await second.asks(there("yan"), there("questions"), "Which socks have a grip?")
    await second.world.person("ben").sees("Which socks have a grip?")
    found = await second.tell(Command("f", BEN, HERE, "find socks"))
    assert "Which socks have a grip?" in text(found)


async def test_nothing_of_the_community_it_was_is_left(second: Second) -> None:
    spare = await second.presses(there("zoe"), there("questions"), MakeCode())
    code = text(spare).split("this code: ")[1].split(".")[0]
    await second.joins_the_first()
    async with second.world.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Community)) == 1
        zoe = await members.of_account(db, there("zoe"))
        assert zoe is not None
        assert Role(zoe.role) is Role.STEWARD
        # A code made in it leads nowhere any more.
    async with second.world.database.write() as db:
        assert await pairings.use(db, code, second.world.clock.now()) is None


async def test_a_code_works_once_and_for_an_hour(second: Second) -> None:
    made = await second.presses(ADA, HERE, MakeCode())
    code = text(made).split("this code: ")[1].split(".")[0]
    await second.world.passes(hours=1, minutes=1)
    opened = await second.presses(there("zoe"), there("questions"), ExistsAlready())
    refused = await second.sends(opened, there("zoe"), there("questions"), code=code)
    assert "older than an hour" in str(refused)


async def test_a_community_that_keeps_something_is_not_moved(second: Second) -> None:
    await second.asks(there("yan"), there("questions"), "Ours alone?")
    assert "can't become part of another community" in str(await second.joins_the_first())


async def test_a_channel_made_private_shows_nothing_to_the_other_workspace(second: Second) -> None:
    """Also where its twin is out of reach meanwhile."""
    await second.joins_the_first()
    await second.tell(PlaceChanged("gone", there("questions"), "questions", closed=False, archived=True))
    await second.world.api.change_place("questions", closed=True)
    await second.world.api.add_member("questions", "ben")
    await second.world.settles()
    await second.asks(BEN, HERE, "Something about ward seven?")
    assert "Nothing found" in text(await second.tell(Command("f", there("yan"), there("questions"), "find ward seven")))


async def test_after_the_bot_was_removed_nobody_is_asked_or_shown_anything_there(second: Second) -> None:
    await second.joins_the_first()
    await second.tell(WorkspaceGone("gone", there("")))
    async with second.world.database.read() as db:
        zoe = await members.of_account(db, there("zoe"))
        assert zoe is not None
        assert zoe.id not in {member.id for member in await members.joined(db, zoe.community_id)}
        used = await communities.places(db, zoe.community_id, QUESTIONS)
        assert {place.platform for place in used} == {"local"}
        viewer = Viewer(zoe.community_id, member=zoe.id)
        assert await questions.asked_by(db, zoe.id, viewer, second.world.clock.now(), 5) == []
    assert await second.world.rounds.healthy()


async def test_whoever_is_new_sees_least_until_the_platform_has_said_more(second: Second) -> None:
    await second.asks(there("yan"), there("questions"), "Which socks have a grip?")
    assert "Nothing found" in text(await second.tell(Command("f1", there("new"), there("questions"), "find socks")))
    await second.tell(PersonChanged("new", there("new"), "Sample: New", "UTC"))
    assert "Which socks" in text(await second.tell(Command("f2", there("new"), there("questions"), "find socks")))


async def test_a_message_saved_as_a_question_can_be_changed_after_a_look(world: World) -> None:
    second = Second(world)
    await second.asks(BEN, HERE, "How do you prevent falls at night?")
    chosen = Shortcut("m", ADA, HERE, "Save to Rounds…", "1", ADA, "How to prevent falls at night?")
    shown = await second.sends(await second.tell(chosen), ADA, HERE)
    resume = next(
        button.action
        for button in shown.card.buttons  # type: ignore[union-attr]
        if isinstance(button, Button) and isinstance(button.action, Resume)
    )
    again = await second.presses(ADA, HERE, resume)
    assert isinstance(again, Ask)
    assert again.view.values["text"] == "How to prevent falls at night?"
    assert again.view.origin == SaveMine(message="1", place="questions").pack()
    assert "Posted in" in text(await second.sends(again, ADA, HERE, title="Which mattress for sore heels?"))


async def test_what_was_not_sent_is_found_again_in_the_help(world: World) -> None:
    second = Second(world)
    await second.asks(BEN, HERE, "How do you prevent falls at night?")
    asker = world.person("dana")
    await asker.types("/ask How to prevent falls at night?")
    await asker.submits()
    await asker.sees("Was this asked before?")
    await asker.types("/rounds help")
    await asker.sees("Not sent yet: How to prevent falls at night?")
    await asker.presses("Open it again", on="Not sent yet")
    await asker.submits(title="Which socks have a grip?")
    await asker.sees("Posted in #questions.")


async def test_a_channel_that_was_turned_off_stays_off(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate channels")
    form = await facilitator.fills()
    options = form.item["view"]["fields"][0]["options"]
    chosen = next(option["value"] for option in options if option["label"].startswith("#questions"))
    await facilitator.submits(place=chosen, purpose="talk")
    await world.restarts()
    await world.person("ben", "general").types("/ask Where?")
    await world.person("ben").sees("Posts to #general")
