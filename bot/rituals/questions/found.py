"""Questions as somebody finds them: what came of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.text import Bold, Person, Quoted, Span, Text, shortened
from bot.core.ui import Button
from bot.rituals.questions.cards import counted, how_it_went
from bot.rituals.questions.declared import TriedIt
from bot.rituals.questions.machine import State
from storage import answers, members, questions, trials
from storage.answers import Answer
from storage.questions import Question
from storage.trials import Trial

EXCERPT = 200
Found = dict[int, tuple[Text, tuple[Button, ...]]]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a question, in words, and its best answer if it has one."""

    said: Text
    best: Answer | None


async def found_questions(ctx: Context, ids: Sequence[int]) -> Found:
    """Those that the one who looks may see: what to say of each, and what they can do."""
    asked = await questions.several(ctx.db, list(ids), ctx.viewer, ctx.now)
    found: Found = {}
    for id, came in (await what_came_of(ctx.db, asked.values())).items():
        buttons = (Button("I tried it", TriedIt(answer=came.best.id)),) if came.best else ()
        found[id] = (Bold(asked[id].title), "\n", *came.said), buttons
    return found


async def title_of(ctx: Context, question_id: int) -> str:
    """Its title, or nothing where the one who looks may not see it."""
    question = await questions.get(ctx.db, question_id, ctx.viewer, ctx.now)
    return question.title if question else ""


async def what_came_of(db: AsyncSession, asked: Collection[Question]) -> dict[int, Came]:
    """For somebody who finds questions later: who helped, with what, and how it went for others. By the question's id."""
    if not asked:
        return {}
    given = await answers.of_questions(db, [question.id for question in asked])
    best = {id: _best(several) for id, several in given.items()}
    authors = await members.as_people(db, {answer.author_id for answer in best.values()})
    tried = await trials.of_several(db, answers.KIND, [answer.id for answer in best.values()])
    unanswered = [question.id for question in asked if question.id not in given]
    replied = await answers.replied_to(db, unanswered) if unanswered else set()
    came = {}
    for question in asked:
        answer = best.get(question.id)
        if question.state == State.CLOSED and question.duplicate_of:
            said: Text = ("It was answered before, under an earlier question.",)
        elif answer is None:
            said = ("There are replies in its thread." if question.id in replied else "Not answered yet.",)
        else:
            others = len(given[question.id]) - 1
            said = _answered(answer, authors[answer.author_id], others, tried.get(answer.id, []))
        came[question.id] = Came(said, answer)
    return came


def _best(given: Sequence[Answer]) -> Answer:
    """The answer to show where there is room for one: what helped, with words before without."""
    helped = [answer for answer in given if answer.helped_at]
    return next((answer for answer in helped if answer.text), (helped or given)[0])


def _answered(best: Answer, author: Person, others: int, tried: list[Trial]) -> Text:
    where = f" ({best.setting})" if best.setting else ""
    line: list[Span] = [author]
    if best.text:
        line += [
            f" helped{where}: " if best.helped_at else f" answered{where}: ",
            Quoted(shortened(best.text, EXCERPT)),
        ]
    else:
        line += ["’s reply in the thread helped; the words are not kept."]
    line += [f" And {counted(others, 'more answer', 'more answers')}."] if others else []
    went = how_it_went(tried)
    return (*line, *([" ", *went] if went else []))
