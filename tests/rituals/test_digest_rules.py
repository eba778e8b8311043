"""What must hold of every digest, tried with communities that nobody made up.

No line that its reader may not see when it is sent, none twice, no kind over its quota, eight at most; and what the preview
shows is what is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.rituals.digests.cards import drawn
from bot.rituals.digests.composing import ENOUGH, MOST, MOST_OF_ONE_AUTHOR, QUOTAS, Candidate, composed
from bot.rituals.digests.gathering import lines_for
from storage import activity, digests, forwarded, items, questions
from storage.communities import Place, PlaceMember
from storage.digests import DigestPlan
from storage.engine import Database
from storage.items import Item
from storage.members import Account, Member
from storage.questions import Question
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, an_account, undone

KINDS = st.sampled_from(list(QUOTAS))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        kind=KINDS,
        subject=st.integers(1, 40),
        space_id=st.integers(1, 3),
        at=st.integers(0, 60).map(lambda days: NOW - timedelta(days=days)),
        reason=st.just("new:1"),
        relevance=st.floats(0, 5),
        author_id=st.one_of(st.none(), st.integers(1, 4)),
        tags=st.frozensets(st.sampled_from(["falls", "sleep"]), max_size=2),
    ),
    max_size=60,
    unique_by=lambda one: (one.kind, one.subject),
)
TASTES = st.dictionaries(
    st.one_of(KINDS.map("kind:{}".format), st.sampled_from(["in:1", "in:2", "tag:falls"])), st.integers(-2, 2)
)


@given(CANDIDATES, TASTES)
def test_a_digest_is_short_and_diverse_and_as_wished(candidates: list[Candidate], tastes: dict[str, int]) -> None:
    lines = composed(candidates, tastes, NOW)
    known = {(one.kind, one.subject): one for one in candidates}
    chosen = [known[line.kind, line.subject] for line in lines]
    assert len(lines) <= MOST
    assert len({(line.kind, line.subject) for line in lines}) == len(lines)
    for kind, quota in QUOTAS.items():
        assert sum(line.kind == kind for line in lines) <= max(0, quota + min(0, tastes.get(f"kind:{kind}", 0)))
    for author in {one.author_id for one in chosen if one.author_id is not None}:
        assert sum(one.author_id == author for one in chosen) <= MOST_OF_ONE_AUTHOR
    assert all(tastes.get(feature, 0) > ENOUGH for one in chosen for feature in one.features())
    assert [list(QUOTAS).index(line.kind) for line in lines] == sorted(list(QUOTAS).index(line.kind) for line in lines)
    assert lines == composed(list(reversed(candidates)), tastes, NOW)


@given(CANDIDATES)
def test_one_of_each_kind_comes_before_two_of_any(candidates: list[Candidate]) -> None:
    alone = [Candidate(one.kind, one.subject, 1, one.at, one.reason, one.relevance) for one in candidates]
    lines = composed(alone, {}, NOW)
    kinds = [line.kind for line in lines]
    if len(set(kinds)) < len(kinds):
        assert set(kinds) == {one.kind for one in alone}


# In the database


@dataclass
class Town:
    """A community with an open channel and two closed ones, and a reader who is in one or both of those."""

    db: AsyncSession
    community: int = 0
    reader: int = 0
    writers: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    plan: DigestPlan = field(init=False)

    async def stand(self, *, joined: set[int], everywhere: bool, chosen: set[int]) -> None:
        community = await a_community(self.db)
        self.community = community.id
        self.places = [
            await a_place(self.db, community, await a_space(self.db, community), closed=number > 0)
            for number in range(3)
        ]
        for _ in range(3):
            member = await a_member(self.db, community)
            await an_account(self.db, member)
            self.writers.append(member.id)
        self.reader = self.writers.pop()
        for number in joined:
            place = self.places[number]
            self.db.add(PlaceMember(place_id=place.id, member_id=self.reader, verified_at=NOW))
        self.plan = await digests.plan_for_change(self.db, self.reader, NOW)
        self.plan.everywhere = everywhere
        await digests.set_channels(self.db, self.reader, [self.places[number].space_id for number in chosen])
        await self.db.flush()

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.community, member=self.reader)

    async def add(self, kind: str, place: int, writer: int, days: int, number: int) -> None:
        """Its title says where it stands, so that one sees it in what is drawn."""
        there, author, at = self.places[place], self.writers[writer], NOW - timedelta(days=days)
        about = {"community_id": self.community, "space_id": there.space_id}
        title = f"{kind} {number} in place{place} of writer{writer}"
        if kind == "question":
            more = {"asker_id": author, "details": "", "tags": ("falls",), "state": "asked", "now": at}
            await questions.ask(self.db, title=title, **about, **more)
        elif kind == "forwarded":
            who = {"author_id": author, "by_id": self.writers[1 - writer]}
            where = {"place_id": there.id, "message": f"m{number}"}
            await forwarded.put_forward(self.db, **about, **where, **who, line=title, now=at)
        elif kind == "busy":
            await activity.switch(self.db, there.id, NOW, on=True)
            for one in self.writers:
                await activity.heard(self.db, there.id, f"thread-in-place{place}-{number}", one, at)
        else:
            more = {"text": "Of use.", "more": {}, "tags": ["falls"], "now": at}
            await items.add(self.db, kind=kind, title=title, author_id=author, **about, **more)

    async def changes(self, what: str, number: int) -> None:
        """Something happens between the moment it is put together and the moment it is sent."""
        match what:
            case "leaves":
                place = self.places[number % 3]
                await self.db.execute(
                    delete(PlaceMember).where(PlaceMember.place_id == place.id, PlaceMember.member_id == self.reader)
                )
            case "closes":
                self.places[0].closed = True
            case "goes":
                await self.db.execute(update(Account).where(Account.member_id == self.reader).values(active=False))
            case "removed" if (item := await self.db.get(Item, number)) is not None:
                await items.remove(self.db, item)
            case "left out":
                await forwarded.leave_out(self.db, self.places[number % 3].id, self.writers[number % 2])
            case "closed" if (question := await self.db.get(Question, number)) is not None:
                question.state = "closed"
        await self.db.flush()

    async def readable(self) -> set[str]:
        """The names, as they stand in titles, of the places that the reader can read: the rule once more, in Python."""
        theirs = select(Account.id).where(Account.member_id == self.reader, Account.active.is_(True))
        working = (await self.db.scalars(theirs)).first() is not None
        inside = set()
        for number, place in enumerate(self.places):
            row = await self.db.get(PlaceMember, (place.id, self.reader), populate_existing=True)
            if working and (not place.closed or row is not None):
                inside.add(f"place{number}")
        return inside


THINGS = st.lists(
    st.tuples(
        st.sampled_from(["question", "tip", "story", "link", "term", "forwarded", "busy"]),
        st.integers(0, 2),
        st.integers(0, 1),
        st.integers(0, 13),
    ),
    min_size=1,
    max_size=14,
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["leaves", "leaves", "closes", "goes", "removed", "left out", "closed"]), st.integers(1, 8)
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(1, 2)), st.booleans(), st.sets(st.integers(0, 2)), THINGS, CHANGES)
async def test_no_line_that_its_reader_may_not_see_and_none_twice(
    database: Database,
    joined: set[int],
    everywhere: bool,
    chosen: set[int],
    things: list[tuple[str, int, int, int]],
    changes: list[tuple[str, int]],
) -> None:
    async with undone(database) as db:
        town = Town(db)
        await town.stand(joined=joined, everywhere=everywhere, chosen=chosen)
        for number, (kind, place, writer, days) in enumerate(things):
            await town.add(kind, place, writer, days, number)
        reader = await db.get_one(Member, town.reader)
        lines = await lines_for(db, reader, town.plan, NOW)
        shown = await drawn(db, lines, town.viewer, NOW)
        assert len(shown) == len(lines) <= MOST  # what is previewed is all there is
        for line in lines:
            assert everywhere or line.space_id in {town.places[number].space_id for number in chosen}
        await _only_what_is_readable(town, shown)

        issue = await digests.issue(db, town.reader, lines, NOW)
        assert await drawn(db, await digests.lines_of(db, issue.id), town.viewer, NOW) == shown  # and is what is sent
        town.plan.built_at = NOW
        again = await lines_for(db, reader, town.plan, NOW + timedelta(days=1))
        assert not {(line.kind, line.subject) for line in again} & {(line.kind, line.subject) for line in lines}

        for what, number in changes:
            await town.changes(what, number)
        sent = await drawn(db, await digests.lines_of(db, issue.id), town.viewer, NOW)
        event(f"lines lost on the way: {len(shown) - len(sent)}")
        await _only_what_is_readable(town, sent)


async def _only_what_is_readable(town: Town, sections: tuple[object, ...]) -> None:
    words = "\n".join(repr(section) for section in sections)
    for hidden in {"place0", "place1", "place2"} - await town.readable():
        assert hidden not in words


@pytest.mark.parametrize("kind", ["question", "tip", "story", "link", "term", "forwarded", "busy"])
async def test_of_each_kind_a_line_goes_with_the_right_to_see_it(database: Database, kind: str) -> None:
    async with undone(database) as db:
        town = Town(db)
        await town.stand(joined={1}, everywhere=True, chosen=set())
        await town.add(kind, 1, 0, 1, 0)
        reader = await db.get_one(Member, town.reader)
        lines = await lines_for(db, reader, town.plan, NOW)
        assert len(await drawn(db, lines, town.viewer, NOW)) == 1
        await town.changes("leaves", 1)
        assert await drawn(db, lines, town.viewer, NOW) == ()
        assert await lines_for(db, reader, town.plan, NOW) == []
