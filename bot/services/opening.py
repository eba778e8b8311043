"""Opening forms: prefilled, in as many steps as a platform needs, and again from a draft.

A form must be a platform's first response, so filling it has a short deadline and nothing of it is stored.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.clock import Clock
from bot.core.errors import Fixable
from bot.core.events import Click, Command, FromAPerson, Shortcut, Values
from bot.core.forms import FormView, Prefill
from bot.core.ports import Refused, SendError
from bot.core.replies import Ask, Outcome, Said
from bot.core.ritual import Spec
from bot.core.ui import Action, Resume, say
from bot.services import clinical, identity
from bot.services.reaching import Reaching
from storage import drafts, members
from storage.engine import Database

log = structlog.get_logger("rounds.forms")
Given = str | Action | Shortcut  # what opened a form: typed text, a button's action, a message's menu
MakeContext = Callable[[AsyncSession, identity.Actor, FromAPerson, Any], Context]
TRY_AGAIN = "I couldn't open the form in time. Nothing was lost; please try again."


@dataclass(frozen=True, slots=True)
class Opening:
    database: Database
    clock: Clock
    within: float  # seconds
    context: MakeContext
    reaching: Reaching
    late: set[asyncio.Task[Any]]

    async def open(self, event: FromAPerson, spec: Spec, origin: str, given: Given, per_step: int) -> Outcome:
        """The form with what is known of its values."""
        return await self._in_time(self._new(event, spec, origin, given, per_step))

    async def resume(
        self, event: Click, resume: Resume, opened_by: Callable[[str], tuple[Spec, Action | None]], per_step: int
    ) -> Outcome:
        """The form of a draft, with what was typed. ``opened_by``: an origin → its command or button. Raises Fixable."""
        return await self._in_time(self._again(event, resume, opened_by, per_step))

    async def _in_time(self, filling: Coroutine[Any, Any, FormView]) -> Outcome:
        task = asyncio.create_task(filling, name="prefill")
        done, _ = await asyncio.wait({task}, timeout=self.within)
        if done:
            try:
                return Ask(await task)
            except Refused as error:  # in words for people
                return Said(say(str(error)))
            except SendError:
                return Said(say(TRY_AGAIN))
        # Left to end by itself: a query that is cancelled midway costs the pool its connection.
        self.late.add(task)
        task.add_done_callback(self._came_late)
        return Said(say(TRY_AGAIN))

    def _came_late(self, filling: asyncio.Task[Any]) -> None:
        self.late.discard(filling)
        if not filling.cancelled() and (error := filling.exception()):
            log.info("prefill.came_late", error=type(error).__name__)

    async def _new(self, event: FromAPerson, spec: Spec, origin: str, given: Given, per_step: int) -> FormView:
        assert spec.form is not None
        prefill = await self._prefill(event, spec, given)
        typed: Values = spec.form.typed(given) if isinstance(given, str) else {}
        values = {**spec.form.begins_with(), **typed, **_chosen(event, spec), **prefill.values}
        errors, draft = spec.form.too_long(values), secrets.token_urlsafe(12)
        return FormView(spec.form, origin, draft, values, prefill.options, prefill.note, errors, per_step=per_step)

    async def _prefill(self, event: FromAPerson, spec: Spec, given: Given) -> Prefill:
        fetched = None
        if spec.beforehand is not None:
            await self.reaching.check_role(spec, event.who)
            fetched = await spec.beforehand(self.reaching.outside(event), given)

        async def prefilled(db: AsyncSession, actor: identity.Actor) -> Prefill:
            identity.check_role(actor, spec)
            context = self.context(db, actor, event, fetched)
            filled = await spec.prefill(context, given) if spec.prefill is not None else Prefill()
            if not actor.community.clinical:
                return filled
            return replace(filled, note=(*filled.note, *("\n" if filled.note else ""), clinical.NOTE))

        async with self.database.read() as db:
            actor = await identity.known_actor(db, event, self.clock.now())
            if actor is not None:
                return await prefilled(db, actor)
        async with self.database.write() as db:  # somebody new: they become known first
            return await prefilled(db, await identity.actor_of(db, event, self.clock.now()))

    async def _again(
        self, event: Click, resume: Resume, opened_by: Callable[[str], tuple[Spec, Action | None]], per_step: int
    ) -> FormView:
        async with self.database.read() as db:
            member = await members.of_account(db, event.who)
            draft = await drafts.get(db, resume.draft, member.id, self.clock.now()) if member else None
            if draft is None:
                raise Fixable("This draft is gone: drafts are kept for seven days, until they are sent.")
        spec, action = opened_by(draft.origin)
        assert spec.form is not None
        prefill = await self._prefill(event, spec, action or "")
        # Of a form that is not kept nothing was, so it begins anew; so do the fields of steps that were not reached.
        ahead = [field.name for field in spec.form.fields()][resume.step * per_step :] if resume.step else []
        untouched = {name: value for name, value in prefill.values.items() if name in ahead or not spec.form.kept}
        values = {**spec.form.begins_with(), **untouched, **(draft.filled if spec.form.kept else {})}
        errors = spec.form.too_long(values)
        return FormView(
            spec.form,
            draft.origin,
            draft.id,
            values,
            prefill.options,
            prefill.note,
            errors,
            per_step,
            resume.step,
        )


def _chosen(event: FromAPerson, spec: Spec) -> Values:
    """What was given as options of a command, for the fields of those names."""
    if not isinstance(event, Command) or spec.form is None:
        return {}
    names = {field.name for field in spec.form.fields()}
    return {name: value for name, value in event.options.items() if name in names and value}
