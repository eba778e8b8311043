"""Whatever happens to what was shared, the index, the tables and what people find say the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from storage import items, retagging, tags
from storage.engine import Database
from storage.items import Item
from storage.search import finding
from storage.search.analyser import terms
from storage.search.index import SearchDoc, SearchTag
from tests.storage.rows import NOW, a_community, a_member, a_place, a_space, an_account, undone

WORDS = st.sampled_from("falls dressing lamps huddle sepsis mats".split())
TAGS = st.lists(st.sampled_from(["ant", "bee", "cow"]), max_size=2, unique=True)
WHICH = st.integers(0, 9)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(items.KINDS), WORDS, TAGS, st.booleans()),
    st.tuples(st.just("edit"), WHICH, WORDS, TAGS),
    st.tuples(st.just("note"), WHICH, WORDS),
    st.tuples(st.just("use"), WHICH),
    st.tuples(st.just("remove"), WHICH),
    st.tuples(st.just("merge"), st.sampled_from(["ant", "bee", "cow"]), st.sampled_from(["ant", "bee", "cow"])),
    st.tuples(st.just("move"), WHICH),
)


@dataclass
class Shelf:
    """A community with an open place and a closed one; what stands there, as plain values."""

    db: AsyncSession
    community: int = 0
    member: int = 0
    spaces: tuple[int, ...] = ()  # the open one, the closed one
    outsider: Viewer = field(init=False)
    insider: Viewer = field(init=False)
    words: dict[int, set[str]] = field(default_factory=dict)  # item → words it was given, as they stand now
    open: dict[int, bool] = field(default_factory=dict)

    async def stand(self) -> None:
        community = await a_community(self.db)
        places = [
            await a_place(self.db, community, await a_space(self.db, community), closed=closed)
            for closed in (False, True)
        ]
        member, other = await a_member(self.db, community), await a_member(self.db, community)
        await an_account(self.db, other)
        self.community, self.member, self.spaces = community.id, member.id, tuple(place.space_id for place in places)
        self.outsider = Viewer(community.id, member=other.id)
        self.insider = Viewer(community.id, place=places[1].id)

    async def some(self, number: int) -> Item | None:
        ids = sorted(self.words)
        return await self.db.get(Item, ids[number % len(ids)]) if ids else None

    async def does(self, what: str, *given: object) -> None:
        match what, *given:
            case "add", str(kind), str(word), list(tagged), bool(is_open):
                about = {"community_id": self.community, "author_id": self.member, "now": NOW, "more": {}}
                space, named = self.spaces[0 if is_open else 1], await tags.meant(self.db, self.community, tagged)
                item = await items.add(
                    self.db, kind=kind, title=word, text="Of use.", tags=named, space_id=space, **about
                )
                self.words[item.id], self.open[item.id] = {word}, is_open
            case "merge", str(old), str(new):
                await retagging.merge(self.db, self.community, old, new)
            case _, int(which), *more:
                if (item := await self.some(which)) is not None:
                    await self._changes(what, item, *more)

    async def _changes(self, what: str, item: Item, *given: object) -> None:
        match what, *given:
            case "edit", str(word), list(tagged):
                tagged = list(await tags.meant(self.db, self.community, tagged))
                named = {"title": word, "text": "Of use.", "more": {}, "tags": tagged}
                await items.change(self.db, item, self.member, NOW, **named)
                notes = {note.text for note in await items.notes(self.db, item.id)}
                self.words[item.id] = {word} | notes
            case "note", str(word):
                await items.note(self.db, item, self.member, word, NOW)
                self.words[item.id].add(word)
            case ("use",):
                await items.used(self.db, item, self.member, NOW)
            case ("remove",):
                await items.remove(self.db, item)
                del self.words[item.id], self.open[item.id]
            case ("move",):
                self.open[item.id] = not self.open[item.id]
                await items.move(self.db, item, self.spaces[0 if self.open[item.id] else 1])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=3, max_size=14))
async def test_index_and_tables_agree(database: Database, steps: list[tuple[object, ...]]) -> None:
    async with undone(database) as db:
        shelf = Shelf(db)
        await shelf.stand()
        for what, *given_to in steps:
            await shelf.does(str(what), *given_to)
        docs = {doc.subject: doc for doc in await db.scalars(select(SearchDoc))}
        standing = {item.id: item for item in await db.scalars(select(Item))}
        assert docs.keys() == standing.keys() == shelf.words.keys()
        for id, item in standing.items():
            assert (docs[id].kind, docs[id].space_id) == (item.kind, item.space_id)
            its_tags = await db.scalars(select(SearchTag.tag).where(SearchTag.doc_id == docs[id].id))
            assert set(its_tags) == set(item.tags) == set(await tags.meant(db, shelf.community, item.tags))
            assert set(docs[id].terms.split()) == {
                term for word in [*shelf.words[id], "Of use.", *item.tags] for term in terms(word)
            }
        for word in "falls dressing lamps huddle sepsis mats".split():
            for viewer, opens in ((shelf.outsider, True), (shelf.insider, False)):
                # With the last letter missing as well: a slip leads to nothing that is out of sight either.
                for typed in (word, word[:-1]):
                    found = await finding.find(db, typed, viewer, NOW, limit=50, forgiving=True)
                    assert all(shelf.open[match.subject] is opens for match in found)
                found = await finding.find(db, word, viewer, NOW, limit=50)
                expected = {id for id, said in shelf.words.items() if word in said and shelf.open[id] is opens}
                assert {match.subject for match in found} == expected
