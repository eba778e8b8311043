"""What of one's questions stands at home: what waits for me, and what I asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role, Viewer
from bot.core.text import Bold, Span
from bot.core.ui import Button, Card, Section
from bot.rituals.questions.declared import Answer, Ask, Helped, NotMe, ritual
from bot.rituals.questions.machine import State
from bot.services.links import links_to
from storage import invitations, questions
from storage.members import Member

SHOWN = 5
IN_WORDS = {
    State.NEW: "I'm looking for people who may know.",
    State.ASKED: "People who may know were asked.",
    State.QUEUED: "Nobody to ask is known; a facilitator looks after it.",
    State.ANSWERED: "Answered. Did it help?",
    State.HELPED: "Solved.",
}


@ritual.at_home(20)
async def what_waits_for_me(db: AsyncSession, member: Member, now: datetime) -> Card | None:
    viewer = Viewer(member.community_id, member=member.id, role=Role(member.role))
    asked = await invitations.waiting_for(db, member.id, SHOWN)
    found = await questions.several(db, [invitation.question_id for invitation in asked], viewer, now)
    links = await links_to(db, "question", list(found), "Open", viewer, now)
    lines = []
    for invitation in asked:
        if question := found.get(invitation.question_id):
            words: list[Span] = [Bold(question.title)]
            words += [" · ", links[question.id]] if question.id in links else []
            buttons = Button("Answer", Answer(question=question.id)), Button("Not me", NotMe(invitation=invitation.id))
            lines.append(Section(tuple(words), buttons))
    return Card("What waits for you", sections=tuple(lines)) if lines else None


@ritual.at_home(30)
async def my_questions(db: AsyncSession, member: Member, now: datetime) -> Card:
    viewer = Viewer(member.community_id, member=member.id, role=Role(member.role))
    mine = await questions.asked_by(db, member.id, viewer, now, SHOWN)
    links = await links_to(db, "question", [question.id for question in mine], "Open", viewer, now)
    lines = []
    for question in mine:
        words: list[Span] = [Bold(question.title), "\n", IN_WORDS[State(question.state)]]
        words += [" ", links[question.id]] if question.id in links else []
        answered = question.state == State.ANSWERED
        lines.append(Section(tuple(words), (Button("This helped", Helped(question=question.id)),) if answered else ()))
    body = () if lines else ("You have asked nothing yet.",)
    return Card("Your questions", body, sections=tuple(lines), buttons=(Button("Ask", Ask(), "primary"),))
