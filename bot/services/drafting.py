"""What was typed into a form, kept while the form is not done: between its steps, after something was wrong, while considered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.clock import Clock
from bot.core.errors import Fixable
from bot.core.events import FromAPerson, Submit
from bot.core.forms import Form
from bot.core.ports import Platform
from bot.core.registry import Registry
from bot.core.replies import Consider, Said
from bot.core.ui import Button, Card, Resume, say
from bot.services import identity
from storage import drafts, members
from storage.engine import Database

OPEN_AGAIN = "Open it again"


@dataclass(frozen=True, slots=True)
class Drafting:
    database: Database
    clock: Clock
    registry: Registry
    platforms: Mapping[str, Platform]  # those in use

    def per_step(self, event: FromAPerson) -> int:
        """How many fields of a form the person's platform shows at a time; 0: all."""
        platform = self.platforms.get(event.who.platform)
        return platform.profile.form_fields if platform else 0

    def closes_forms(self, event: FromAPerson) -> bool:
        """Whether a form closes when it is sent, whatever is wrong with it."""
        platform = self.platforms.get(event.who.platform)
        return platform is not None and not platform.profile.form_errors

    def keeps(self, event: FromAPerson) -> bool:
        """Whether what an event holds may be written down at all: a form can be declared so that nothing of it is."""
        form = self.registry.form_of(event.origin) if isinstance(event, Submit) else None
        return form is None or form.kept

    async def with_earlier_steps(self, event: Submit) -> Submit:
        """The same with what was typed in earlier steps, or before something was wrong."""
        async with self.database.read() as db:
            member = await members.of_account(db, event.who)
            draft = await drafts.get(db, event.draft, member.id, self.clock.now()) if member else None
        return replace(event, values={**(draft.filled if draft else {}), **event.values})

    async def put(self, db: AsyncSession, event: Submit, member_id: int) -> None:
        """Keep it under the form's own id, so that however often it is opened again, it is sent once."""
        values = event.values if self.keeps(event) else {}
        await drafts.put(db, event.draft, member_id, event.origin, event.place, values, self.clock.now())

    async def keep_step(self, db: AsyncSession, event: Submit, steps: int) -> Consider:
        actor = await identity.actor_of(db, event, self.clock.now())
        identity.check_takes_part(actor.member)
        await self.put(db, event, actor.member.id)
        words = f"Step {event.step + 1} of {steps} is kept."
        button = Button("Continue", Resume(draft=event.draft, step=event.step + 1), "primary")
        return Consider(Card(body=(words,), buttons=(button,)))

    async def keep(self, event: Submit, problems: Mapping[str, str]) -> Consider | Said:
        """The form is closed already, so what was typed is kept where a button finds it again. ``problems`` are by field.

        Whoever takes no part reads what was wrong, and nothing of theirs is kept. Raises what the database raises.
        """
        event = await self.with_earlier_steps(event)
        try:
            async with self.database.write() as db:
                actor = await identity.actor_of(db, event, self.clock.now())
                if actor.member.blocked_at is not None:
                    return Said(say(*problems.values()))
                await self.put(db, event, actor.member.id)
        except Fixable as problem:  # the workspace is not connected
            return Said(Card(body=problem.text))
        form = self.registry.form_of(event.origin)
        step = form.step_of(problems, self.per_step(event)) if form else 0
        return Consider(Card(body=("\n".join(_named(form, problems)),), buttons=(_open_again(event.draft, step),)))

    async def unsent(self, event: Submit) -> Consider | None:
        """What is still kept of a form that was acted on without being done: it was to be looked at once more."""
        async with self.database.read() as db:
            member = await members.of_account(db, event.who)
            draft = await drafts.get(db, event.draft, member.id, self.clock.now()) if member else None
        if draft is None:
            return None
        return Consider(Card(body=("This is not sent yet.",), buttons=(_open_again(draft.id, 0),)))


def _open_again(draft: str, step: int) -> Button:
    return Button(OPEN_AGAIN, Resume(draft=draft, step=step), "primary")


def _named(form: type[Form] | None, problems: Mapping[str, str]) -> list[str]:
    titles = {field.name: field.title for field in form.fields()} if form else {}
    return [f"{titles[name]}: {words}" if name in titles else words for name, words in problems.items()]
