"""Whatever happens to meetings, the index, the tables and what people find say the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.recurrence.rule import Recurrence
from storage import sessions
from storage.engine import Database
from storage.ledger.rhythms import Rhythm
from storage.search import finding
from storage.search.analyser import terms
from storage.search.finding import Filters
from storage.search.index import SearchDoc
from storage.sessions import CANCELLED, PLANNED, Session
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, add, an_account, undone

SAID = "falls dressing lamps huddle sepsis mats".split()
WORDS, WHICH, DAYS = st.sampled_from(SAID), st.integers(0, 9), st.integers(-3, 9)
HOSTS = st.sampled_from([None, 0, 1])
STEPS = st.one_of(
    st.tuples(st.just("announce"), WORDS, DAYS, HOSTS, HOSTS, st.booleans()),
    st.tuples(st.just("rename"), WHICH, WORDS),
    st.tuples(st.just("move"), WHICH, DAYS),
    st.tuples(st.just("cancel"), WHICH),
    st.tuples(st.just("again"), WHICH, DAYS),
    st.tuples(st.just("note"), WHICH, WORDS),
    st.tuples(st.just("unnote"), WHICH),
)


@dataclass
class Diary:
    """A community with an open place and a closed one, and two who host; what is announced, as plain values."""

    db: AsyncSession
    rhythms: list[Rhythm] = field(default_factory=list)  # of the open place, of the closed one
    hosts: list[int] = field(default_factory=list)
    words: dict[int, list[str]] = field(default_factory=dict)  # meeting → its title, then what is left of it
    at: dict[int, datetime] = field(default_factory=dict)
    by: dict[int, set[int]] = field(default_factory=dict)
    open: dict[int, bool] = field(default_factory=dict)
    on: dict[int, bool] = field(default_factory=dict)
    outsider: Viewer = field(init=False)
    insider: Viewer = field(init=False)

    async def stand(self) -> None:
        community = await a_community(self.db)
        members = [await a_member(self.db, community) for _ in range(2)]
        self.hosts = [member.id for member in members]
        reader = await a_member(self.db, community)
        await an_account(self.db, reader)
        self.outsider = Viewer(community.id, member=reader.id)
        about = {"name": "meeting", "title": "A meeting", "more": {}, "watermark": NOW, "created_at": NOW}
        about["recurrence"] = Recurrence(NOW.replace(tzinfo=None), "UTC", "FREQ=DAILY").to_json()
        for closed in (False, True):
            place = await a_place(self.db, community, await a_space(self.db, community), closed=closed)
            its = {"community_id": community.id, "space_id": place.space_id, "made_by": reader.id}
            self.rhythms.append(await add(self.db, Rhythm(**its, **about)))
            self.insider = Viewer(community.id, place=place.id)

    async def does(self, what: str, *given: object) -> None:
        match what, *given:
            case "announce", str(word), int(days), first, second, bool(is_open):
                await self._announce(word, NOW + timedelta(days=days), first, second, is_open)
            case _, int(which), *more if self.words:
                session = await self.db.get_one(Session, sorted(self.words)[which % len(self.words)])
                await self._changes(what, session, *more)

    async def _announce(self, word: str, at: datetime, first: object, second: object, is_open: bool) -> None:
        rhythm = self.rhythms[0 if is_open else 1]
        host, other = (self.hosts[one] if isinstance(one, int) else None for one in (first, second))
        session = Session(
            community_id=rhythm.community_id,
            space_id=rhythm.space_id,
            rhythm_id=rhythm.id,
            slot=f"extra:{len(self.words)}",
            title=word,
            starts_at=at,
            minutes=60,
            zone="UTC",
            host_id=host,
            more={"kind": "webinar", **({} if other is None else {"cohost": other})},
            created_at=NOW,
        )
        id = (await sessions.add(self.db, session)).id
        self.words[id], self.at[id], self.by[id] = [word], at, {one for one in (host, other) if one is not None}
        self.open[id], self.on[id] = is_open, True

    async def _changes(self, what: str, session: Session, *given: object) -> None:
        match what, *given:
            case "rename", str(word):
                await sessions.change(self.db, session, title=word)
                self.words[session.id][0] = word
            case "move", int(days):
                self.at[session.id] = NOW + timedelta(days=days)
                await sessions.change(self.db, session, at=self.at[session.id])
            case ("cancel",):
                await sessions.change(self.db, session, state=CANCELLED)
                self.on[session.id] = False
            case "again", int(days):
                self.at[session.id], self.on[session.id] = NOW + timedelta(days=days), True
                await sessions.change(self.db, session, at=self.at[session.id], state=PLANNED)
            case "note", str(word):
                await sessions.note(self.db, session, self.hosts[0], "notes", "https://example.org/x", word, NOW)
                self.words[session.id].append(word)
            case ("unnote",):
                for left in (await sessions.notes(self.db, session.id))[-1:]:
                    await sessions.remove_note(self.db, session, left.id)
                    self.words[session.id].pop()

    async def found(self, words: str, viewer: Viewer, **filters: object) -> set[int]:
        narrowed = Filters(**filters)  # type: ignore[arg-type]
        found = await finding.find(
            self.db, words, viewer, NOW, limit=50, kinds=(sessions.KIND,), filters=narrowed, forgiving=True
        )
        return {match.subject for match in found}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=3, max_size=14))
async def test_index_and_tables_agree(database: Database, steps: list[tuple[object, ...]]) -> None:
    async with undone(database) as db:
        diary = Diary(db)
        await diary.stand()
        for what, *given_to in steps:
            await diary.does(str(what), *given_to)
        docs = {doc.subject: doc for doc in await db.scalars(select(SearchDoc))}
        every = {session.id: session for session in await db.scalars(select(Session))}
        standing = {id: session for id, session in every.items() if session.state == PLANNED}
        assert docs.keys() == standing.keys() == {id for id, on in diary.on.items() if on}
        for id, session in standing.items():
            doc = docs[id]
            assert (doc.kind, doc.space_id, doc.author_id) == ("session", session.space_id, session.host_id)
            assert doc.created_at == session.starts_at == diary.at[id]
            left = ["notes"] if diary.words[id][1:] else []
            assert set(doc.terms.split()) == {
                term for word in ["webinar", *left, *diary.words[id]] for term in terms(word)
            }
        for viewer, opens in ((diary.outsider, True), (diary.insider, False)):
            here = {id for id in standing if diary.open[id] is opens}
            for word in SAID:
                assert await diary.found(word, viewer) == {id for id in here if word in diary.words[id]}
            for host in diary.hosts:
                assert await diary.found("", viewer, author_id=host) == {id for id in here if host in diary.by[id]}
            assert await diary.found("", viewer, after=NOW) == {id for id in here if diary.at[id] >= NOW}
