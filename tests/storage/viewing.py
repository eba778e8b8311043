"""Every query that reads for a Viewer: what it shows, what it should show, and where its clause is switched off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.core.meaning import Meaning
from bot.core.people import Viewer
from bot.services.links import links_to
from storage import activity, evidence, forwarded, items, members, profiles, questions, recent, sessions, visibility
from storage.ledger import rhythms
from storage.search import finding, vectors
from storage.search.index import SearchDoc
from tests.storage.rows import NOW
from tests.storage.worlds import ADDRESS, HOUR, ORIGIN, WORD, Case, World, reads, sees

THE_SAME = Meaning.of("one for all", [1.0])


async def one_by_one(case: Case, get: Callable[..., Awaitable[Any]]) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.questions if await get(db, number, viewer, NOW) is not None}


async def by_get(case: Case) -> set[Any]:
    return await one_by_one(case, questions.get)


async def by_get_for_change(case: Case) -> set[Any]:
    return await one_by_one(case, questions.get_for_change)


async def by_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await questions.several(db, list(world.questions), viewer, NOW))


async def by_asked_by(case: Case) -> set[Any]:
    db, world, viewer = case
    found = set()
    for member in world.communities:
        found |= {(member, question.id) for question in await questions.asked_by(db, member, viewer, NOW, 200)}
    return found


async def by_in_states(case: Case) -> set[Any]:
    db, _, viewer = case
    found = await questions.in_states(db, ["new", "asked"], viewer, NOW, limit=1000)
    newest = await questions.in_states(db, ["new", "asked"], viewer, NOW, limit=1000, newest=True)
    assert {question.id for question in found} == {question.id for question in newest}
    return {question.id for question in found}


async def by_item_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.items if await items.get(db, number, viewer, NOW) is not None}


async def by_item_get_for_change(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.items if await items.get_for_change(db, number, viewer, NOW) is not None}


async def by_item_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await items.several(db, list(world.items), viewer, NOW))


async def by_item_of_address(case: Case) -> set[Any]:
    db, world, viewer = case
    found = [await items.of_address(db, space, ADDRESS, viewer, NOW) for space in world.spaces]
    return {item.id for item in found if item is not None}


async def by_item_of_origin(case: Case) -> set[Any]:
    db, world, viewer = case
    found = [await items.of_origin(db, space, ORIGIN, viewer, NOW) for space in world.spaces]
    return {item.id for item in found if item is not None}


async def by_session_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.sessions if await sessions.get(db, number, viewer, NOW) is not None}


async def by_session_get_for_change(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.sessions if await sessions.get_for_change(db, number, viewer, NOW) is not None}


async def by_session_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await sessions.several(db, sorted(world.sessions), viewer, NOW))


async def by_sessions_coming_up(case: Case) -> set[Any]:
    db, _, viewer = case
    return {session.id for session in await sessions.coming_up(db, viewer, NOW, 100)}


async def by_sessions_lately(case: Case) -> set[Any]:
    db, _, viewer = case
    return {session.id for session in await sessions.lately(db, viewer, NOW, 100)}


async def by_sessions_since(case: Case) -> set[Any]:
    db, _, viewer = case
    return {session.id for session in await sessions.since(db, viewer, NOW, NOW, 100)}


async def by_rhythm_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.rhythms if await rhythms.get(db, number, viewer, NOW) is not None}


async def by_rhythm_get_for_change(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.rhythms if await rhythms.get_for_change(db, number, viewer, NOW) is not None}


async def by_rhythms_going_on(case: Case) -> set[Any]:
    db, _, viewer = case
    return {rhythm.id for rhythm in await rhythms.going_on(db, viewer, NOW)}


async def by_find(case: Case) -> set[Any]:
    """By words, and by what it means alone, where all that is kept means the same."""
    db, _, viewer = case
    found = await finding.find(db, WORD, viewer, NOW, limit=200)
    ids = (await db.scalars(select(SearchDoc.id))).all()
    await vectors.keep(db, THE_SAME.model, [(id, "", THE_SAME.vector) for id in ids])
    found += await finding.find(db, "elsewhere", viewer, NOW, limit=200, meaning=THE_SAME, in_other_words=True)
    return {(match.kind, match.subject) for match in found}


async def by_newest(case: Case) -> set[Any]:
    db, _, viewer = case
    return set(await evidence.newest(db, viewer, NOW, 1000))


async def by_tagged(case: Case) -> set[Any]:
    db, _, viewer = case
    return set(await evidence.tagged(db, [WORD], viewer, NOW, 1000))


async def by_kept(case: Case) -> set[Any]:
    db, _, viewer = case
    kinds = {questions.KIND, items.LINK}
    return {(new.kind, new.subject) for new in await recent.kept(db, viewer, kinds, None, NOW - HOUR, NOW, 1000)}


async def by_used(case: Case) -> set[Any]:
    db, _, viewer = case
    return {used.item_id for used in await recent.used_by_others(db, viewer, None, NOW - HOUR, NOW, 1000)}


async def by_forwarded_since(case: Case) -> set[Any]:
    db, _, viewer = case
    return {one.id for one in await forwarded.since(db, viewer, None, NOW - HOUR, NOW, 1000)}


async def by_forwarded_several(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await forwarded.several(db, list(world.forwarded), viewer, NOW))


async def by_forwarded_get(case: Case) -> set[Any]:
    db, world, viewer = case
    return {number for number in world.forwarded if await forwarded.get(db, number, viewer, NOW) is not None}


async def by_busiest(case: Case) -> set[Any]:
    db, _, viewer = case
    return {one.id for one in await activity.busiest(db, viewer, None, NOW - HOUR, NOW, 1000)}


async def by_talked(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await activity.several(db, list(world.talked), viewer, NOW))


async def by_sees(case: Case) -> set[Any]:
    db, world, viewer = case
    return {space for space in world.spaces if await visibility.sees(db, space, viewer, NOW)}


async def by_readable(case: Case) -> set[Any]:
    db, world, viewer = case
    return set(await visibility.readable(db, list(world.places), viewer, NOW))


async def by_links(case: Case) -> set[Any]:
    db, world, viewer = case
    found = await links_to(db, "question", list(world.questions), "Open", viewer, NOW)
    return {(question, link.message) for question, link in found.items()}


async def by_readers(case: Case) -> set[Any]:
    db, world, _ = case
    return {(space, member) for space in world.spaces for member in await visibility.readers(db, space, NOW)}


async def by_joined(case: Case) -> set[Any]:
    db, world, viewer = case
    found = set()
    for space in world.spaces:
        among = visibility.is_reader(space, NOW)
        found |= {(space, member.id) for member in await members.joined(db, viewer.community, among)}
    return found


async def by_people(case: Case) -> set[Any]:
    db, _, viewer = case
    named = {shown.member.id for shown in await profiles.found(db, WORD, (), viewer)}
    assert named == {shown.member.id for shown in await profiles.found(db, "", (), viewer)}
    assert named == {shown.member.id for shown in await profiles.found(db, "", (WORD,), viewer)}
    return named


def visible_questions(world: World, viewer: Viewer) -> set[Any]:
    return {question for question, space in world.questions.items() if sees(world, viewer, space)}


def visible_items(world: World, viewer: Viewer) -> set[Any]:
    return {item for item, space in world.items.items() if sees(world, viewer, space)}


def visible_sessions(world: World, viewer: Viewer) -> set[Any]:
    return {session for session, space in world.sessions.items() if sees(world, viewer, space)}


def visible_new(world: World, viewer: Viewer) -> set[Any]:
    asked = {(questions.KIND, question) for question in visible_questions(world, viewer)}
    return asked | {(items.LINK, item) for item in visible_items(world, viewer)}


def visible_used(world: World, viewer: Viewer) -> set[Any]:
    theirs = {item for item, author in world.used.items() if author == viewer.member}
    return theirs & visible_items(world, viewer)


def visible_forwarded(world: World, viewer: Viewer) -> set[Any]:
    return {id for id, space in world.forwarded.items() if sees(world, viewer, space)}


def visible_talked(world: World, viewer: Viewer) -> set[Any]:
    return {id for id, space in world.talked.items() if sees(world, viewer, space)}


def visible_busy(world: World, viewer: Viewer) -> set[Any]:
    return visible_talked(world, viewer) & world.busy


def visible_rhythms(world: World, viewer: Viewer) -> set[Any]:
    return {rhythm for rhythm, space in world.rhythms.items() if sees(world, viewer, space)}


def every_rhythm(world: World) -> set[Any]:
    return set(world.rhythms)


def visible_past(world: World, viewer: Viewer) -> set[Any]:
    return {session for session, space in world.past.items() if sees(world, viewer, space)}


def everything_visible(world: World, viewer: Viewer) -> set[Any]:
    asked = {(questions.KIND, question) for question in visible_questions(world, viewer)}
    met = {(sessions.KIND, session) for session in visible_sessions(world, viewer) | visible_past(world, viewer)}
    return asked | met | {(items.LINK, item) for item in visible_items(world, viewer)}


def visible_to_their_asker(world: World, viewer: Viewer) -> set[Any]:
    return {(world.askers[question], question) for question in visible_questions(world, viewer)}


def every_asker(world: World) -> set[Any]:
    return {(asker, question) for question, asker in world.askers.items()}


def visible_spaces(world: World, viewer: Viewer) -> set[Any]:
    return {space for space in world.spaces if sees(world, viewer, space)}


def readable_places(world: World, viewer: Viewer) -> set[Any]:
    return {place for place in world.places if reads(world, viewer, place)}


def newest_links(world: World, viewer: Viewer) -> set[Any]:
    newest = {question: message for message, (question, place) in world.posts.items() if reads(world, viewer, place)}
    return set(newest.items())


def all_readers(world: World, _viewer: Viewer) -> set[Any]:
    everyone = [Viewer(community, member=member) for member, community in world.communities.items()]
    return {(space, viewer.member) for space in world.spaces for viewer in everyone if sees(world, viewer, space)}


def our_readers(world: World, viewer: Viewer) -> set[Any]:
    working = {member for member, accounts in world.accounts.items() if any(account.active for account in accounts)}
    ours = {member for member, community in world.communities.items() if community == viewer.community}
    return {(space, member) for space, member in all_readers(world, viewer) if member in working & ours}


def people_of_ones_own(world: World, viewer: Viewer) -> set[Any]:
    """Rather a rule of the community than of its places: who has a full account there finds whoever can be reached there."""
    mine = world.accounts.get(viewer.member or 0, []) if viewer.place is None else []
    is_one = world.communities.get(viewer.member or 0) == viewer.community
    if not is_one or not any(account.active and not account.guest for account in mine):
        return set()
    reached = {member for member, theirs in world.accounts.items() if any(account.active for account in theirs)}
    return {member for member in reached if world.communities[member] == viewer.community}


def everybody(world: World) -> set[Any]:
    return set(world.communities)


def every_question(world: World) -> set[Any]:
    return set(world.questions)


def every_session(world: World) -> set[Any]:
    return set(world.sessions)


def every_past_session(world: World) -> set[Any]:
    return set(world.past)


def every_item(world: World) -> set[Any]:
    return set(world.items)


def every_new(world: World) -> set[Any]:
    return {(questions.KIND, question) for question in world.questions} | {(items.LINK, item) for item in world.items}


def every_forwarded(world: World) -> set[Any]:
    return set(world.forwarded)


def every_talked(world: World) -> set[Any]:
    return set(world.talked)


def everything(world: World) -> set[Any]:
    asked = {(questions.KIND, question) for question in world.questions}
    met = {(sessions.KIND, session) for session in [*world.sessions, *world.past]}
    return asked | met | {(items.LINK, item) for item in world.items}


def every_space(world: World) -> set[Any]:
    return set(world.spaces)


def every_place(world: World) -> set[Any]:
    return set(world.places)


def pairs(world: World) -> set[Any]:
    return {(space, member) for space in world.spaces for member in world.communities}


def links(world: World) -> set[Any]:
    return {(question, message) for message, (question, _) in world.posts.items()}


@dataclass(frozen=True)
class Query:
    """What a query shows, what it should show, what there is to show, and where its clause is switched off."""

    shows: Callable[[Case], Awaitable[set[Any]]]
    should: Callable[[World, Viewer], set[Any]]
    everything: Callable[[World], set[Any]]
    clause: tuple[Any, str]


QUERIES = {
    "storage.questions.get": Query(by_get, visible_questions, every_question, (questions, "visible")),
    "storage.questions.get_for_change": Query(
        by_get_for_change, visible_questions, every_question, (questions, "visible")
    ),
    "storage.questions.several": Query(by_several, visible_questions, every_question, (questions, "visible")),
    "storage.questions.asked_by": Query(by_asked_by, visible_to_their_asker, every_asker, (questions, "visible")),
    "storage.questions.in_states": Query(by_in_states, visible_questions, every_question, (questions, "visible")),
    "storage.items.get": Query(by_item_get, visible_items, every_item, (items, "visible")),
    "storage.items.get_for_change": Query(by_item_get_for_change, visible_items, every_item, (items, "visible")),
    "storage.items.several": Query(by_item_several, visible_items, every_item, (items, "visible")),
    "storage.items.of_address": Query(by_item_of_address, visible_items, every_item, (items, "visible")),
    "storage.items.of_origin": Query(by_item_of_origin, visible_items, every_item, (items, "visible")),
    "storage.sessions.get": Query(by_session_get, visible_sessions, every_session, (sessions, "visible")),
    "storage.sessions.get_for_change": Query(
        by_session_get_for_change, visible_sessions, every_session, (sessions, "visible")
    ),
    "storage.sessions.several": Query(by_session_several, visible_sessions, every_session, (sessions, "visible")),
    "storage.sessions.coming_up": Query(by_sessions_coming_up, visible_sessions, every_session, (sessions, "visible")),
    "storage.sessions.lately": Query(by_sessions_lately, visible_past, every_past_session, (sessions, "visible")),
    "storage.sessions.since": Query(by_sessions_since, visible_sessions, every_session, (sessions, "visible")),
    "storage.ledger.rhythms.get": Query(by_rhythm_get, visible_rhythms, every_rhythm, (rhythms, "visible")),
    "storage.ledger.rhythms.get_for_change": Query(
        by_rhythm_get_for_change, visible_rhythms, every_rhythm, (rhythms, "visible")
    ),
    "storage.ledger.rhythms.going_on": Query(by_rhythms_going_on, visible_rhythms, every_rhythm, (rhythms, "visible")),
    "storage.search.finding.find": Query(by_find, everything_visible, everything, (finding, "visible")),
    "storage.evidence.newest": Query(by_newest, visible_questions, every_question, (finding, "visible")),
    "storage.evidence.tagged": Query(by_tagged, visible_questions, every_question, (finding, "visible")),
    "storage.recent.kept": Query(by_kept, visible_new, every_new, (finding, "visible")),
    "storage.recent.used_by_others": Query(by_used, visible_used, every_item, (recent, "visible")),
    "storage.forwarded.since": Query(by_forwarded_since, visible_forwarded, every_forwarded, (forwarded, "visible")),
    "storage.forwarded.several": Query(
        by_forwarded_several, visible_forwarded, every_forwarded, (forwarded, "visible")
    ),
    "storage.forwarded.get": Query(by_forwarded_get, visible_forwarded, every_forwarded, (forwarded, "visible")),
    "storage.activity.busiest": Query(by_busiest, visible_busy, every_talked, (activity, "visible")),
    "storage.activity.several": Query(by_talked, visible_busy, every_talked, (activity, "visible")),
    "storage.profiles.found": Query(by_people, people_of_ones_own, everybody, (profiles, "_may_be_found_by")),
    "storage.visibility.sees": Query(by_sees, visible_spaces, every_space, (visibility, "visible")),
    "storage.visibility.readable": Query(by_readable, readable_places, every_place, (visibility, "_member_reads")),
    "bot.services.links.links_to": Query(by_links, newest_links, links, (visibility, "_member_reads")),
    "storage.visibility.readers": Query(by_readers, all_readers, pairs, (visibility, "_member_reads")),
    "storage.members.joined": Query(by_joined, our_readers, pairs, (visibility, "_member_reads")),
}
FOR_NO_VIEWER = {"storage.visibility.readers", "storage.members.joined"}
