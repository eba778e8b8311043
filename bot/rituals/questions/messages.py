"""What single people are sent about a question: the invited, the asker, the facilitators, whoever helped or follows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Role, Viewer
from bot.core.text import Bold, MessageLink, Quoted, Span, Text
from bot.core.ui import Button, Card
from bot.rituals.questions.cards import earlier_ones, state_of, who_asks
from bot.rituals.questions.declared import (
    Answer,
    AskBack,
    AskSomeone,
    CloseIt,
    EditAnswer,
    Helped,
    KeepMyWords,
    KeepNothing,
    NotMe,
    NotNow,
    NotYet,
    RemoveAnswer,
    ReplyAsAsker,
    ThatWasIt,
    WriteMyWords,
    ritual,
)
from bot.rituals.questions.machine import OPEN, State
from bot.rituals.questions.why import why
from bot.services.links import links_to
from storage import answers, audit, communities, invitations, questions, visibility
from storage.invitations import Invitation
from storage.questions import Question

DONE = "It is taken care of by now; nothing is left for you to do."


async def _link(db: AsyncSession, question: Question, viewer: Viewer, now: datetime) -> Text:
    links = await links_to(db, "question", [question.id], "Open the question", viewer, now)
    return ("\n", links[question.id]) if question.id in links else ()


async def _invited(
    db: AsyncSession, invitation_id: int, viewer: Viewer, now: datetime
) -> tuple[Invitation, Question] | None:
    invitation = await invitations.get(db, invitation_id)
    if invitation is None or invitation.member_id != viewer.member:
        return None
    question = await questions.get(db, invitation.question_id, viewer, now)
    return (invitation, question) if question else None


def _what_to_do(invitation: Invitation) -> tuple[Button, ...]:
    return (
        Button("Answer", Answer(question=invitation.question_id), "primary"),
        Button("Ask back", AskBack(question=invitation.question_id)),
        Button("Later", NotNow(invitation=invitation.id)),
        Button("Not me", NotMe(invitation=invitation.id)),
    )


@ritual.card("invitation")
async def invitation_card(db: AsyncSession, invitation_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """The question, why this person, what they can do."""
    found = await _invited(db, invitation_id, viewer, now)
    if found is None:
        return None
    invitation, question = found
    body: list[Span] = [await who_asks(db, question), " asks: ", Bold(question.title)]
    if question.details:
        body += ["\n", Quoted(question.details)]
    if question.asker_id == viewer.member:
        body += ["\nYou asked this yourself, without your name. Whoever thought of you doesn't know that."]
    else:
        body += ["\n", "Why you: ", *(await why(db, invitation.reasons, viewer, now))]
    if link := await _link(db, question, viewer, now):
        body += [*link, "; a reply in its thread is enough."]
    match invitation.state:
        case invitations.ASKED | invitations.LATER:
            later: Text = ("I'll remind you.",) if invitation.state == invitations.LATER else ()
            return Card("Can you help?", tuple(body), buttons=_what_to_do(invitation), state=later)
        case invitations.DECLINED:
            return Card(body=tuple(body), state=("You passed on this one. Thank you for saying so.",))
        case invitations.ANSWERED:
            return Card(body=tuple(body), state=("You answered. Thank you.",))
        case _:
            answered = question.state in (State.ANSWERED, State.HELPED)
            words = "It has an answer by now; nothing is left for you to do." if answered else DONE
            return Card(body=tuple(body), state=(words,))


@ritual.card("reminder")
async def reminder_card(db: AsyncSession, invitation_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """Once, of a question that somebody was asked."""
    found = await _invited(db, invitation_id, viewer, now)
    if found is None:
        return None
    invitation, question = found
    body = (Bold(question.title), *await _link(db, question, viewer, now))
    if invitation.state not in invitations.WAITING:
        return Card(body=body, state=(DONE,))
    waits: Text = ("I'll remind you again.",) if invitation.state == invitations.LATER else ("I won't ask again.",)
    return Card("Still waiting for an answer", body, buttons=_what_to_do(invitation), state=waits)


@ritual.card("did_it_help")
async def did_it_help_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the asker, a working day after somebody replied."""
    question = await _asked(db, question_id, viewer, now)
    if question is None:
        return None
    body: list[Span] = ["Somebody replied to “", Bold(question.title), "”."]
    body += await _link(db, question, viewer, now)
    if question.state not in (State.PAUSED, State.CHECKING, State.ANSWERED):
        return Card(body=tuple(body), state=await state_of(db, question, now))
    buttons = Button("Yes", Helped(question=question.id), "primary"), Button("Not yet", NotYet(question=question.id))
    return Card("Did that help?", tuple(body), buttons=buttons)


