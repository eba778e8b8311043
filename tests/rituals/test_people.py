"""Who looks after the community: appointed by a steward, and taken back."""

from __future__ import annotations

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
