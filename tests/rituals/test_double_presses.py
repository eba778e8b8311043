"""Every button and form of what is asked, saved and shared, pressed or sent twice at once and once more: it counts once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select, update

from adapters.local.client import ApiError, together
from bot.rituals import following, questions, saving, sharing
from bot.routing.gate import VOLUMES, Allowed
from storage.members import Member
from storage.schema import TABLES
from tests.support.world import World

Prepare = Callable[[World, str], Awaitable[None]]
COUNTED = (
    "answer",
    "audit",
    "delivery",
    "follow",
    "invitation",
    "item",
    "item_note",
    "item_use",
    "item_version",
    "question",
    "question_link",
    "remark",
    "tag_follow",
    "thanks",
    "timer",
    "trial",
    "widening",
)


async def asked(world: World, word: str, *, who: str = "ben", **more: Any) -> None:
    asker = world.person(who)
    await asker.types(f"/ask {word}?")
    await asker.submits(**more)
    await world.settles()


async def answered(world: World, word: str) -> None:
    await asked(world, word)
    await world.person("emre").presses("Answer", on=f"{word}?")
    await world.person("emre").submits(text=f"Answer to {word}.")
    await world.settles()


async def replied(world: World, word: str, **more: Any) -> None:
    await asked(world, word, **more)
    before = await world.replies()
    await world.person("emre").says(f"Reply to {word}.", thread_of=f"{word}?")
    await world.hears_of_a_reply(people=before + 1)


async def said_to_help(world: World, word: str) -> None:
    await replied(world, word)
    await world.person("ben").presses("This helped", on=f"{word}?")
    await world.person("ben").submits()
    await world.settles()


async def invited(world: World, word: str) -> None:
    await asked(world, word, tags="falls")
    await world.person("chidi").sees(f"asks: {word}?")


async def passed(world: World, word: str) -> None:
    await invited(world, word)
    await world.person("chidi").presses("Not me", on=f"asks: {word}?")


async def more(world: World, word: str) -> None:
    await asked(world, word)
    await world.person("ben").presses("More", on=f"{word}?")


async def more_of_an_anonymous_one(world: World, word: str) -> None:
    await asked(world, word, anonymous=True)
    await world.person("ben").presses("More", on=f"{word}?")


async def closed(world: World, word: str) -> None:
    await more(world, word)
    await world.person("ben").presses("Close", on=word)
    await world.person("ben").submits(reason="Over.")
    await world.person("ben").presses("More", on=f"{word}?")


async def more_of_others(world: World, word: str) -> None:
    await asked(world, word)
    await world.person("dana").presses("More", on=f"{word}?")


async def followed(world: World, word: str) -> None:
    await asked(world, word)
    for _ in range(2):
        await world.person("dana").presses("More", on=f"{word}?")
        if _ == 0:
            await world.person("dana").presses("Follow")


async def two_alike(world: World, word: str) -> None:
    await asked(world, f"{word} beds and mats")
    await asked(world, f"{word} beds or rails, which")
    await world.person("dana").presses("More", on=f"{word} beds or rails, which?")


async def pointed_to(world: World, word: str) -> None:
    await two_alike(world, word)
    await world.person("dana").presses("Answered before", on=word)
    await world.person("dana").submits()


async def checked(world: World, word: str) -> None:
    await replied(world, word)
    await world.passes(days=1)


async def queued(world: World, word: str) -> None:
    await asked(world, word)
    await world.person("ada").types("/facilitate queue")
    while not any(
        f"{word}?" in seen.text and "What waits" in seen.text for seen in await world.person("ada").everything()
    ):
        await world.person("ada").presses("Next page", on="What waits")


async def saved_by_somebody(world: World, word: str) -> None:
    await replied(world, word)
    await world.passes(days=1)  # nobody is asked about more than two messages a day
    saver = world.person("dana")
    await saver.chooses_in_menu("Save to Rounds…", of=f"Reply to {word}.")
    await saver.submits()


async def suggested_as_question(world: World, word: str) -> None:
    await world.person("emre", "general").types(f"Who knows about {word}?", place="general")
    saver = world.person("dana", "general")
    await saver.chooses_in_menu("Save to Rounds…", of=f"Who knows about {word}?")
    await saver.submits(what="question")


async def suggested_as_tip(world: World, word: str) -> None:
    await world.person("emre", "general").types(f"What I know of {word}.", place="general")
    await world.passes(days=1)
    saver = world.person("dana", "general")
    await saver.chooses_in_menu("Save to Rounds…", of=f"What I know of {word}.")
    await saver.submits(what="tip")


async def alike_saved(world: World, word: str) -> None:
    await asked(world, f"How do you prevent {word} at night")
    await world.person("emre", "general").types(f"How to prevent {word} at night?", place="general")
    await world.person("emre").chooses_in_menu("Save to Rounds…", of=f"How to prevent {word} at night?")
    await world.person("emre").submits(what="question")


async def shared(world: World, word: str) -> None:
    sharer = world.person("ben")
    await sharer.types("/share tip")
    await sharer.submits(challenge=f"{word} at night", text=f"Lamps for {word}.", tags=word)
    await world.settles()


async def more_shared(world: World, word: str) -> None:
    await shared(world, word)
    await world.person("ben").presses("More", on=f"Lamps for {word}.")


async def edited(world: World, word: str) -> None:
    await more_shared(world, word)
    await world.person("ben").presses("Edit", on=f"{word} at night")
    await world.person("ben").submits(text=f"Lamps for {word}, with sensors.")
    await world.settles()
    await world.person("ben").presses("More", on=f"Lamps for {word},")


async def wished_elsewhere(world: World, word: str) -> None:
    await shared(world, word)
    await world.passes(days=1)  # nobody is asked more than twice a day
    await world.person("dana").presses("More", on=f"Lamps for {word}.")
    await world.person("dana").presses("Share in another channel", on=f"{word} at night")
    await world.person("dana").submits()
    await world.settles()


async def found_by_tag(world: World, word: str) -> None:
    await shared(world, word)
    await world.person("dana").types(f"/find tag:{word}")


async def followed_tag(world: World, word: str) -> None:
    await found_by_tag(world, word)
    await world.person("dana").presses("Follow this tag", on=word)


async def looked_alike(world: World, word: str) -> None:
    await asked(world, f"How do you prevent {word} at night")
    await world.person("dana").types(f"/ask How to prevent {word} at night?")
    await world.person("dana").submits()


@dataclass(frozen=True)
class Press:
    """Who presses which button on which message (of the question's word), and with what its form is filled, if it has one."""

    prepare: Prepare
    who: str
    label: str
    on: str = "{}"
    fills: dict[str, Any] | None = field(default=None)


FORM: dict[str, Any] = {}
PRESSES = {
    "question.ask": Press(asked, "dana", "Ask", "Welcome", {"title": "{} asked by a button"}),
    "question.anyway": Press(looked_alike, "dana", "Ask anyway"),
    "question.found": Press(looked_alike, "dana", "That answers it"),
    "question.answer": Press(asked, "dana", "Answer", fills={"text": "Low beds."}),
    "question.ask-back": Press(invited, "chidi", "Ask back", "asks: {}", {"text": "Which?"}),
    "question.later": Press(invited, "chidi", "Later", "asks: {}", FORM),
    "question.not-me": Press(invited, "chidi", "Not me", "asks: {}"),
    "question.suggest": Press(passed, "chidi", "Suggest someone", "No problem", {"person": "dana"}),
    "question.ask-someone": Press(queued, "ada", "Ask someone", "What waits", {"person": "dana"}),
    "question.helped": Press(answered, "ben", "This helped", "{}?", FORM),
    "question.not-yet": Press(checked, "ben", "Not yet", "Somebody replied to “{}"),
    "question.keep": Press(said_to_help, "emre", "OK", "Your reply to “{}"),
    "question.write": Press(said_to_help, "emre", "Edit", "Your reply to “{}", FORM),
    "question.keep-not": Press(said_to_help, "emre", "No", "Your reply to “{}"),
    "question.tried": Press(answered, "dana", "I tried it", "Answer to {}", {"outcome": "worked"}),
    "question.as-asker": Press(more_of_an_anonymous_one, "ben", "Reply as the asker", fills={"text": "Thank you."}),
    "question.more": Press(asked, "dana", "More", "{}?"),
    "answer.more": Press(answered, "emre", "More", "Answer to {}"),
    "question.edit": Press(more, "ben", "Edit", fills={"title": "{} changed"}),
    "answer.edit": Press(said_to_help, "emre", "Edit", "This is what others find", {"text": "Changed."}),
    "question.close": Press(more, "ben", "Close", fills={"reason": "Over."}),
    "question.reopen": Press(closed, "ben", "Open again"),
    "question.before": Press(two_alike, "dana", "Answered before", fills=FORM),
    "question.was-it": Press(pointed_to, "ben", "That answers it", "Somebody thinks “{}"),
    "question.remove": Press(more, "ben", "Remove", fills=FORM),
    "answer.remove": Press(answered, "emre", "Remove", "This answer:", FORM),
    "question.follow": Press(more_of_others, "dana", "Follow"),
    "question.unfollow": Press(followed, "dana", "Unfollow"),
    "question.queue": Press(queued, "ada", "Next page", "What waits"),
    "question.nudge": Press(queued, "ada", "Ask others now", "What waits"),
    "question.policy": Press(queued, "ada", "How questions are passed on", "What waits", {"wait": 6}),
}
PRESSES_ON_WHAT_IS_SHARED = {
    "mine": Press(replied, "emre", "Save to Rounds…", "Reply to {}.", FORM),
    "theirs": Press(replied, "dana", "Save to Rounds…", "Reply to {}.", FORM),
    "save.anyway": Press(alike_saved, "emre", "Ask anyway"),
    "save.ok": Press(saved_by_somebody, "emre", "OK", "Reply to {}."),
    "save.edit": Press(saved_by_somebody, "emre", "Edit", "Reply to {}.", FORM),
    "save.ask": Press(suggested_as_question, "emre", "Ask it", "{}", FORM),
    "save.no": Press(saved_by_somebody, "emre", "No", "Reply to {}."),
    "save.share": Press(suggested_as_tip, "emre", "OK", "What I know of {}."),
    "save.share-edit": Press(suggested_as_tip, "emre", "Edit", "What I know of {}.", FORM),
    "item.thank": Press(shared, "dana", "Thanks", "Lamps for {}.", {"reason": "It helped."}),
    "item.used": Press(shared, "dana", "I used this", "Lamps for {}."),
    "item.tried": Press(shared, "dana", "I tried it", "Lamps for {}.", {"outcome": "worked"}),
    "item.more": Press(shared, "dana", "More", "Lamps for {}."),
    "item.edit": Press(more_shared, "ben", "Edit", "{} at night", {"text": "Changed."}),
    "item.history": Press(edited, "ben", "Earlier versions", "{} at night"),
    "item.note": Press(more_shared, "ben", "Add a note", "{} at night", {"text": "More of it."}),
    "item.widen": Press(more_shared, "ben", "Share in another channel", "{} at night", FORM),
    "item.share-it": Press(wished_elsewhere, "ben", "Share it", "{} at night"),
    "item.leave-it": Press(wished_elsewhere, "ben", "No", "{} at night"),
    "item.remove": Press(more_shared, "ben", "Remove", "{} at night", FORM),
    "tag.follow": Press(found_by_tag, "dana", "Follow this tag", "{}"),
    "tag.unfollow": Press(followed_tag, "dana", "Stop following", "{}"),
}


def test_every_button_is_pressed() -> None:
    assert set(PRESSES) == set(questions.ritual.clicks)
    others = saving.ritual, sharing.ritual, following.ritual
    assert set(PRESSES_ON_WHAT_IS_SHARED) == {prefix for ritual in others for prefix in ritual.clicks}


async def counts(world: World) -> dict[str, int]:
    await world.settles()
    async with world.database.read() as db:
        return {name: await db.scalar(select(func.count()).select_from(TABLES.tables[name])) or 0 for name in COUNTED}


# SQLite lets one writer in at a time, so what two presses can do to each other shows on PostgreSQL.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("presses", [PRESSES, PRESSES_ON_WHAT_IS_SHARED], ids=["questions", "what is shared"])
async def test_pressed_twice_at_once_and_once_more_it_counts_once(
    world: World, presses: dict[str, Press], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VOLUMES, "full", Allowed(1000, 1000))
    await world.joins("chidi", can_help="falls", volume="full")
    await world.joins("dana", volume="full")
    async with world.database.write() as db:
        await db.execute(update(Member).values(weekly_cap=1000))
    wrong = []
    for number, (prefix, press) in enumerate(presses.items()):
        word = "word" + "abcdefghijklmnopqrstuvwxyz"[number % 26] * (2 + number // 26)
        await press.prepare(world, word)
        if problem := await _pressed(world, press, word):
            wrong.append(f"{prefix}: {problem}")
    assert wrong == []


async def _pressed(world: World, press: Press, word: str) -> str:
    """What went wrong when it was done twice at once, and again."""
    person, on = world.person(press.who), press.on.format(word)
    before = await counts(world)

    async def push() -> Any:
        if press.label.startswith("Save to"):
            return await person.chooses_in_menu(press.label, of=on)
        return await person.presses(press.label, on=on)

    if press.fills is None:
        answers = await together(push(), push())
        once = await counts(world)
        person.within = 0.1
        with suppress(AssertionError):  # most buttons are gone once they were pressed
            await push()
    else:
        answers = [await push()]
        values = {name: value.format(word) if isinstance(value, str) else value for name, value in press.fills.items()}
        form = await person.fills(**values)
        filled = {"form": form.id, "values": {**form.item["values"], **values}}
        path = f"/api/as/{press.who}/submit"
        sent = [world.api.request("POST", path, filled) for _ in range(2)]
        answers += [answer for answer in await together(*sent)]
        once = await counts(world)
        with suppress(ApiError):  # the form is closed
            await world.api.request("POST", path, filled)
    again = await counts(world)
    failed = [str(answer) for answer in answers if "failed on our side" in str(answer)]
    if failed:
        return f"failed: {failed}"
    if once != again:
        return f"not the same afterwards: {_difference(once, again)}"
    twice = {name: once[name] - before[name] for name in COUNTED if name not in ("audit", "delivery", "timer")}
    twice.pop("invitation")  # several people are asked at once
    return f"twice: {twice}" if any(count > 1 for count in twice.values()) else ""


def _difference(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in before if after[name] != before[name]}
