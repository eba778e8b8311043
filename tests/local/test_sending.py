"""Sending, editing and deleting through the adapter, and what it makes of each failure."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from adapters.local.app import LocalPlatform
from adapters.local.client import ApiError
from adapters.local.outbound import LocalOutbound
from adapters.local.profile import ref
from bot.core.events import Ref
from bot.core.ports import Arrival, Gone, MaybeSent, NotSent, RateLimited, Refused
from bot.core.ui import Card, say
from tests.local.conftest import MakeService
from tests.local.stage import THANKS, TOKEN, FakeBot, Stage, outgoing


async def test_a_card_reaches_a_place_a_thread_and_a_person(stage: Stage) -> None:
    root = await stage.platform.send(outgoing())
    reply = await stage.platform.send(outgoing(say("More about it"), thread=root, id="delivery-2"))
    await stage.platform.send(outgoing(say("For you alone"), "ben", person=True, id="delivery-3"))

    ben, dana = stage.person("ben"), stage.person("dana")
    assert (await ben.sees("cool bag")).id == int(root)
    found = await dana.sees("More about it")
    assert (found.kind, str(found.id), found.item["thread"]) == ("reply", reply, int(root))
    assert (await ben.sees("For you alone")).place == "dm-ben"
    await dana.sees_not("For you alone")


async def test_ids_only_grow(stage: Stage) -> None:
    ids = [int(await stage.platform.send(outgoing(id=f"d{n}"))) for n in range(5)]
    await stage.platform.delete(ref("questions"), str(ids[-1]))
    ids.append(int(await stage.platform.send(outgoing(id="d5"))))
    assert ids == sorted(set(ids))


async def test_edits_and_deletions_are_seen_and_repeatable(stage: Stage) -> None:
    remote = await stage.platform.send(outgoing())
    ben = stage.person("ben")
    for _ in range(2):
        await stage.platform.redraw(ref("questions"), remote, say("Changed"), "uid")
    assert (await ben.sees("Changed")).item["edited"]
    await ben.sees_not("cool bag")
    await stage.platform.delete(ref("questions"), remote)
    await ben.sees_not("Changed")
    with pytest.raises(Gone):
        await stage.platform.redraw(ref("questions"), remote, say("Again"), "uid")
    with pytest.raises(Gone):
        await stage.platform.delete(ref("questions"), remote)
    assert await stage.platform.arrived(outgoing()) is Arrival.NO


async def test_a_deleted_root_keeps_its_replies_and_loses_its_words(stage: Stage) -> None:
    remote = await stage.platform.send(outgoing())
    ben = stage.person("ben")
    await ben.says("me too", thread_of="cool bag")
    await stage.platform.delete(ref("questions"), remote)
    await ben.sees("me too")
    await ben.sees_not("cool bag")


@pytest.mark.parametrize(
    ("fault", "error", "settled", "stored"),
    [
        ("rate_limit", RateLimited, None, 0),
        ("fail_before", MaybeSent, True, 0),
        ("drop_before", MaybeSent, True, 0),
        ("fail_after", MaybeSent, True, 1),
        ("drop_after", MaybeSent, True, 1),
    ],
)
async def test_each_fault_has_its_error_and_asking_tells_the_truth(
    stage: Stage, fault: str, error: type[Exception], settled: bool | None, stored: int
) -> None:
    await stage.api.set_faults(**{fault: 1}, retry_after=0.25)
    with pytest.raises(error) as caught:
        await stage.platform.send(outgoing())
    if isinstance(caught.value, MaybeSent):
        assert caught.value.settled is settled
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == 0.25

    await stage.api.set_faults()
    arrived = await stage.platform.arrived(outgoing())
    assert (arrived is not Arrival.NO) == bool(stored)
    # Exactly one request was made: nothing was tried again on its own.
    seen = [one for one in await stage.person("ben").everything() if "cool bag" in one.text]
    assert len(seen) == stored


async def test_faults_meet_edits_too_and_repeat_with_their_seed(stage: Stage) -> None:
    remote = await stage.platform.send(outgoing())
    runs = []
    for _ in range(2):
        await stage.api.set_faults(fail_before=0.5, seed=7)
        outcomes = []
        for _ in range(12):
            try:
                await stage.platform.redraw(ref("questions"), remote, say("Changed"), "uid")
                outcomes.append("done")
            except MaybeSent:
                outcomes.append("failed")
        runs.append(outcomes)
    assert runs[0] == runs[1]
    assert set(runs[0]) == {"done", "failed"}


async def test_a_slow_answer_is_unsettled_and_the_message_may_still_arrive(stage: Stage) -> None:
    hasty = LocalOutbound(stage.service.url, TOKEN, timeout=0.1)
    await stage.api.set_faults(slow_ms=200)
    with pytest.raises(MaybeSent) as caught:
        await hasty.send(outgoing())
    assert not caught.value.settled
    await stage.person("ben").sees("cool bag")  # it does arrive
    await hasty.close()


async def test_nobody_there_means_not_sent() -> None:
    nobody = LocalOutbound("http://127.0.0.1:9", TOKEN)
    with pytest.raises(NotSent):
        await nobody.send(outgoing())
    with pytest.raises(NotSent):
        await nobody.arrived(outgoing())
    await nobody.close()


async def test_a_wrong_token_is_not_sent_and_shut_out(stage: Stage) -> None:
    stranger = LocalOutbound(stage.service.url, "guessed")
    with pytest.raises(NotSent):
        await stranger.send(outgoing())
    await stranger.close()


async def test_refusals_say_why(stage: Stage) -> None:
    await stage.api.change_place("general", archived=True)
    await stage.api.change_person("hugo", active=False)
    root = await stage.platform.send(outgoing())
    reply = await stage.platform.send(outgoing(thread=root, id="d2"))
    for refused, words in [
        (outgoing(to="general"), "archived"),
        (outgoing(to="nowhere"), "no place"),
        (outgoing(to="nobody", person=True), "nobody"),
        (outgoing(to="hugo", person=True), "closed"),
        (outgoing(thread="999999"), "no message"),
        (outgoing(thread=reply), "not itself a reply"),
        (outgoing(say("x" * 12_001)), "at most 12,000 characters"),
        (outgoing(Card(buttons=THANKS.buttons * 26)), "at most 25 buttons"),
    ]:
        with pytest.raises(Refused, match=words):
            await stage.platform.send(refused)
    elsewhere = outgoing()
    with pytest.raises(Refused):
        await stage.platform.send(
            type(elsewhere)("d", Ref("slack", "T1", "C1"), False, "", THANKS, elsewhere.first_try)
        )


async def test_the_bot_leaves_other_peoples_messages_alone(stage: Stage) -> None:
    said = await stage.person("ben").types("mine")
    with pytest.raises(Refused, match="somebody else"):
        await stage.platform.redraw(ref("questions"), str(said["id"]), say("yours"), "uid")
    with pytest.raises(Refused, match="somebody else"):
        await stage.platform.delete(ref("questions"), str(said["id"]))
    await stage.person("ada").sees("mine")


async def test_who_can_see_what(stage: Stage) -> None:
    await stage.api.add_person("gus", "Sample: Gus G.", guest=True)
    can_see = stage.platform.can_see
    assert await can_see(ref("ben"), ref("ward-team"))
    assert not await can_see(ref("emre"), ref("ward-team"))
    assert await can_see(ref("emre"), ref("general"))
    assert not await can_see(ref("gus"), ref("general"))
    assert not await can_see(ref("nobody"), ref("general"))
    assert not await can_see(ref("ben"), ref("nowhere"))
    assert not await can_see(Ref("slack", "T1", "U1"), ref("general"))
    assert await can_see(ref("ben"), ref("dm-ben"))
    assert not await can_see(ref("ada"), ref("dm-ben"))
    await stage.api.add_member("ward-team", "emre")
    assert await can_see(ref("emre"), ref("ward-team"))
    await stage.api.remove_member("ward-team", "emre")
    await stage.api.change_person("ben", active=False)
    assert not await can_see(ref("emre"), ref("ward-team"))
    assert not await can_see(ref("ben"), ref("general"))


MALFORMED: list[tuple[Any, str]] = [
    ({"body": "not a list"}, "body"),
    ({"body": [{"kind": "marquee", "text": "x"}]}, "body.0"),
    ({"body": [{"kind": "link", "label": "x", "url": "javascript:alert(1)"}]}, "body.0.link.url"),
    ({"body": [{"kind": "when", "at": "yesterday"}]}, "body.0.when.at"),
    ({"colour": "red"}, "colour"),
    ({"title": 7}, "title"),
    ({"title": "x" * 151}, "title"),
    ({"buttons": [{"kind": "button", "label": "x" * 76, "packed": "p"}]}, "button"),
    ({"buttons": [{"kind": "button", "label": "x", "packed": "p" * 101}]}, "packed"),
    (None, "all of it"),
]


@pytest.mark.parametrize(("card", "where"), MALFORMED)
async def test_malformed_cards_are_refused_with_the_reason(stage: Stage, card: Any, where: str) -> None:
    with pytest.raises(ApiError) as caught:
        await stage.api.request("POST", "/bot/messages", {"place": "questions", "card": card})
    assert caught.value.status == 400
    assert where in caught.value.message


async def test_an_adapter_that_waits_long_on_its_socket_stays_connected(make_service: MakeService) -> None:
    service, bot = await make_service(), FakeBot()
    platform = LocalPlatform(service.url, TOKEN, bot, timeout=0.2)
    await platform.start()
    await asyncio.sleep(0.5)  # longer than a request may take: the limit is not for the socket
    assert len(service.workspace.sockets) == 1
    await platform.close()
