"""Who may know: the people with evidence that they could answer a question."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.routing.rank import Candidate, Choice, PastAnswer, rank
from storage import evidence, invitations, members
from storage.communities import Community
from storage.members import Member
from storage.questions import KIND, Question
from storage.search import index
from storage.search.analyser import terms

LIKE_ENOUGH = 0.15  # of the score that the question reaches against itself
ALIKE = 30
MONTH = timedelta(days=30)


async def likely(
    db: AsyncSession, community: Community, question: Question, people: dict[int, Member], now: datetime
) -> list[Choice]:
    """The people with evidence, from what the asker may see: nobody's expertise shows through a wall."""
    asker = Viewer(community.id, member=question.asker_id)
    words = " ".join([question.title, question.details, *question.tags])
    matches = await index.find(db, words, asker, now, kinds=(KIND,), limit=ALIKE)
    own = next((match.score for match in matches if match.subject == question.id), 0.0)
    alike = {
        m.subject: m.score / own for m in matches if own and m.subject != question.id and m.score >= own * LIKE_ENOUGH
    }
    answers: dict[int, list[PastAnswer]] = {}
    for item in await evidence.answered_by(db, list(alike)):
        age = (now - item.at) / timedelta(days=1)
        past = PastAnswer(item.question_id, min(1.0, alike[item.question_id]), age, item.helped)
        answers.setdefault(item.member_id, []).append(past)
    can_help = await members.helpers_by_tag(db, community.id)
    lately = await invitations.since(db, community.id, now - MONTH)
    candidates = [
        Candidate(id, frozenset(can_help.get(id, ())), tuple(answers.get(id, ())), len(lately.get(id, ())))
        for id in people
    ]
    said = set(terms(words))
    helped_with = {tag: terms(tag) for tag in set().union(*can_help.values())}
    named = {tag for tag, its_terms in helped_with.items() if its_terms and said.issuperset(its_terms)}
    return rank(frozenset(named), candidates)
