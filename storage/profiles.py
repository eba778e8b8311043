"""What members say of themselves, which of it others see, and finding people by what they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from sqlalchemy import ColumnElement, ForeignKey, and_, delete, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from bot.core.people import Viewer
from bot.core.tags import normalised_tag
from storage import tags
from storage.base import Base
from storage.members import HELP, LEARN, Account, Member, MemberTopic
from storage.search.analyser import terms
from storage.upsert import insert_for

PROFESSION, SITE, COHORT = "profession", "site", "cohort"
FIELDS = (PROFESSION, SITE, COHORT)
EVERYTHING = (*FIELDS, HELP, LEARN)


class Profile(Base):
    """``hidden`` names what nobody else sees: "profession", "site", "cohort", "help", "learn"."""

    __tablename__ = "profile"
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id", ondelete="CASCADE"), primary_key=True)
    profession: Mapped[str] = mapped_column(default="")
    site: Mapped[str] = mapped_column(default="")
    cohort: Mapped[str] = mapped_column(default="")
    hidden: Mapped[list[str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody lets others see of themselves; of one who is found, the tags that fit if any do. ``about``: profession,
    site and cohort, as far as there are some."""

    member: Member
    can_help: tuple[str, ...]
    wants_to_learn: tuple[str, ...]
    about: tuple[str, ...]


async def of(db: AsyncSession, member_id: int) -> Profile | None:
    return await db.get(Profile, member_id, populate_existing=True)


async def put(
    db: AsyncSession, member_id: int, *, profession: str, site: str, cohort: str, hidden: Sequence[str]
) -> None:
    said = {PROFESSION: profession, SITE: site, COHORT: cohort, "hidden": list(hidden)}
    statement = insert_for(db, Profile).values(member_id=member_id, **said)
    await db.execute(statement.on_conflict_do_update(index_elements=["member_id"], set_=said))


async def forget(db: AsyncSession, member_id: int) -> None:
    await db.execute(delete(Profile).where(Profile.member_id == member_id))


_me = aliased(Member)  # another name than that of the people looked for


def _may_be_found_by(viewer: Viewer) -> ColumnElement[bool]:
    """The clause for a query of members: true for those of the viewer's own community, where they have a full account."""
    if viewer.member is None or viewer.place is not None:
        return false()
    full = Account.active.is_(True), Account.guest.is_(False)
    is_one = (
        select(Account.id)
        .join(_me, _me.id == Account.member_id)
        .where(_me.id == viewer.member, _me.community_id == viewer.community, *full)
    )
    return and_(Member.community_id == viewer.community, is_one.exists())


