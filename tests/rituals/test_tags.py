"""Tags that mean the same: a facilitator merges them, and everything that has the one has the other."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage import items, retagging, tags
from storage.engine import Database
from storage.search.index import SearchDoc, SearchTag
from storage.tags import Tag
from tests.storage.rows import NOW, a_community, a_member, a_question, a_space, undone
from tests.support.world import World


async def test_a_facilitator_merges_two_tags(world: World) -> None:
    facilitator, asker = world.person("ada"), world.person("ben")
    helper = await world.joins("chidi", can_help="tumbles")
    await asker.types("/ask Mats?")
    await asker.submits(tags="falls")
    await world.settles()
    await facilitator.types("/facilitate tags")
    await facilitator.sees("Tags, the most used first")
    await facilitator.presses("Merge or rename", on="tumbles")
    await facilitator.submits(old="Tumbles", new="falls")
    await facilitator.sees("From now on tumbles means falls.")
    await asker.types("/ask Rails?")
    await asker.submits(tags="tumbles")
    await helper.sees("Why you: you said you can help with falls.")
    await world.person("dana").types("/find tag:tumbles")
    found = await world.person("dana").sees("Found")
    assert "Mats?" in found.text
    assert "Rails?" in found.text
    await facilitator.types("/facilitate tags")
    await facilitator.sees("also: tumbles")


async def test_a_renamed_tag_is_drawn_anew(world: World) -> None:
    facilitator, author = world.person("ada"), world.person("dana")
    await author.types("/share tip")
    await author.submits(challenge="Falls", text="Lamps.", tags="tumbles")
    await facilitator.types("/facilitate tags")
    await facilitator.presses("Merge or rename", on="tumbles")
    await facilitator.submits(new="Falling down")
    await author.sees("Tags: falling-down")
    await author.sees_not("Tags: tumbles")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("#", "falls", "This is no tag"),
        ("Falls", "falls", "the same tag already"),
        ("unheard-of", "falls", "Nobody has used"),
    ],
)
async def test_what_cannot_be_merged_is_said(world: World, old: str, new: str, said: str) -> None:
    await world.joins("chidi", can_help="falls")
    facilitator = world.person("ada")
    await facilitator.types("/facilitate tags")
    await facilitator.presses("Merge or rename", on="falls")
    assert said in str(await facilitator.submits(old=old, new=new))


NAMES = st.sampled_from(["ant", "bee", "cow", "dog", "elk"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(NAMES, NAMES), max_size=8),
    st.lists(st.lists(NAMES, max_size=3, unique=True), min_size=1, max_size=4),
)
async def test_merging_makes_no_circles_and_the_index_agrees_with_what_it_is_of(
    database: Database, merges: list[tuple[str, str]], tagged: list[list[str]]
) -> None:
    async with undone(database) as db:
        community = await a_community(db)
        space, member = await a_space(db, community), await a_member(db, community)
        about = {"community_id": community.id, "space_id": space.id, "author_id": member.id, "now": NOW}
        made = [
            await items.add(db, kind="tip", title=f"Tip {at}", text="", more={}, tags=names, **about)
            for at, names in enumerate(tagged)
        ]
        await a_question(db, community, space, member)
        for old, new in merges:
            await retagging.merge(db, community.id, old, new)
            meaning = {tag.name: tag.means for tag in await db.scalars(select(Tag))}
            assert all(meaning.get(other) is None for other in meaning.values() if other), (
                "a tag means one that means another"
            )
            assert old == new or await tags.meant(db, community.id, [old]) == (new,)
        for item in made:
            kept = select(SearchTag.tag).join(SearchDoc, SearchDoc.id == SearchTag.doc_id)
            indexed = await db.scalars(kept.where(SearchDoc.kind == "tip", SearchDoc.subject == item.id))
            assert set(indexed) == set(item.tags)
            assert len(item.tags) == len(set(item.tags))
            assert set(item.tags) == set(await tags.meant(db, community.id, item.tags)), (
                "one is left that means another"
            )
