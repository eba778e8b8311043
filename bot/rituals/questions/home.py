"""What of one's questions stands at home: what waits for me, what I asked, what I follow."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role, Viewer
from bot.core.text import Bold, Span
from bot.core.ui import Button, Card, Section
from bot.rituals.questions.cards import state_of
from bot.rituals.questions.declared import Answer, Ask, Helped, More, NotMe, Unfollow, ritual
from bot.rituals.questions.machine import State
from bot.services.links import links_to
from storage import follows, invitations, questions
from storage.members import Member
from storage.questions import KIND

SHOWN, LOOKED_AT = 4, 50


def _viewer(member: Member) -> Viewer:
    return Viewer(member.community_id, member=member.id, role=Role(member.role))


@ritual.at_home(20)
async def what_waits_for_me(db: AsyncSession, member: Member, now: datetime) -> Card | None:
    viewer = _viewer(member)
    asked = await invitations.waiting_for(db, member.id, LOOKED_AT)
    found = await questions.several(db, [invitation.question_id for invitation in asked], viewer, now)
    links = await links_to(db, "question", list(found), "Open", viewer, now)
    lines = []
    for invitation in asked:
        if question := found.get(invitation.question_id):
            words: list[Span] = [Bold(question.title)]
            words += [" · ", links[question.id]] if question.id in links else []
            buttons = Button("Answer", Answer(question=question.id)), Button("Not me", NotMe(invitation=invitation.id))
            lines.append(Section(tuple(words), buttons))
    lines = lines[:SHOWN]
    return Card("What waits for you", sections=tuple(lines)) if lines else None


@ritual.at_home(30)
async def my_questions(db: AsyncSession, member: Member, now: datetime) -> Card:
    viewer = _viewer(member)
    mine = await questions.asked_by(db, member.id, viewer, now, SHOWN)
    links = await links_to(db, "question", [question.id for question in mine], "Open", viewer, now)
    lines = []
    for question in mine:
        words: list[Span] = [Bold(question.title), "\n", *await state_of(db, question, now)]
        words += [" ", links[question.id]] if question.id in links else []
        helped = Button("This helped", Helped(question=question.id))
        may_help = question.state in (State.PAUSED, State.CHECKING, State.ANSWERED)
        lines.append(
            Section(tuple(words), (*([helped] if may_help else []), Button("More", More(question=question.id))))
        )
    body = () if lines else ("You have asked nothing yet.",)
    return Card("Your questions", body, sections=tuple(lines), buttons=(Button("Ask", Ask(), "primary"),))


@ritual.at_home(32)
async def what_i_follow(db: AsyncSession, member: Member, now: datetime) -> Card | None:
    viewer = _viewer(member)
    followed = await follows.followed_by(db, member.id, KIND)
    found = await questions.several(db, followed[:LOOKED_AT], viewer, now)
    links = await links_to(db, "question", list(found), "Open", viewer, now)
    lines = []
    for id, question in found.items():
        words: list[Span] = [Bold(question.title), "\n", *await state_of(db, question, now)]
        words += [" ", links[id]] if id in links else []
        lines.append(Section(tuple(words), (Button("Unfollow", Unfollow(question=id)),)))
    lines = lines[:SHOWN]
    return Card("You follow", sections=tuple(lines)) if lines else None
