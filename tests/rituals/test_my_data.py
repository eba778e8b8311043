"""My data: a copy of all of it, and its end: planted words are in no table, index, file, card or digest afterwards."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.rituals.schedule.declared import NewMeeting
from storage import erasing, members
from storage.questions import Question
from storage.schema import TABLES
from tests.rituals.test_keeping_words import asks
from tests.rituals.test_people import blocks
from tests.rituals.test_sharing import shares_a_tip
from tests.support.scanning import files_with, tables_with
from tests.support.world import World

PLANTED = "xylophone"


def test_it_is_decided_what_becomes_of_every_row_that_refers_to_a_member() -> None:
    named = {f"{table.name}.{column.name}" for table, column in erasing.columns_to_members()}
    assert named == set(erasing.WHAT_BECOMES)
    nullable = {f"{table.name}.{column.name}" for table, column in erasing.columns_to_members() if column.nullable}
    assert {name for name, what in erasing.WHAT_BECOMES.items() if what == erasing.UNNAMED} <= nullable
    assert set(TABLES.tables) >= {name.split(".")[0] for name in named}


async def plants_words_everywhere(world: World) -> Any:
    """Chidi types the planted word into every input that a member has."""
    chidi = await world.joins("chidi", can_help=f"{PLANTED} topic")
    await asks(world, "chidi", f"How do you tune a {PLANTED}?", details=f"It is a {PLANTED}.", tags=f"{PLANTED} tag")
    await asks(world, "ben", "Which mats?", tags="falls")
    await chidi.presses("Answer", on="Which mats?")
    await chidi.submits(text=f"Mats with a {PLANTED}.", setting=f"a {PLANTED} ward")
    await world.settles()
    await shares_a_tip(world, "chidi", challenge=f"A {PLANTED} at night", text=f"No {PLANTED}.", setting=PLANTED)
    await shares_a_tip(world, "dana")
    await chidi.presses("Thanks", on="Falls on the way")
    await chidi.submits(reason=f"The {PLANTED} is quiet.")
    await chidi.presses("I tried it", on="Falls on the way")
    await chidi.submits(outcome="worked", setting=f"{PLANTED} wing")
    await chidi.presses("More", on="Falls on the way")
    await chidi.presses("Add a note", on="Falls on the way")
    await chidi.submits(text=f"Also against a {PLANTED}.")
    await chidi.types("/share term")
    await chidi.submits(title=f"{PLANTED}ing", text=f"To {PLANTED}.")
    await world.settles()
    await world.person("emre").types("We moved the trolley.")
    await chidi.chooses_in_menu("Save to Rounds…", of="We moved the trolley.")
    await chidi.submits(what="digest", why=f"Of use against a {PLANTED}")
    await chidi.types(f"/ask How do you tune a {PLANTED}?")
    await chidi.submits()  # there is one like it: it stays a draft
    await chidi.types("/rounds digest")
    await chidi.presses("Choose it", on="You get no digest yet")
    await chidi.submits(channels=["all"], tags=f"{PLANTED} tag")
    await world.settles()
    return chidi


async def test_what_was_erased_is_nowhere(world: World, tmp_path: Path) -> None:
    chidi = await plants_words_everywhere(world)
    reader = world.person("dana")
    await reader.types("/rounds digest")
    await reader.presses("Choose it", on="You get no digest yet")
    await reader.submits(channels=["all"])
    await world.passes(days=3)
    before = await reader.sees("your digest")
    assert PLANTED in before.text
    everywhere = await tables_with(world.database, PLANTED)
    assert {"question", "answer", "item", "item_note", "thanks", "trial", "forwarded", "draft"} <= everywhere.keys()

    await chidi.types("/rounds me")
    await chidi.presses("My data", on="How much")
    await chidi.presses("Delete my data", on="I keep what you asked")
    await chidi.submits(what="all")
    await chidi.sees("It is deleted.")
    await world.settles()

    assert await tables_with(world.database, PLANTED) == {}
    for person in ("ben", "dana", "ada"):
        await world.person(person).sees_not(PLANTED)
    await world.person("ben").types(f"/find {PLANTED}")
    await world.person("ben").sees("Nothing found")
    await shares_a_tip(world, "emre", challenge="Night falls")
    await world.passes(days=7)
    later = await reader.sees("Night falls")
    assert PLANTED not in later.text
    if world.database.is_sqlite:
        await world.rounds.housekeeping.purge()
        assert files_with(tmp_path, Path(world.database.url.database or "").stem, PLANTED) == []


async def test_kept_words_stay_without_a_name(world: World) -> None:
    chidi = await plants_words_everywhere(world)
    await chidi.types("/rounds me")
    await chidi.presses("My data", on="How much")
    await chidi.presses("Delete my data", on="I keep what you asked")
    await chidi.submits(what="without name")
    await chidi.sees("It is deleted.")
    await world.settles()
    assert "Chidi" not in "".join(seen.text for seen in await world.person("ben").everything())
    card = await world.person("ben").sees(f"A {PLANTED} at night")
    assert "Somebody who left shares a tip" in card.text
    assert "Chidi" not in card.text
    left = await tables_with(world.database, "chidi")
    assert left == {}
    await world.rounds.housekeeping.refresh_directories()
    await world.settles()
    assert await tables_with(world.database, "chidi") == {}


async def test_who_comes_back_is_met_as_somebody_new(world: World) -> None:
    chidi = await world.joins("chidi", can_help="falls")
    await chidi.types("/rounds me")
    await chidi.presses("My data", on="How much")
    await chidi.presses("Delete my data", on="I keep what you asked")
    await chidi.submits(what="all")
    await chidi.sees("It is deleted.")
    await chidi.types("/rounds me")
    await chidi.sees("You have not joined")


async def test_who_is_blocked_has_a_copy_and_deletes_it_and_stays_blocked(world: World) -> None:
    chidi = await plants_words_everywhere(world)
    await blocks(world, "chidi")
    await chidi.types("/rounds me")
    await chidi.sees("You can't take part here.")
    await chidi.types("/rounds data")
    await chidi.presses("Give me a copy", on="I keep what you asked")
    await world.settles()
    assert (await chidi.sees("All that is kept of you, as of now")).item["card"]["file"]
    await chidi.presses("Delete my data", on="I keep what you asked")
    await chidi.submits(what="all")
    await chidi.sees("What is left is your account's number, and that you take no part here.")
    await world.settles()
    await world.rounds.housekeeping.refresh_directories()
    await world.settles()
    assert await tables_with(world.database, PLANTED) == {}
    assert await tables_with(world.database, "Chidi C.") == {}

    await chidi.types("/ask Why?")
    assert len([one for one in await chidi.everything() if "You can't take part here." in one.text]) == 2
    facilitator = world.person("ada")
    await facilitator.types("/facilitate people")
    await facilitator.presses("Let back in", on="Blocked")
    await world.rounds.housekeeping.refresh_directories()
    await world.settles()
    assert await tables_with(world.database, "chidi") == {}  # not before they do something here
    await chidi.types("/rounds me")
    await chidi.sees("You have not joined")


async def test_what_somebody_blocked_leaves_without_a_name_does_not_call_them(world: World) -> None:
    chidi = await world.joins("chidi", can_help="falls")
    await asks(world, "chidi", "Which mats?", tags="falls")
    await blocks(world, "chidi")
    await chidi.types("/rounds data")
    await chidi.presses("Delete my data", on="I keep what you asked")
    await chidi.submits(what="without name")
    await world.settles()
    await world.person("dana").presses("Answer", on="Which mats?")
    await world.person("dana").submits(text="Soft ones.")
    await world.settles()
    reader = world.person("ben")
    for words in ("Somebody who left asks", "Soft ones."):
        assert "Chidi" not in (await reader.sees(words)).text
    assert "Chidi" not in "".join(seen.text for seen in await reader.everything())
    async with world.database.read() as db:  # by an account a platform would show who it is, and tell them
        asker = (await db.scalars(select(Question.asker_id))).one()
        assert (await members.as_person(db, asker, notify=True)).accounts == ()
        assert (await members.as_people(db, [asker]))[asker].accounts == ()


async def test_a_copy_holds_all_of_it(world: World) -> None:
    chidi = await plants_words_everywhere(world)
    await chidi.types("/rounds me")
    await chidi.presses("My data", on="How much")
    await chidi.presses("Give me a copy", on="I keep what you asked")
    await world.settles()
    message = await chidi.sees("All that is kept of you, as of now")
    content = base64.b64decode(message.item["card"]["file"]["content"])
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tables = json.loads(file.read("data.json"))
        page = file.read("index.html").decode()
    assert "Sample: Chidi C." in page
    assert f"How do you tune a {PLANTED}?" in page
    assert f"Mats with a {PLANTED}." in page
    assert {"member", "account", "question", "answer", "item", "thanks", "digest_plan"} <= tables.keys()
    assert all("ben" not in json.dumps(row).lower() for row in tables["account"])


async def test_nobody_gets_somebody_elses_copy(world: World) -> None:
    await plants_words_everywhere(world)
    ben = world.person("ben")
    await ben.types("/rounds me")
    await ben.presses("My data", on="How much")
    await ben.presses("Give me a copy", on="I keep what you asked")
    await world.settles()
    message = await ben.sees("All that is kept of you, as of now")
    content = base64.b64decode(message.item["card"]["file"]["content"])
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert PLANTED not in file.read("index.html").decode()
        rows = json.loads(file.read("data.json"))
    planted = {name for name, found in rows.items() if PLANTED in json.dumps(found)}
    assert planted <= {"delivery", "invitation"}


async def test_a_round_up_in_the_channel_follows_what_goes(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(what="round-up", words="every Friday 16:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await shares_a_tip(world, "chidi", challenge=f"A {PLANTED} at night")
    await shares_a_tip(world, "emre", challenge="Night falls")
    await world.passes(days=2, hours=6)
    reader, author = world.person("dana"), world.person("chidi")
    assert f"A {PLANTED} at night" in (await reader.sees("New in this channel")).text
    await author.types("/rounds me")
    await author.presses("My data", on="How much")
    await author.presses("Delete my data", on="I keep what you asked")
    await author.submits(what="all")
    await world.settles()
    left = await reader.sees("New in this channel")
    assert PLANTED not in left.text
    assert "Night falls" in left.text
    await facilitator.presses("More", on="New in this channel")
    await facilitator.presses("Remove", on="A facilitator scheduled it")
    await facilitator.submits(reason="Said twice.")
    await world.settles()
    await reader.sees_not("New in this channel")


async def test_who_hosted_meetings_hosts_none_any_more(world: World) -> None:
    facilitator, host = world.person("ada"), world.person("ben")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Nothing is scheduled yet.")
    when = {"words": "every Thursday 12:30", "host": "ben"}
    await world.completes(facilitator, NewMeeting, title="Journal club", **when)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=1)
    await facilitator.sees("hosted by @Sample: Ben B.")
    await host.types("/rounds me")
    await host.presses("My data", on="How much")
    await host.presses("Delete my data", on="I keep what you asked")
    await host.submits(what="all")
    await world.passes(days=7)
    announced = [seen for seen in await facilitator.everything() if "Journal club" in seen.text]
    assert announced
    assert not [seen.text for seen in announced if "hosted by" in seen.text]
