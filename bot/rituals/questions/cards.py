"""How questions and answers look in their channel."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.people import Viewer
from bot.core.text import Quoted, Span, Text, When
from bot.core.ui import Button, Card
from bot.rituals.questions.declared import Answer as AnswerIt
from bot.rituals.questions.declared import Helped, More, MoreOfAnswer, TriedIt, ritual
from bot.rituals.questions.machine import State
from bot.services.links import links_to
from storage import answers, invitations, members, questions, trials, visibility
from storage.questions import Question
from storage.trials import Trial

WENT = {trials.WORKED: "worked for", trials.PARTLY: "worked in part for", trials.DID_NOT: "didn't work for"}


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


async def who_asks(db: AsyncSession, question: Question, *, notify: bool = False) -> Span:
    """The asker as others read of them: by name, unless they asked without it."""
    return "Somebody" if question.anonymous else await members.as_person(db, question.asker_id, notify=notify)


@ritual.card("question")
async def question_card(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    question = await questions.get(db, question_id, viewer, now)
    if question is None:
        return None
    body: list[Span] = [await who_asks(db, question, notify=True), " asks"]
    body += [" without their name"] if question.anonymous else []
    if question.details:
        body += ["\n", Quoted(question.details)]
    if question.tags:
        body += ["\n", "Tags: ", ", ".join(question.tags)]
    body += await earlier_ones(db, question, viewer, now)
    buttons = (
        Button("Answer", AnswerIt(question=question.id), "primary"),
        Button("This helped", Helped(question=question.id)),
        Button("More", More(question=question.id)),
    )
    edited: Text = (" Edited.",) if question.edited_at else ()
    return Card(
        title=question.title,
        body=tuple(body),
        buttons=buttons,
        state=(*await state_of(db, question, now), *edited),
        discussed=True,
        over=question.state in (State.HELPED, State.CLOSED),
        tags=tuple(question.tags),
    )


async def earlier_ones(db: AsyncSession, question: Question, viewer: Viewer, now: datetime) -> Text:
    """The earlier questions that somebody pointed to, as far as every reader may see them."""
    earlier = await questions.pointed_to(db, question.id)
    found = await questions.several(db, earlier, viewer, now)
    links = await links_to(db, "question", list(found), "Open", viewer, now)
    parts: list[Span] = []
    for id in earlier:
        if id in found:
            sure = "Answered before: " if question.duplicate_of == id else "Perhaps answered before: "
            parts += ["\n", sure, found[id].title]
            parts += [" · ", links[id]] if id in links else []
    return tuple(parts)


async def state_of(db: AsyncSession, question: Question, now: datetime) -> Text:
    """Where the question stands and what happens next, for everyone who reads the card."""
    next_step: Text = (When(question.next_step_at), ".") if question.next_step_at else ()
    match State(question.state):
        case State.NEW:
            return ("Looking for people who may know.",)
        case State.ASKED:
            asked = len(await invitations.of_question(db, question.id))
            so_far = f"Asked {counted(asked, 'person', 'people')} who may know."
            return (so_far, " If nobody answers, others are asked next: ", *next_step)
        case State.PAUSED:
            return ("Somebody replied in the thread. Whether that helped, I ask: ", *next_step)
        case State.CHECKING:
            return ("I asked whether the replies helped. If I hear nothing, others are asked next: ", *next_step)
        case State.TOLD:
            nobody = await _nobody(db, question)
            queue = "You can answer, or mention somebody. It goes into the facilitators' queue: "
            return (f"{nobody}, so a facilitator was told. {queue}", *next_step)
        case State.QUEUED:
            may_see = visibility.is_reader(question.space_id, now)
            if await members.facilitators(db, question.community_id, may_see):
                return ("It waits in the facilitators' queue. You can answer, or mention somebody.",)
            nobody = await _nobody(db, question)
            return (f"{nobody}, and no facilitator can see this channel. You can answer, or mention somebody.",)
        case State.ANSWERED:
            given = len(await answers.of_question(db, question.id))
            return (f"{counted(given, 'answer', 'answers')} in the thread. Did one help?",)
        case State.HELPED:
            return await _who_helped(db, question)
        case State.CLOSED:
            return (f"Closed: {question.closed_because or 'no longer open.'}",)


async def _nobody(db: AsyncSession, question: Question) -> str:
    somebody_was = await invitations.of_question(db, question.id)
    return f"{'Nobody else' if somebody_was else 'Nobody'} who may know is free to be asked"


async def _who_helped(db: AsyncSession, question: Question) -> Text:
    helped = [answer for answer in await answers.of_question(db, question.id) if answer.helped_at]
    line: list[Span] = ["Solved: what helped came from " if helped else "Solved."]
    for place, author in enumerate(dict.fromkeys(answer.author_id for answer in helped)):
        line += [", "] if place else []
        line.append(await members.as_person(db, author))
    tried_of = await trials.of_several(db, answers.KIND, [answer.id for answer in helped])
    tried = [trial for answer in helped for trial in tried_of.get(answer.id, ())]
    return (*line, *([" · ", *how_it_went(tried)] if tried else []))


def how_it_went(tried: list[Trial]) -> Text:
    """What others who tried it say: how many, and where it went how."""
    parts: list[Span] = []
    counts = Counter(trial.outcome for trial in tried)
    for outcome, went in WENT.items():
        if counts[outcome]:
            settings = dict.fromkeys(trial.setting for trial in tried if trial.outcome == outcome and trial.setting)
            where = f" ({'; '.join(settings)})" if settings else ""
            parts += [", " if parts else "It ", f"{went} {counts[outcome]}{where}"]
    return (*parts, ".") if parts else ()


@ritual.card("answer")
async def answer_card(db: AsyncSession, answer_id: int, viewer: Viewer, now: datetime) -> Card | None:
    answer = await answers.get(db, answer_id)
    if answer is None:
        return None
    question = await questions.get(db, answer.question_id, viewer, now)
    if question is None:
        return None
    author = await members.as_person(db, answer.author_id)
    to: Text = () if question.anonymous else (" ", await members.as_person(db, question.asker_id, notify=True))
    where: Text = (f" ({answer.setting})",) if answer.setting else ()
    buttons = [] if answer.helped_at else [Button("This helped", Helped(question=question.id))]
    buttons += [Button("I tried it", TriedIt(answer=answer.id)), Button("More", MoreOfAnswer(answer=answer.id))]
    tried = how_it_went(await trials.of(db, answers.KIND, answer.id))
    state: list[Span] = ["This helped. "] if answer.helped_at else []
    state += [*tried, " "] if tried else []
    state += ["Edited."] if answer.edited_at else []
    body = (author, " answers", *to, *where, "\n", Quoted(answer.text))
    return Card(body=body, buttons=tuple(buttons), state=tuple(state))


@ritual.card("remark")
async def remark_card(db: AsyncSession, remark_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """What was written by form for the thread without being an answer."""
    remark = await answers.remark_of(db, remark_id)
    question = await questions.get(db, remark.question_id, viewer, now) if remark else None
    if remark is None or question is None:
        return None
    if remark.author_id == question.asker_id:
        return Card(body=("The asker replies:\n", Quoted(remark.text)))
    author = await members.as_person(db, remark.author_id)
    to: Text = () if question.anonymous else (" ", await members.as_person(db, question.asker_id, notify=True))
    return Card(body=(author, " asks", *to, " back:\n", Quoted(remark.text)))
