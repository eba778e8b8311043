"""What could stand in a digest: looked up for the one who reads it, with why it is for them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role, Viewer
from bot.rituals.digests.composing import ANSWERED, MET, USED, Candidate, composed
from bot.rituals.questions import OPEN, State
from storage import activity, digests, follows, forwarded, items, members, questions, recent, sessions
from storage.digests import DigestPlan, Line
from storage.members import Member
from storage.recent import New

PERIOD = {digests.DAILY: timedelta(days=1), digests.WEEKLY: timedelta(days=7), digests.MONTHLY: timedelta(days=31)}
FIRST = timedelta(days=14)  # what a first digest looks back at
LONGEST = timedelta(days=45)  # nobody who comes back after a year reads a year
LOOKED_AT, FEW = 200, 10
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a digest is made: a member, or a channel. ``spaces``: of these alone. No ``kinds``, no ``tags``: of all.

    ``help``, ``learn`` and ``follows`` are tags that mean something to them. ``since``: what is newer (UTC); ``used_since``: what
    others used of theirs after that.
    """

    viewer: Viewer
    since: datetime
    used_since: datetime
    spaces: tuple[int, ...] | None = None
    kinds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    help: frozenset[str] = frozenset()
    learn: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()


async def reader_of(db: AsyncSession, member: Member, plan: DigestPlan, now: datetime) -> Reader:
    return Reader(
        Viewer(member.community_id, member=member.id, role=Role(member.role)),
        looks_back_to(plan, now),
        plan.built_at or now - FIRST,
        None if plan.everywhere else tuple(await digests.channels_of(db, member.id)),
        frozenset(plan.kinds),
        frozenset(plan.tags),
        frozenset(await members.topics(db, member.id, members.HELP)),
        frozenset(await members.topics(db, member.id, members.LEARN)),
        frozenset(await follows.tags_of(db, member.id)),
    )


def looks_back_to(plan: DigestPlan, now: datetime) -> datetime:
    """What the last digest had no room for may come in this one; what is older than LONGEST is left to finding."""
    if plan.built_at is None:
        return now - FIRST
    return max(plan.built_at - PERIOD.get(plan.every, FIRST), now - LONGEST)


async def lines_for(db: AsyncSession, member: Member, plan: DigestPlan, now: datetime) -> list[Line]:
    """The lines of the digest that this member would get now."""
    reader = await reader_of(db, member, plan, now)
    found = await candidates(db, reader, now)
    known = await digests.told(db, member.id, {one.kind for one in found}, {one.subject for one in found})
    # An open question that was told of, and was answered since, is news once more; what others use is, each time they do.
    fresh = [one for one in found if one.kind == USED or (one.kind, one.subject) not in known]
    return composed(fresh, await digests.tastes(db, member.id), now)


async def candidates(db: AsyncSession, reader: Reader, now: datetime) -> list[Candidate]:
    found = [*await _asked_and_shared(db, reader, now), *await _sessions(db, reader, now)]
    found += [*await _put_forward(db, reader, now), *await _activity(db, reader, now)]
    if reader.viewer.member is not None:
        used = await recent.used_by_others(db, reader.viewer, reader.spaces, reader.used_since, now, FEW)
        found += [Candidate(USED, one.item_id, one.space_id, now, f"used:{one.times}", one.times) for one in used]
    tagged = [one for one in found if not reader.tags or one.tags & reader.tags or one.kind == USED]
    return [one for one in tagged if not reader.kinds or one.kind in reader.kinds]


async def _asked_and_shared(db: AsyncSession, reader: Reader, now: datetime) -> list[Candidate]:
    kinds = {questions.KIND, *items.KINDS}
    new = await recent.kept(db, reader.viewer, kinds, reader.spaces, reader.since, now, LOOKED_AT)
    new = [one for one in new if not reader.tags or one.tags & reader.tags]
    asked = [one.subject for one in new if one.kind == questions.KIND]
    states = await questions.states(db, asked) if asked else {}
    liked = await recent.how_often_used(db, [one.subject for one in new if one.kind != questions.KIND])
    found = []
    for one in new:
        kind = one.kind
        if kind == questions.KIND:
            asker_id, state = states.get(one.subject, (None, State.CLOSED))
            if asker_id == reader.viewer.member:
                continue
            kind = questions.KIND if state in OPEN else ANSWERED
            if kind == ANSWERED and state != State.HELPED:
                continue
        elif one.author_id is not None and one.author_id == reader.viewer.member:
            continue
        found.append(_as_candidate(one, kind, reader, liked.get(one.subject, 0) if kind in items.KINDS else 0))
    return found


def _as_candidate(new: New, kind: str, reader: Reader, liked: int) -> Candidate:
    """Why it is for them: what they said they can help with, then what they follow or want to learn, then that it is new."""
    reason, relevance = f"new:{new.space_id}", 0.0
    for name, tags, worth in (
        ("learn", reader.learn, 2.0),
        ("follow", reader.follows, 2.0),
        ("help", reader.help, 1.0),
    ):
        if named := new.tags & tags:
            reason, relevance = f"{name}:{min(named)}", max(relevance, worth)
    if kind == questions.KIND and (named := new.tags & reader.help):
        reason, relevance = f"help:{min(named)}", 3.0
    elif liked and not relevance:
        reason = f"liked:{liked}"
    author = new.author_id
    return Candidate(
        kind, new.subject, new.space_id, new.at, reason, relevance + math.log2(1 + liked) / 2, author, new.tags
    )


async def _sessions(db: AsyncSession, reader: Reader, now: datetime) -> list[Candidate]:
    """What comes up, for a member: in the channel itself it stands as announced. What was left of those that were."""
    coming = await sessions.coming_up(db, reader.viewer, now, FEW) if reader.viewer.member else []
    was = [one for one in await sessions.lately(db, reader.viewer, now, FEW) if reader.since <= one.starts_at]
    left = await sessions.with_notes(db, [one.id for one in was])
    met = [one for one in was if one.id in left and _is_in(one.space_id, reader.spaces)]
    answered = await sessions.answered(db, reader.viewer.member, sessions.NO) if reader.viewer.member else set()
    return [Candidate(MET, one.id, one.space_id, one.starts_at, "met") for one in met] + [
        Candidate(sessions.KIND, one.id, one.space_id, now, "soon", -((one.starts_at - now) / SOON))
        for one in coming
        if now < one.starts_at <= now + SOON and one.id not in answered and _is_in(one.space_id, reader.spaces)
    ]


async def _put_forward(db: AsyncSession, reader: Reader, now: datetime) -> list[Candidate]:
    found = await forwarded.since(db, reader.viewer, reader.spaces, reader.since, now, LOOKED_AT)
    return [
        Candidate(forwarded.KIND, one.id, one.space_id, one.at, "forward", 0.0, one.author_id)
        for one in found
        if reader.viewer.member not in (one.author_id, one.by_id)
    ]


async def _activity(db: AsyncSession, reader: Reader, now: datetime) -> list[Candidate]:
    busy = await activity.busiest(db, reader.viewer, reader.spaces, max(reader.since, now - activity.KEPT), now, FEW)
    return [Candidate(activity.KIND, one.id, one.space_id, now, "busy", one.replies / 100) for one in busy]


def _is_in(space_id: int, spaces: Collection[int] | None) -> bool:
    return spaces is None or space_id in spaces
