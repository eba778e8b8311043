"""Who may know: the people with evidence that they could answer a question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.meaning import Meaning
from bot.core.people import Viewer
from bot.core.replies import Kind
from bot.routing.gate import May
from bot.routing.rank import LIKE_ENOUGH, Candidate, Choice, PastAnswer, rank
from bot.services import gate
from storage import communities, evidence, invitations, members
from storage.communities import Community
from storage.members import Member
from storage.questions import KIND, Question
from storage.search import finding, vectors
from storage.search.analyser import terms

# How much of the past is looked at: a question is passed on in milliseconds however much a community keeps.
ALIKE, NEWEST, TAGGED = 50, 150, 200
NOT_ALIKE = finding.Match(KIND, 0, 0.0)
DETAILS_READ = 600  # characters: what follows is mostly what was tried, in words of its own
MONTH = timedelta(days=30)
LATEST_ROUNDS, FEW_ROUNDS = 100, 5  # of invitations; being asked once of once is no load yet


async def likely(
    db: AsyncSession, community: Community, question: Question, people: dict[int, Member], now: datetime
) -> list[Choice]:
    """The people with evidence, from what the asker may see: nobody's expertise shows through a wall."""
    past = await past_answers(db, question, now, await vectors.of(db, KIND, question.id))
    can_help = await members.helpers_by_tag(db, community.id)
    load = shares(await invitations.since(db, community.id, now - MONTH))
    said = set(terms(" ".join([question.title, question.details, *question.tags])))
    helped_with = {tag: terms(tag) for tag in set().union(*can_help.values())}
    named = {tag for tag, its_terms in helped_with.items() if its_terms and said.issuperset(its_terms)}
    candidates = [
        Candidate(
            id,
            frozenset(can_help.get(id, ())),
            tuple(past.get(id, ())),
            load.get(id, 0.0),
            gate.still(member, Kind.INVITATION, now).may is May.YES,
        )
        for id, member in people.items()
        if id in past or id in can_help
    ]
    return rank(frozenset(named), candidates)


async def past_answers(
    db: AsyncSession, question: Question, now: datetime, meaning: Meaning | None = None
) -> dict[int, list[PastAnswer]]:
    """Member id → what they answered, among the questions most like this one, those with its tags and the newest.

    ``meaning`` is what the question means, where a model said so: then what is like it in other words is most like it, too."""
    asker = Viewer(question.community_id, member=question.asker_id)
    if question.anonymous:  # what only the asker's own channels know would tell which of them it was
        places = await communities.places_of_space(db, question.space_id)
        asker = Viewer(question.community_id, place=places[0].id if places else None)
    details = " ".join([question.details[:DETAILS_READ], *question.tags])
    matches = await finding.find(
        db,
        question.title,
        asker,
        now,
        details=details,
        kinds=(KIND,),
        limit=ALIKE,
        meaning=meaning,
        in_other_words=True,
        leaving_out=question.id,
    )
    alike = {match.subject: match for match in matches}
    likest = max([LIKE_ENOUGH, *(min(1.0, match.likeness) for match in matches)])
    tagged = await evidence.tagged(db, question.tags, asker, now, TAGGED)
    newest = set(await evidence.newest(db, asker, now, NEWEST))
    found: dict[int, list[PastAnswer]] = {}
    for item in await evidence.answered_by(db, (alike.keys() | tagged.keys() | newest) - {question.id}):
        match = alike.get(item.question_id, NOT_ALIKE)
        likeness = min(1.0, match.likeness)
        answer = PastAnswer(
            item.question_id,
            likeness,
            age_days=max(0.0, (now - item.at) / timedelta(days=1)),
            helped=item.helped,
            shared=len(tagged.get(item.question_id, ())) / max(len(question.tags), 1),
            of_likest=likeness / likest,
            lately=item.question_id in newest,
            by_words=match.by_words,
            meaning=match.meaning,
        )
        found.setdefault(item.member_id, []).append(answer)
    return found


def shares(lately: Mapping[int, list[datetime]]) -> dict[int, float]:
    """Member id → the share of the latest rounds of invitations in which they were asked."""
    rounds = set(sorted({at for times in lately.values() for at in times})[-LATEST_ROUNDS:])
    share = {id: len(rounds.intersection(times)) / (len(rounds) + FEW_ROUNDS) for id, times in lately.items()}
    return {id: part for id, part in share.items() if part}
