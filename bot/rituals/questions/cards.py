"""How questions, answers and invitations look."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import Bold, Quoted, Span, Text, When, shortened
from bot.core.ui import Button, Card
from bot.rituals.questions.declared import Answer, AskSomeone, Helped, NotMe, ritual
from bot.rituals.questions.machine import State
from bot.rituals.questions.why import why
from bot.services.links import links_to
from storage import answers, invitations, members, questions, visibility
from storage.questions import Question

EXCERPT = 200


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


@ritual.card("question")
async def question_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    question = await questions.get(db, question_id, viewer, now)
    if question is None:
        return None
    asker = await members.as_person(db, question.asker_id, notify=True)
    body: list[Span] = [asker, " asks"]
    if question.details:
        body += ["\n", Quoted(question.details)]
    if question.tags:
        body += ["\n", "Tags: ", ", ".join(question.tags)]
    buttons = (
        Button("Answer", Answer(question=question.id), "primary"),
        Button("This helped", Helped(question=question.id)),
    )
    return Card(
        title=question.title,
        body=tuple(body),
        buttons=buttons,
        state=await _state(db, question, now),
        discussed=True,
        over=question.state == State.HELPED,
        tags=tuple(question.tags),
    )


async def _state(db: AsyncSession, question: Question, now: datetime) -> Text:
    """Where the question stands and what happens next, for everyone who reads the card."""
    match State(question.state):
        case State.NEW:
            return ("Looking for people who may know.",)
        case State.ASKED:
            asked = len(await invitations.of_question(db, question.id))
            so_far = (f"Asked {counted(asked, 'person', 'people')} who may know.",)
            if question.next_step_at is None:
                return so_far
            return (*so_far, " If nobody answers, others are asked next: ", When(question.next_step_at), ".")
        case State.QUEUED:
            nobody = "Nobody else" if await invitations.of_question(db, question.id) else "Nobody"
            told = await members.facilitators(db, question.community_id, visibility.is_reader(question.space_id, now))
            what = "so a facilitator was told" if told else "and no facilitator can see this channel"
            return (f"{nobody} to ask is known yet, {what}. You can answer, or mention somebody.",)
        case State.ANSWERED:
            given = len(await answers.of_question(db, question.id))
            return (f"{counted(given, 'answer', 'answers')} in the thread. Did one help?",)
        case State.HELPED:
            helped = [answer for answer in await answers.of_question(db, question.id) if answer.helped_at]
            line: list[Span] = ["Solved: what helped came from "]
            for place, author in enumerate(dict.fromkeys(answer.author_id for answer in helped)):
                line += [", "] if place else []
                line.append(await members.as_person(db, author))
            return tuple(line)


@ritual.card("answer")
async def answer_card(db: AsyncSession, answer_id: int, viewer: Viewer, now: datetime) -> Card | None:
    answer = await answers.get(db, answer_id)
    if answer is None:
        return None
    question = await questions.get(db, answer.question_id, viewer, now)
    if question is None:
        return None
    author = await members.as_person(db, answer.author_id)
    asker = await members.as_person(db, question.asker_id, notify=True)
    buttons = () if answer.helped_at else (Button("This helped", Helped(question=question.id)),)
    state: Text = ("This helped.",) if answer.helped_at else ()
    return Card(body=(author, " answers ", asker, "\n", Quoted(answer.text)), buttons=buttons, state=state)


@ritual.card("invitation")
async def invitation_card(db: AsyncSession, invitation_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """A direct message: the question, why this person, what they can do."""
    invitation = await invitations.get(db, invitation_id)
    if invitation is None or invitation.member_id != viewer.member:
        return None
    question = await questions.get(db, invitation.question_id, viewer, now)
    if question is None:
        return None
    asker = await members.as_person(db, question.asker_id)
    links = await links_to(db, "question", [question.id], "Open the question", viewer, now)
    body: list[Span] = [asker, " asks: ", Bold(question.title)]
    if question.details:
        body += ["\n", Quoted(question.details)]
    body += ["\n", "Why you: ", *(await why(db, invitation.reasons, viewer, now)), "\n"]
    body += [links[question.id], "; a reply in its thread is enough."] if question.id in links else []
    match invitation.state:
        case "asked":
            buttons = (
                Button("Answer", Answer(question=question.id), "primary"),
                Button("Not me", NotMe(invitation=invitation.id)),
            )
            return Card(title="Can you help?", body=tuple(body), buttons=buttons)
        case "declined":
            return Card(body=tuple(body), state=("You passed on this one. Thank you for saying so.",))
        case _:
            return Card(body=tuple(body), state=("It has an answer by now; nothing is left for you to do.",))


@ritual.card("unrouted")
async def unrouted_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To a facilitator: a question for which nobody is known."""
    question = await questions.get(db, question_id, viewer, now)
    if question is None:
        return None
    if question.state != State.QUEUED:
        return Card(body=(Bold(question.title),), state=("Taken care of: nothing is left for you to do.",))
    about = f" with {', '.join(question.tags)}" if question.tags else ""
    links = await links_to(db, "question", [question.id], "Open the question", viewer, now)
    body: list[Span] = [f"No one else has said they can help{about}. Whom shall I ask?", "\n", Bold(question.title)]
    body += ["\n", links[question.id]] if question.id in links else []
    button = Button("Ask someone", AskSomeone(question=question.id), "primary")
    return Card(title="A question needs you", body=tuple(body), buttons=(button,))


async def what_came_of_it(db: AsyncSession, question_id: int) -> Text:
    """For somebody who finds the question later: who helped, with what."""
    given = await answers.of_question(db, question_id)
    helped = [answer for answer in given if answer.helped_at]
    best = (helped or given)[:1]
    if not best:
        replied = await answers.repliers(db, question_id)
        return ("There are replies in its thread." if replied else "Not answered yet.",)
    author = await members.as_person(db, best[0].author_id)
    if not best[0].text:
        return (author, "’s reply in the thread helped; the words are not kept.")
    return (author, " helped: " if helped else " answered: ", Quoted(shortened(best[0].text, EXCERPT)))
