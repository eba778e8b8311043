"""What a message is saved as: a question, an answer to one, a tip, a story or a link."""

from __future__ import annotations

from dataclasses import dataclass

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import Shortcut
from bot.core.forms import Option, Prefill
from bot.core.text import shortened
from bot.rituals.questions import OPEN
from bot.rituals.saving.declared import SaveMine, SaveTheirs
from bot.services.addresses import first_in
from storage import questions
from storage.items import LINK, STORY, TIP
from storage.ledger import deliveries
from storage.questions import Question

QUESTION, HERE, THERE, DIGEST = "question", "here", "answer", "digest"
SHARED = {TIP: "A tip", STORY: "A story", LINK: "A link"}
MOST_QUESTIONS = 10
ASKED_FIRST = (
    "Whoever wrote it is asked first. Nothing is kept unless they say OK. For the digest, nothing of it is kept at all."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """``question`` is the one it answers, where it is an answer."""

    what: str
    question: int | None = None

    @classmethod
    def of(cls, choice: str) -> Chosen:
        """Raises Fixable."""
        what, _, id = choice.partition(":")
        if choice in (QUESTION, DIGEST) or choice in SHARED:
            return cls(choice)
        if what not in (HERE, THERE) or not id.isdigit():
            raise Fixable("Please choose what it is.", "what")
        return cls(what, int(id))


async def what_it_may_be(ctx: Context, chosen: Shortcut | SaveMine | SaveTheirs) -> Prefill:
    """An answer to the question in whose thread it stands, or to one that is open; else a kind of its own."""
    text = ""
    if isinstance(chosen, Shortcut):  # else it is opened again: what was typed is kept
        text = chosen.text.strip()
        if chosen.author is None:
            raise Fixable("No person of this workspace wrote this message, so nobody could agree to it.")
        if not text:
            raise Fixable("This message has no words to save.")
    here = await _whose_thread(ctx, chosen.thread) if isinstance(chosen, Shortcut) else None
    options = [Option(f"{HERE}:{here.id}", f"An answer to: {shortened(here.title, 50)}")] if here else []
    options.append(Option(QUESTION, "A question"))
    options += [Option(kind, name) for kind, name in SHARED.items()]
    options.append(Option(DIGEST, "Something to read: put it forward for the digest"))
    open_ones = await questions.in_states(ctx.db, OPEN, ctx.viewer, ctx.now, limit=MOST_QUESTIONS, newest=True)
    options += [
        Option(f"{THERE}:{question.id}", f"An answer to: {shortened(question.title, 50)}")
        for question in open_ones
        if here is None or question.id != here.id
    ]
    values = {"what": options[0].value, "text": text}
    theirs = isinstance(chosen, Shortcut) and chosen.author != chosen.who
    return Prefill(values, {"what": tuple(options)}, (ASKED_FIRST,) if theirs else ())


async def _whose_thread(ctx: Context, thread: str) -> Question | None:
    """The question in whose thread the message stands, if it is one."""
    if not thread or ctx.place is None:
        return None
    delivery = await deliveries.of_message(ctx.db, ctx.place.id, thread)
    if delivery is None or delivery.card != "question":
        return None
    return await questions.get(ctx.db, delivery.subject, ctx.viewer, ctx.now)


def page_in(what: str, text: str) -> str:
    """The address of the page that a link's words point to, or nothing."""
    return first_in(text) if what == LINK else ""