async def _asked(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Question | None:
    """The question, for the one who asked it."""
    question = await questions.get(db, question_id, viewer, now)
    return question if question is not None and question.asker_id == viewer.member else None


@ritual.card("replied")
async def replied_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To whoever asked without their name, of each reply: nobody can mention them."""
    question = await _asked(db, question_id, viewer, now)
    if question is None:
        return None
    body = ("There is a reply to “", Bold(question.title), "”.", *await _link(db, question, viewer, now))
    buttons = (
        Button("Reply as the asker", ReplyAsAsker(question=question.id), "primary"),
        Button("This helped", Helped(question=question.id)),
    )
    return Card(body=body, buttons=buttons, state=("Typing in the thread would show who you are.",))


@ritual.card("pointed")
async def pointed_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the asker: somebody pointed to earlier questions."""
    question = await _asked(db, question_id, viewer, now)
    if question is None:
        return None
    earlier = await questions.pointed_to(db, question_id)
    found = await questions.several(db, earlier, viewer, now)
    links = await links_to(db, "question", list(found), "Open", viewer, now)
    body: list[Span] = ["Somebody thinks “", Bold(question.title), "” was answered before:"]
    for id in earlier:
        if id in found:
            body += ["\n", found[id].title]
            body += [" · ", links[id]] if id in links else []
    latest = next((id for id in reversed(earlier) if id in found), None)
    if latest is None:
        return None
    buttons: tuple[Button, ...] = ()
    if question.state in OPEN:
        was_it = ThatWasIt(question=question.id, earlier=latest)
        buttons = Button("That answers it", was_it, "primary"), Button("Not yet", NotYet(question=question.id))
    return Card(body=tuple(body), buttons=buttons)


@ritual.card("closed")
async def closed_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the asker: somebody else closed it."""
    question = await _asked(db, question_id, viewer, now)
    if question is None:
        return None
    body = ("Your question “", Bold(question.title), "”:", *await _link(db, question, viewer, now))
    return Card(body=(*body, *await earlier_ones(db, question, viewer, now)), state=await state_of(db, question, now))


@ritual.card("solved")
async def solved_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To those who follow it."""
    question = await questions.get(db, question_id, viewer, now)
    if question is None:
        return None
    body = ("A question you follow: ", Bold(question.title), *await _link(db, question, viewer, now))
    return Card(body=body, state=await state_of(db, question, now))


@ritual.card("keep_words")
async def keep_words_card(db: AsyncSession, answer_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """The one message that somebody gets whose reply in a thread helped."""
    answer = await answers.get(db, answer_id)
    if answer is None or answer.author_id != viewer.member:
        return None
    question = await questions.get(db, answer.question_id, viewer, now)
    if question is None:
        return None
    places = await visibility.readable(db, [answer.place_id] if answer.place_id else [], viewer, now)
    place: communities.Place | None = next(iter(places.values()), None)
    reply: Span = MessageLink("Your reply", place.ref, answer.message) if place else "Your reply"
    body: tuple[Span, ...] = (reply, " to “", Bold(question.title), "” helped.")
    if answer.consent == answers.KEPT:
        kept = (
            Button("Edit", EditAnswer(answer=answer.id, rev=answer.rev)),
            Button("Remove", RemoveAnswer(answer=answer.id)),
        )
        return Card(body=body, buttons=kept, state=("Your words are kept for others. Thank you.",))
    if answer.consent == answers.REFUSED:
        return Card(body=body, state=("Your words are not kept; others find the way to the thread.",))
    no = Button("No", KeepNothing(answer=answer.id))
    if place is not None and place.readable:
        ask = "\nMay I keep what you wrote, for others who look for it? Until you say so, nothing of it is kept."
        edit = Button("Edit", WriteMyWords(answer=answer.id))
        return Card(body=(*body, ask), buttons=(Button("OK", KeepMyWords(answer=answer.id), "primary"), edit, no))
    ask = "\nIf others shall find it, write it down once more: I can't read what is said in threads."
    return Card(body=(*body, ask), buttons=(Button("Write it down", WriteMyWords(answer=answer.id), "primary"), no))


@ritual.card("unrouted")
async def unrouted_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To a facilitator: a question for which nobody is known."""
    question = await questions.get(db, question_id, viewer, now)
    if question is None or viewer.role < Role.FACILITATOR:
        return None
    if question.state not in (State.TOLD, State.QUEUED):
        return Card(body=(Bold(question.title),), state=("Taken care of: nothing is left for you to do.",))
    about = f" with {', '.join(question.tags)}" if question.tags else ""
    body: list[Span] = [f"No one else has said they can help{about}. Whom shall I ask?", "\n", Bold(question.title)]
    body += await _link(db, question, viewer, now)
    buttons = (
        Button("Ask someone", AskSomeone(question=question.id), "primary"),
        Button("Close", CloseIt(question=question.id)),
    )
    return Card("A question needs you", tuple(body), buttons=buttons)


@ritual.card("taken_down")
async def taken_down_card(db: AsyncSession, entry_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To the author of something that whoever looks after the channel removed. Its words are gone."""
    entry = await db.get(audit.AuditEntry, entry_id)
    if entry is None or entry.community_id != viewer.community:
        return None
    what = "question" if entry.action == "question.removed" else "answer"
    body: list[Span] = [
        f"Whoever looks after the channel removed {'a' if what == 'question' else 'an'} {what} of yours."
    ]
    body += [" Why: ", Quoted(entry.detail)] if entry.detail else []
    return Card(body=(*body, "\nIt is gone for good; you can write it anew."))
