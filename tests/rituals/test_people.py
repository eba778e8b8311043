"""People: appointed by a steward, and taken back; blocked, and let back in; counted, never named."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.core.events import Ref
from bot.core.text import plain
from bot.services.calendar import Calendars
from bot.services.home import Home
from bot.services.identity import NO_PART, NO_PART_BUT
from bot.services.suggesting import Suggesting
from storage import calendars, invitations, members
from storage.answers import Replier
from storage.audit import AuditEntry
from storage.invitations import Invitation
from storage.items import Item
from storage.ledger.deliveries import Delivery
from tests.support.world import World


async def test_a_steward_appoints_a_facilitator_and_takes_it_back(world: World) -> None:
    steward, other = world.person("ada"), world.person("ben")
    await other.types("/facilitate people")
    await other.sees_not("Who looks after this community")
    await steward.types("/facilitate people")
    await steward.presses("Appoint a facilitator", on="Who looks after")
    await steward.submits(person="ben")
    await world.settles()
    await other.sees("You look after Sample workspace now, with others.")
    await other.types("/facilitate people")
    listed = await other.sees("Who looks after this community")
    assert "Appoint" not in listed.text
    await steward.types("/facilitate people")
    await steward.presses("Take back", on="Who looks after")
    await steward.sees("is a member like the others now.")
    await other.types("/facilitate queue")
    await other.sees_not("What waits")


async def test_a_guest_cannot_be_appointed(world: World) -> None:
    steward = world.person("ada")
    await steward.types("/facilitate people")
    await steward.presses("Appoint a facilitator", on="Who looks after")
    assert "Somebody with a guest's account, or none that works, can't look after the community." in str(
        await steward.submits(person="gus")
    )


async def blocks(world: World, name: str, **more: Any) -> Any:
    steward = world.person("ada")
    await steward.types("/facilitate people")
    await steward.presses("Block somebody", on="Who looks after")
    return await steward.submits(person=name, reason="advertising", **more)


async def test_who_is_blocked_can_do_nothing_and_is_sent_nothing(world: World) -> None:
    steward, other = world.person("ada"), await world.joins("ben", can_help="falls")
    await other.presses("Weekly digest of this channel", on="Welcome to")
    await other.types("/share tip")
    await world.person("dana").types("/ask Falls at night?")
    await world.person("dana").submits(tags="falls")
    await other.sees("Can you help?")
    await blocks(world, "ben")
    await steward.sees("takes no part here any more, and is sent nothing.")
    await world.settles()

    assert NO_PART in str(await other.submits(challenge="Falls", text="Lamps."))  # the form was open before
    for typed in ("/find falls", "/rounds me", "/rounds digest", "/ask Why?", "/rounds"):
        assert NO_PART in str(await other.types(typed)), typed
    await other.presses("Join", on="Welcome to")
    await other.sees(NO_PART)
    await other.says("I know!", thread_of="Falls at night?")
    await world.passes(days=8)
    async with world.database.read() as db:
        assert [it.state for it in await db.scalars(select(Invitation))] == [invitations.DECLINED]
        assert list(await db.scalars(select(Replier.member_id))) == []
        assert list(await db.scalars(select(Item.id))) == []
        assert await db.scalar(select(Delivery.id).where(Delivery.card == "digest")) is None
    await other.sees_not("Your digest")

    await world.person("dana").types("/ask Falls by day?")
    await world.person("dana").submits(tags="falls")
    async with world.database.read() as db:
        assert len(list(await db.scalars(select(Invitation)))) == 1
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "member.blocked"))).one()
        assert entry.detail == "advertising"

    await steward.types("/facilitate people")
    await steward.presses("Let back in", on="Blocked")
    await steward.sees("takes part again, as before.")
    await other.types("/rounds me")
    await other.sees("How much: ")
    await world.passes(days=8)
    async with world.database.read() as db:
        assert await db.scalar(select(Delivery.id).where(Delivery.card == "digest")) is not None


async def test_who_cannot_be_blocked(world: World) -> None:
    steward, other = world.person("ada"), world.person("ben")
    await other.types("/rounds help")
    assert "You can't block yourself." in str(await blocks(world, "ada"))
    await steward.types("/facilitate people")
    await steward.presses("Appoint a facilitator", on="Who looks after")
    await steward.submits(person="ben")
    assert "A steward has to take that back first." in str(await blocks(world, "ben"))
    await other.types("/facilitate people")
    await other.presses("Block somebody", on="Who looks after")
    assert "They look after this community." in str(await other.submits(person="ada", reason="other"))
    await blocks(world, "dana")
    assert "They are blocked already." in str(await blocks(world, "dana"))
    await steward.types("/facilitate people")
    await steward.presses("Appoint a facilitator", on="Who looks after")
    assert "They are blocked. Let them back in first." in str(await steward.submits(person="dana"))


async def test_participation_is_told_in_numbers(world: World) -> None:
    helper = await world.joins("dana", can_help="falls")
    await world.person("ben").types("/ask Falls at night?")
    await world.person("ben").submits(tags="falls")
    await helper.presses("Answer", on="Can you help?")
    await helper.submits(text="Lamps with sensors.")
    await helper.types("/share tip")
    await helper.submits(challenge="Night lamps", text="Lamps with sensors.")
    await world.person("emre").presses("I used this", on="shares a tip")
    await world.person("ada").types("/facilitate people")
    seen = await world.person("ada").sees("In the last 30 days, so many people:")
    counts = "1 asked, 1 answered, 1 shared something, 1 used what is kept, 0 said they were at a meeting, 2 joined."
    assert counts in seen.text
    for name in ("Dana", "Ben", "Emre", "Chidi"):
        assert name not in seen.text
    await world.passes(days=31)
    await world.person("ada").types("/facilitate people")
    await world.person("ada").sees("0 asked, 0 answered, 0 shared something")


async def test_nothing_of_what_is_ones_own_is_read_by_who_is_blocked(world: World) -> None:
    who, clock = Ref("local", "local", "ben"), world.clock
    await world.joins("ben", can_help="falls")
    async with world.database.write() as db:
        ben = await members.of_account(db, who)
        assert ben is not None
        token = await calendars.make(db, ben.id, clock.now())
    home, calendar = Home(world.database, world.rounds.registry, clock), Calendars(world.database, clock)
    suggest = Suggesting(world.database)
    assert len(await home(who)) > 1
    assert await calendar.read(token) is not None
    assert await suggest(who, "fal") == ("falls",)
    await blocks(world, "ben")
    assert [card.as_text() for card in await home(who)] == [plain(NO_PART_BUT)]
    assert await calendar.read(token) is None
    assert await suggest(who, "fal") == ()
