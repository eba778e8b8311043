"""One person in two workspaces: a code makes both accounts those of one member."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core.events import Command, Ref
from bot.core.replies import Ask, Outcome, Said
from bot.core.ui import Button
from bot.rituals.digests import DigestHere
from bot.rituals.linking import TOO_MANY, WRONG, HaveAnother, HaveCode
from bot.rituals.sessions import Come
from storage import members
from storage.audit import AuditEntry
from storage.communities import Community, Space
from storage.ledger.deliveries import Delivery
from storage.ledger.rhythms import Rhythm
from storage.ledger.timers import Timer
from storage.sessions import Session
from tests.rituals.test_two_workspaces import BEN, HERE, KEYS, Second, text, there
from tests.support.world import World

YAN = there("yan")


@pytest.fixture
async def second(world: World) -> Second:
    made = Second(world)
    await made.connects()
    await made.joins_the_first()
    return made


async def a_code(second: Second) -> str:
    return text(await second.presses(BEN, HERE, HaveAnother())).split("give this: ")[1].split(".")[0]


async def gives(second: Second, code: str) -> Outcome:
    opened = await second.presses(YAN, there("questions"), HaveCode())
    assert isinstance(opened, Ask)
    assert not opened.view.form.kept
    return await second.sends(opened, YAN, there("questions"), code=code)


async def types(second: Second, words: str) -> str:
    return text(await second.tell(Command(f"t{next(KEYS)}", YAN, there("questions"), words)))


async def a_meeting(world: World) -> int:
    """A meeting tomorrow in the channel for questions."""
    async with world.database.write() as db:
        community = (await db.scalars(select(Community))).one()
        space = (await db.scalars(select(Space).where(Space.purpose == "questions"))).first()
        assert space is not None
        ada = await members.of_account(db, BEN)
        assert ada is not None
        now = world.clock.now()
        here = {"community_id": community.id, "space_id": space.id, "created_at": now, "more": {}}
        rhythm = Rhythm(**here, made_by=ada.id, name="meeting", title="", recurrence={}, watermark=now)
        db.add(rhythm)
        await db.flush()
        begins = now.replace(day=now.day + 1)
        what = {"slot": "1", "title": "Grand rounds", "starts_at": begins, "minutes": 60, "zone": "UTC", "capacity": 1}
        session = Session(**here, **what, rhythm_id=rhythm.id)
        db.add(session)
        await db.flush()
        return session.id


async def test_what_was_done_with_one_account_is_ones_own_with_the_other(second: Second) -> None:
    meeting = await a_meeting(second.world)
    await second.asks(BEN, HERE, "Which socks have a grip?")
    assert "You are coming." in text(await second.presses(BEN, HERE, Come(session=meeting, answer="yes")))
    assert "Which socks" not in await types(second, "rounds me")
    assert "both accounts are yours" in text(await gives(second, await a_code(second)))
    assert "Which socks have a grip?" in await types(second, "rounds me")
    async with second.world.database.read() as db:
        here, other = await members.of_account(db, BEN), await members.of_account(db, YAN)
        assert here is not None
        assert here is other
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "member.linked"))).one()
        assert (entry.actor_id, entry.subject, entry.detail) == (here.id, f"member:{here.id}", "")
    # The place is theirs, whichever account they give it back with.
    await second.presses(YAN, there("questions"), Come(session=meeting, answer="no"))
    assert "You are coming." in text(
        await second.presses(there("zoe"), there("questions"), Come(session=meeting, answer="yes"))
    )


async def has_a_place(second: Second, who: Ref) -> bool:
    """They were told that they have one after waiting."""
    async with second.world.database.read() as db:
        member = await members.of_account(db, who)
        assert member is not None
        told = select(Delivery.id).where(Delivery.card == "session_place", Delivery.member_id == member.id)
        return await db.scalar(told) is not None


async def test_a_place_that_both_accounts_took_is_free_for_who_waits(second: Second) -> None:
    meeting = await a_meeting(second.world)
    zoe = there("zoe")
    for who, where, answer in (
        (BEN, HERE, "maybe"),
        (YAN, there("questions"), "yes"),
        (zoe, there("questions"), "yes"),
        (BEN, HERE, "no"),  # their latest word
    ):
        await second.presses(who, where, Come(session=meeting, answer=answer))
        second.world.clock.advance(timedelta(minutes=1))
    assert not await has_a_place(second, zoe)
    await gives(second, await a_code(second))
    assert await has_a_place(second, zoe)


async def test_there_is_one_digest_then(second: Second) -> None:
    await second.presses(BEN, HERE, DigestHere())
    await second.presses(YAN, there("questions"), DigestHere())
    await gives(second, await a_code(second))
    await second.asks(there("zoe"), there("questions"), "Which socks have a grip?")
    async with second.world.database.read() as db:
        due = list(await db.scalars(select(Timer.key).where(Timer.key.startswith("digest:"))))
        yan = await members.of_account(db, YAN)
        assert yan is not None
        assert due == [f"digest:{yan.id}"]
    await second.world.passes(days=7)
    async with second.world.database.read() as db:
        sent = list(await db.scalars(select(Delivery.member_id).where(Delivery.card == "digest")))
        assert sent == [yan.id]


async def test_wrong_codes_read_alike_and_are_few(second: Second) -> None:
    code = await a_code(second)
    await second.world.passes(minutes=16)
    assert text(await gives(second, code)) == WRONG
    answer = await gives(second, "abcde-abcde")
    assert text(answer) == WRONG
    assert isinstance(answer, Said)
    assert [button.label for button in answer.card.buttons if isinstance(button, Button)] == ["Try again"]
    for _ in range(3):
        await gives(second, "no")
    right = await a_code(second)
    assert text(await gives(second, right)) == TOO_MANY
    await second.world.passes(hours=1)
    assert text(await gives(second, right)) == WRONG  # too old by now
    assert "both accounts are yours" in text(await gives(second, await a_code(second)))


async def test_a_code_works_once_and_not_for_oneself(second: Second) -> None:
    code = await a_code(second)
    opened = await second.presses(BEN, HERE, HaveCode())
    assert "with this very account" in text(await second.sends(opened, BEN, HERE, code=code))
    assert "both accounts are yours" in text(await gives(second, code))
    assert text(await gives(second, code)) == WRONG


async def test_the_buttons_are_there_where_one_can_have_two_accounts(second: Second) -> None:
    shown = await second.tell(Command("m", YAN, there("questions"), "rounds me"))
    assert isinstance(shown, Said)
    labels = [button.label for button in shown.card.buttons if isinstance(button, Button)]
    assert labels[-2:] == ["I have another account", "I have a code"]