def _among(viewer: Viewer) -> ColumnElement[bool]:
    """The same for those of them who joined, take part, and have an account that works."""
    works = select(Account.id).where(Account.member_id == Member.id, Account.active.is_(True)).correlate(Member)
    joined = Member.joined_at.is_not(None), Member.blocked_at.is_(None), works.exists()
    return and_(_may_be_found_by(viewer), *joined)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for: terms, tags that were meant by the words, and tags that all have to be there."""

    words: frozenset[str]
    meant: frozenset[str]
    tags: frozenset[str]

    def fits(self, text: str) -> bool:
        """All of it was asked for, or it says all that was."""
        its_terms = set(terms(text))
        return bool(its_terms and self.words) and (its_terms <= self.words or self.words <= its_terms)

    def names(self, tag: str) -> bool:
        return tag in self.meant or tag in self.tags or self.fits(tag)

    def touches(self, text: str) -> bool:
        return not self.words.isdisjoint(terms(text))


@dataclass(slots=True)
class _Person:
    """Somebody with all they show."""

    member: Member
    topics: dict[str, list[str]] = field(default_factory=lambda: {HELP: [], LEARN: []})
    about: tuple[str, ...] = ()

    def fit(self, wanted: _Wanted) -> tuple[float, Shown] | None:
        """How well, and what to show of them; nothing where they are not meant."""
        every = {*self.topics[HELP], *self.topics[LEARN]}
        if not wanted.tags <= every:
            return None
        can_help, learns = ([tag for tag in self.topics[kind] if wanted.names(tag)] for kind in (HELP, LEARN))
        said = {term for text in (*every, *self.about) for term in terms(text)}
        covered = len(wanted.words & said)
        by_words = can_help or learns or any(map(wanted.fits, self.about)) or wanted.words <= said
        if not (by_words if wanted.words else every or self.about):
            return None
        score = max(covered, 1) + 0.5 * bool(can_help) + 0.25 * bool(learns)
        if not (can_help or learns):
            can_help, learns = self.topics[HELP], self.topics[LEARN]
        return score, Shown(self.member, tuple(can_help), tuple(learns), self.about)


async def found(db: AsyncSession, words: str, tagged: Iterable[str], viewer: Viewer) -> list[Shown]:
    """The people of the viewer's community who show what is looked for, who fits best first; ``tagged`` are tags that all have
    to be there. Without either, everybody who shows something, by name."""
    asked = frozenset(terms(words))
    if words.strip() and not asked:
        return []
    wanted = _Wanted(asked, await _meant(db, words, viewer) if asked else frozenset(), frozenset(tagged))
    fitting = []
    for person in await _people(db, wanted, viewer):
        if (fit := person.fit(wanted)) is not None:
            fitting.append(fit)
    fitting.sort(key=lambda one: (-one[0], one[1].member.name.casefold(), one[1].member.id))
    return [shown for _, shown in fitting]


async def _meant(db: AsyncSession, words: str, viewer: Viewer) -> frozenset[str]:
    """The tags that single words, pairs of them, or all together stand for, synonyms among them."""
    single = words.split()
    names = [*single, *(" ".join(pair) for pair in pairwise(single)), words]
    return frozenset(await tags.meant(db, viewer.community, [tag for name in names if (tag := normalised_tag(name))]))


async def _people(db: AsyncSession, wanted: _Wanted, viewer: Viewer) -> list[_Person]:
    """Whoever may be meant, each with what they show. The words are compared here, so that both databases find the same."""
    query = select(Member).where(_among(viewer))
    if wanted.words or wanted.tags:
        query = query.where(await _may_fit(db, wanted, viewer))
    people = {member.id: _Person(member) for member in await db.scalars(query)}
    profiles = await db.scalars(select(Profile).where(Profile.member_id.in_(people)))
    hidden: dict[int, list[str]] = {}
    for profile in profiles if people else ():
        hidden[profile.member_id] = profile.hidden
        said = {PROFESSION: profile.profession, SITE: profile.site, COHORT: profile.cohort}
        shown = (text for name, text in said.items() if text and name not in profile.hidden)
        people[profile.member_id].about = tuple(shown)
    topics = select(MemberTopic).where(MemberTopic.member_id.in_(people)).order_by(MemberTopic.tag)
    for topic in await db.scalars(topics) if people else ():
        if topic.kind not in hidden.get(topic.member_id, ()):
            people[topic.member_id].topics[topic.kind].append(topic.tag)
    return list(people.values())


async def _may_fit(db: AsyncSession, wanted: _Wanted, viewer: Viewer) -> ColumnElement[bool]:
    """The clause for a query of members: true for those who said anything with one of the words or tags."""
    used = select(MemberTopic.tag).join(Member, Member.id == MemberTopic.member_id).distinct()
    named = [tag for tag in await db.scalars(used.where(_among(viewer))) if wanted.names(tag) or wanted.touches(tag)]
    clauses = [
        select(MemberTopic.tag).where(MemberTopic.member_id == Member.id, MemberTopic.tag.in_(named)).exists(),
    ]
    for column in (Profile.profession, Profile.site, Profile.cohort):
        said = select(column).join(Member, Member.id == Profile.member_id).where(column != "", _among(viewer))
        touched = [text for text in await db.scalars(said.distinct()) if wanted.touches(text)]
        if touched:
            theirs = Profile.member_id == Member.id, column.in_(touched)
            clauses.append(select(Profile.member_id).where(*theirs).exists())
    return or_(*clauses)
