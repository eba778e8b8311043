"""Tips, stories, terms and links: shared in a minute, found, used, thanked for, changed with their history, removed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rituals.test_keeping_words import kept_anywhere
from tests.support.world import World


async def shares_a_tip(world: World, who: str = "dana", place: str = "questions", **more: Any) -> Any:
    person = world.person(who, place)
    await person.types("/share tip")
    given = {"challenge": "Falls on the way to the bathroom", "text": "Lamps with sensors.", "tags": "falls", **more}
    await person.submits(**given)
    await world.settles()
    return person


async def test_a_tip_is_shared_found_used_tried_and_thanked_for(world: World) -> None:
    author, finder = await shares_a_tip(world, setting="on a ward", basis="evidence"), world.person("ben")
    await author.sees("Shared in #questions. It is found with /find, also as T-1.")
    await finder.sees(
        "Dana D. shares a tip\nLamps with sensors.\non a ward · Evidence: a study, a guideline\nTags: falls"
    )
    await finder.types("/find bathroom lamps")
    await finder.sees("Tip T-1 by @Sample: Dana D.: Lamps with sensors.")
    await finder.presses("I used this", on="shares a tip")
    await finder.presses("I used this", on="shares a tip")
    await finder.sees("You said so already.")
    await author.sees("T-1 · used by 1 person")
    await finder.presses("I tried it", on="shares a tip")
    await finder.submits(outcome="worked", setting="in a care home")
    await author.sees("It worked for 1 (in a care home).")
    await finder.presses("Thanks", on="shares a tip")
    await finder.submits(reason="Nobody fell since.")
    await author.sees("Ben B. thanks you for “Falls on the way to the bathroom”:\nNobody fell since.")
    await world.person("emre").sees_not("Nobody fell since.")


@pytest.mark.parametrize(
    ("command", "values", "seen"),
    [
        (
            "story",
            {"title": "The night bell", "text": "Nobody heard it.", "changed": "We carry one."},
            "What it changed:\nWe carry one.",
        ),
        (
            "term",
            {"title": "Huddle", "text": "Ten minutes at the board."},
            "explains a term\nTen minutes at the board.",
        ),
    ],
)
async def test_stories_and_terms_stand_in_their_channel_and_are_found(
    world: World, command: str, values: dict[str, str], seen: str
) -> None:
    author, finder = world.person("dana"), world.person("ben")
    await author.types(f"/share {command}")
    await author.submits(**values)
    await finder.sees(seen)
    await finder.types(f"/find {values['title']}")
    await finder.sees(values["text"])


async def test_a_link_is_shared_once_and_others_add_why(world: World) -> None:
    first, second = world.person("dana"), world.person("ben")
    await first.types("/share link")
    await first.submits(url="https://example.org/Lamps?utm_source=x&a=1#top", text="Our lamps.", sort="tool")
    await first.sees("example.org/Lamps")
    await second.types("/share link https://example.org/Lamps?a=1")
    await second.submits(text="They last ten years.")
    await second.sees("This was shared already, as L-1.")
    await first.sees("Ben B. adds:\nThey last ten years.")
    await second.types("/find ten years kind:link")
    await second.sees("Link L-1")


async def test_what_is_no_address_is_said_beside_its_field(world: World) -> None:
    person = world.person("dana")
    await person.types("/share link")
    outcome = await person.submits(url="lamps", text="Our lamps.")
    assert "This should be a web address" in outcome["answer"]["errors"]["url"]


async def test_it_is_found_by_its_reference_and_leads_to_more_like_it(world: World) -> None:
    finder = world.person("ben")
    await shares_a_tip(world)
    await shares_a_tip(world, challenge="Falls on the stairs", text="Handrails.")
    await finder.types("/find t-1")
    await finder.sees("Falls on the way to the bathroom")
    await finder.presses("More like this", on="Tip T-1")
    await finder.sees("Like “Falls on the way to the bathroom”")
    await finder.sees("Tip T-2 by")
    await finder.types("/find T-99")
    await finder.sees("Nothing found for “T-99”.")


async def test_what_is_shared_in_a_closed_channel_stays_there(world: World) -> None:
    await shares_a_tip(world, who="chidi", place="ward-team")
    insider, outsider = world.person("ada"), world.person("dana")
    await insider.sees("Lamps with sensors.")
    for typed in ("bathroom lamps", "T-1", "tag:falls", "kind:tip falls"):
        await outsider.types(f"/find {typed}")
        await outsider.sees(f"Nothing found for “{typed}”.")
    await outsider.sees_not("Lamps with sensors.")


async def test_words_are_changed_by_their_author_with_their_history(world: World) -> None:
    author, other = await shares_a_tip(world), world.person("ben")
    await author.presses("More", on="shares a tip")
    await author.presses("Edit", on="[Remove]")
    await author.submits(text="Lamps with sensors, at knee height.")
    await other.sees("Lamps with sensors, at knee height.")
    await other.presses("More", on="shares a tip")
    assert "[Edit]" not in (await other.sees("[Earlier versions]")).text
    await other.presses("Earlier versions")
    await other.sees("Dana D. changed it: Falls on the way to the bathroom\nLamps with sensors.")


async def test_a_term_is_everybodys_to_amend(world: World) -> None:
    await world.person("dana").types("/share term")
    await world.person("dana").submits(title="Huddle", text="Ten minutes at the board.")
    other = world.person("ben")
    await other.presses("More", on="explains a term")
    await other.presses("Edit", on="[Add a note]")
    await other.submits(text="Ten minutes at the board, standing.")
    await world.person("dana").sees("Ten minutes at the board, standing.")


async def test_one_press_by_a_facilitator_and_it_is_gone_everywhere(world: World) -> None:
    author = await shares_a_tip(world, text="What helped Mr. Smith in bed 4.", challenge="Mr. Smith falls")
    facilitator, other = world.person("ada"), world.person("ben")
    await other.presses("Thanks", on="shares a tip")
    await other.submits(reason="For Mr. Smith.")
    await other.presses("I tried it", on="shares a tip")
    await other.submits(outcome="worked", setting="Mr. Smith's room")
    await facilitator.presses("More", on="shares a tip")
    await facilitator.presses("Remove", on="[Add a note]")
    await facilitator.submits(reason="It names a patient.")
    await world.settles()
    await author.sees("Whoever looks after the channel removed something you shared. Why: It names a patient.")
    for who in ("ada", "ben", "dana", "emre"):
        seen = [
            one for one in await world.person(who).everything() if "Smith" in one.text and one.kind != "private reply"
        ]
        assert seen == []
    assert await kept_anywhere(world, "Smith") == []
    await other.types("/find Smith")
    await other.sees("Nothing found for “Smith”.")


async def test_more_is_found_page_by_page(world: World) -> None:
    finder = world.person("ben")
    for number in range(7):
        await shares_a_tip(world, challenge=f"Falls number {number}", text=f"Tip {number}.")
    await finder.types("/find falls")
    first = await finder.sees("Found")
    assert first.text.count("Matches:") == 5
    await finder.presses("More", on="Matches: falls")
    await world.settles()
    assert (await finder.sees("Found")).text.count("Matches:") == 2
