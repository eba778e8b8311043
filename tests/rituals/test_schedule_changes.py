"""What becomes of meetings when their schedule changes: nothing is lost, nobody is told wrongly, and it can be undone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from storage.items import ItemNote
from storage.ledger.rhythms import Rhythm
from storage.members import Member
from storage.sessions import Rsvp, Session
from tests.rituals.test_schedule import count, saves, schedules_a_meeting
from tests.rituals.test_sharing import shares_a_tip
from tests.support.world import World

# The world begins on Wednesday 4 March 2026 at 10:00 UTC.


async def weekly(world: World, **more: Any) -> Any:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30", **more)
    await saves(world, facilitator)
    return facilitator


async def does(world: World, facilitator: Any, label: str, **values: Any) -> None:
    await facilitator.types("/facilitate schedule")
    await facilitator.presses(label, on="Scheduled")
    await facilitator.submits(**values)
    if label == "Change":
        await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()


async def messages(person: Any, text: str) -> int:
    return len([seen for seen in await person.everything() if seen.place.startswith("dm-") and text in seen.text])


async def test_changed_from_a_date_on_who_comes_still_comes(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await ben.presses("I'm coming", on="Grand rounds")
    await does(world, facilitator, "Change", words="every Thursday 14:00", since="2026-03-05")
    await ben.sees("Grand rounds is now Thu 5 Mar 2026, 14:00")
    await ben.sees("1 coming")
    await ben.sees_not("cancelled")
    assert await count(world, Rhythm) == 1


async def test_changed_from_a_later_date_on_earlier_meetings_stay_as_they_were(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await does(world, facilitator, "Change", words="every Friday 9:00", title="Rounds for all", since="2026-03-12")
    await ben.sees("Grand rounds\nThu 5 Mar 2026, 12:30")
    await world.passes(days=3)
    await ben.sees("Rounds for all\nGrand rounds\nFri 13 Mar 2026, 09:00")
    assert await count(world, Session) == 2
    await facilitator.types("/facilitate schedule")
    assert "Every Thursday" not in (await facilitator.sees("Rounds for all\n")).text


async def test_only_the_name_changes_and_six_times_stay_six(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30, 6 times")
    await saves(world, facilitator)
    for _ in range(2):
        await world.passes(days=7)
    await does(world, facilitator, "Change", title="Rounds for all")
    for _ in range(6):
        await world.passes(days=7)
    assert await count(world, Session) == 6


async def test_a_date_moved_away_and_back_is_on_again(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await ben.presses("I'm coming", on="Grand rounds")
    await does(world, facilitator, "Change", words="every Friday 12:30")
    await ben.sees("is cancelled.")
    await does(world, facilitator, "Change", words="every Thursday 12:30")
    await ben.sees("Grand rounds is now Thu 5 Mar 2026, 12:30 (UTC+00:00). You are coming.")
    assert await count(world, Session, Session.state == "planned") == 1


async def test_ended_and_begun_again_its_next_meeting_is_on_again(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("More", on="Scheduled")
    await facilitator.presses("End it", on="Grand rounds")
    await world.settles()
    await ben.sees("Cancelled: Grand rounds")
    await facilitator.presses("Begin it again", on="It has ended")
    await world.settles()
    await ben.sees("Grand rounds\nThu 5 Mar 2026, 12:30")
    await world.passes(hours=25, minutes=31)
    await ben.sees("Grand rounds begins")


async def test_who_is_not_in_its_channel_neither_sees_nor_changes_a_schedule(world: World) -> None:
    insider, outsider = world.person("ada", "ward-team"), world.person("dana")
    await insider.types("/facilitate schedule")
    await insider.presses("Schedule a prompt", on="Scheduled")
    await insider.submits(text="Which ward secret?", words="every Friday 16:00")
    await insider.presses("Save it", on="Nothing is saved yet.")
    await insider.sees("in #ward-team")
    async with world.database.write() as db:
        await db.execute(update(Member).where(Member.name.contains("Dana")).values(role=2))
    await outsider.types("/facilitate schedule")
    await outsider.sees("Nothing is scheduled yet.")
    await outsider.sees_not("ward secret")


async def test_what_is_saved_is_what_was_shown(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "tomorrow 15:00")
    await facilitator.sees("Thursday 5 March 2026 15:00 UTC")
    await world.passes(hours=20)
    await saves(world, facilitator)
    await world.person("ben").sees("Grand rounds\nThu 5 Mar 2026, 15:00")
    other = await schedules_a_meeting(world, "tomorrow 15:00")
    await world.passes(days=3)
    await other.presses("Save it", on="Nothing is saved yet.")
    await other.sees("This is over already.")


async def test_ones_own_reminder_follows_or_ends(world: World) -> None:
    facilitator, ben, dana = await weekly(world, remind="0"), world.person("ben"), world.person("dana")
    for person in (ben, dana):
        await person.presses("More", on="Grand rounds")
        await person.presses("Remind me", on="Grand rounds")
        await person.submits(minutes="60")
    await dana.presses("Can't come", on="0 coming")
    await does(world, facilitator, "Move a date", to="2026-03-10 12:30")
    await world.passes(days=2)
    assert await messages(ben, "Grand rounds begins") == 0
    await world.passes(days=4, hours=2)
    assert (await messages(ben, "Grand rounds begins"), await messages(dana, "Grand rounds begins")) == (1, 0)


async def test_the_channels_reminder_goes_when_it_is_cancelled(world: World) -> None:
    facilitator, dana = await weekly(world), world.person("dana")
    await world.passes(hours=25, minutes=40)
    await dana.sees("Grand rounds begins")
    await does(world, facilitator, "Skip a date")
    await dana.sees_not("Grand rounds begins")
    await dana.sees("Cancelled: Grand rounds")


async def test_from_weekly_to_every_weekday_one_is_announced_at_a_time_with_topics_in_turn(world: World) -> None:
    facilitator, dana = await weekly(world, topics="One\nTwo\nThree"), world.person("dana")
    await does(world, facilitator, "Change", words="weekdays 12:30")
    assert await count(world, Session) == 2  # today's, and Thursday's, which was announced already
    await world.passes(days=1, hours=3)
    assert await count(world, Session) == 3
    for topic in ("One", "Two", "Three"):
        await dana.sees(topic)


async def test_a_free_place_goes_to_somebody_who_can_still_come(world: World) -> None:
    facilitator = world.person("ada", "ward-team")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    await facilitator.submits(title="Grand rounds", words="every Thursday 12:30", capacity=1)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.settles()
    for name in ("ada", "ben", "chidi"):
        await world.person(name, "ward-team").presses("I'm coming", on="of 1 coming")
    await world.removes("ward-team", "ben")
    await facilitator.presses("Can't come", on="of 1 coming")
    await world.person("chidi").sees("A place got free: Grand rounds")
    assert await count(world, Rsvp, Rsvp.answer == "waiting") == 1


async def test_who_was_there_keeps_whom_they_counted_and_what_was_left_can_be_removed(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await world.passes(days=2)
    await ben.presses("Several of us were there", on="is over")
    await ben.submits(people="12", site="North")
    await ben.presses("I was there", on="is over")
    await ben.sees("12 people were there.")
    await ben.presses("Add notes or a recording", on="is over")
    await ben.submits(url="https://example.org/wrong", text="The wrong one")
    await facilitator.presses("More", on="is over")
    await facilitator.presses("Remove: The wrong one")
    await world.settles()
    await ben.sees_not("The wrong one")


async def test_an_impossible_time_is_said_beside_its_field(world: World) -> None:
    facilitator = await weekly(world)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    assert "This is too far away: ten years at most." in str(await facilitator.submits(to="9999-12-31 23:59"))


async def test_a_meeting_that_was_once_does_not_stay_in_the_list(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "tomorrow 15:00")
    await saves(world, facilitator)
    await world.passes(days=3)
    await facilitator.types("/facilitate schedule")
    await world.settles()
    newest = [seen.text for seen in await facilitator.everything() if seen.text.startswith("Scheduled")][-1]
    assert "Nothing is scheduled yet." in newest
    assert "Grand rounds" not in newest


async def test_a_date_moved_by_more_than_a_year_is_moved_and_not_cancelled(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await ben.presses("I'm coming", on="Grand rounds")
    await does(world, facilitator, "Move a date", to="2027-06-01 09:00")
    await ben.sees("Grand rounds is now Tue 1 Jun 2027, 09:00")
    await ben.sees_not("cancelled")


# What is shared


async def test_ok_pressed_twice_on_a_page_that_is_shared_already_adds_one_note(world: World) -> None:
    sharer, author, saver = (
        world.person("ben", "general"),
        world.person("emre", "general"),
        world.person("dana", "general"),
    )
    await sharer.types("/share link", place="general")
    await sharer.submits(url="https://example.org/lamps", text="Ours.")
    await author.types("See https://example.org/lamps", place="general")
    await saver.chooses_in_menu("Save to Rounds…", of="See https://example.org/lamps")
    await saver.submits(what="link")
    for _ in range(2):
        await author.presses("OK", on="May this be kept")
    await world.settles()
    assert await count(world, ItemNote) == 1


async def test_a_tip_that_moved_is_gone_from_every_card_where_it_was(world: World) -> None:
    facilitator, author, outsider = world.person("ada"), await shares_a_tip(world, "ben"), world.person("dana")
    await outsider.presses("More", on="shares a tip")
    await outsider.presses("Add a note", on="Falls on the way")
    await outsider.submits(text="We do so, too.")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a prompt", on="Scheduled")
    await facilitator.submits(what="tip of the week", words="every Monday 9:00")
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await world.passes(days=4, hours=23)
    await outsider.sees("The tip of the week")
    await author.presses("More", on="shares a tip")
    await author.presses("Share in another channel", on="Falls on the way")
    form = await author.fills()
    (ward,) = [option for option in form.item["view"]["fields"][0]["options"] if "ward-team" in option["label"]]
    await author.submits(place=ward["value"])
    await world.settles()
    await outsider.sees_not("Lamps with sensors.")
    await world.person("chidi").sees("Lamps with sensors.")
    await world.person("chidi").sees_not("We do so, too.")


async def test_going_on_with_a_draft_is_looked_at_like_a_form(world: World) -> None:
    facilitator = await schedules_a_meeting(world, "every Thursday 12:30", where="+44 7700 900123")
    await facilitator.types("/facilitate check")
    await facilitator.presses("About the community")
    await facilitator.submits(domain="Care on wards", clinical=True)
    await facilitator.presses("Save it", on="Nothing is saved yet.")
    await facilitator.sees("This looks like a phone number")
    assert await count(world, Rhythm) == 0


async def test_who_cannot_come_any_more_is_not_told_that_they_come(world: World) -> None:
    facilitator, ben = await weekly(world), world.person("ben")
    await ben.presses("I'm coming", on="Grand rounds")
    await does(world, facilitator, "Move a date", to="2026-03-06 09:00")
    await ben.sees("Grand rounds is now Fri 6 Mar 2026, 09:00 (UTC+00:00). You are coming.")
    await ben.presses("Can't come", on="1 coming")
    await world.settles()
    assert await messages(ben, "You are coming.") == 0


async def test_a_date_is_not_moved_to_when_it_is(world: World) -> None:
    facilitator = await weekly(world)
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Move a date", on="Scheduled")
    assert "It is then already." in str(await facilitator.submits(to="2026-03-05 12:30"))


async def test_when_is_said_once(world: World) -> None:
    facilitator = world.person("ada")
    await facilitator.types("/facilitate schedule")
    await facilitator.presses("Schedule a meeting", on="Scheduled")
    given = {"title": "Grand rounds", "words": "every Thursday 12:30", "first": "2026-03-06 09:00"}
    assert "You said when twice" in str(await facilitator.submits(**given))
