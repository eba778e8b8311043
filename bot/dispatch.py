"""One event in: known already? → one transaction → handler → what should happen, as rows → an outcome for who acted.

The acknowledge rule: the outcome is the acknowledgement when the commit takes under ``Limits.acknowledge_within`` seconds. Else
the payload is stored in the inbox, then acknowledged; what is left there is run again after a crash: platforms send it once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context, Offered, mentioned_in, quoted_in
from bot.core import help, trouble
from bot.core.clock import Clock
from bot.core.errors import Fixable, new_reference
from bot.core.events import Click, Command, Event, FromAPerson, RhythmDue, Shortcut, Submit, TimerDue, platform_of
from bot.core.forms import Form
from bot.core.ports import Acknowledge, LookUp, Means, Platform, Wake
from bot.core.registry import NO_BUTTON, Found, Group, Registry, unpacked
from bot.core.replies import Consider, Done, Outcome, Said, Wrong
from bot.core.ritual import Spec
from bot.core.storable import storable
from bot.core.ui import Action, Resume, Run, prefix_of, say
from bot.limits import Limits, PersonRate
from bot.services import clinical, confiding, effects, identity
from bot.services.confiding import Confided
from bot.services.drafting import Drafting
from bot.services.intake import Intake
from bot.services.meaning import means_nothing
from bot.services.opening import Given, Opening
from bot.services.reaching import Reaching, looks_nothing_up
from bot.services.reports import Reports
from storage import drafts
from storage.engine import Database, may_pass
from storage.ledger import inbox

log = structlog.get_logger("rounds.dispatch")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job:
    """What an event asks for, understood: whose handler runs, with what."""

    spec: Spec
    given: tuple[Any, ...]
    event: FromAPerson


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a form that has more of them: what was typed so far, and how many there are."""

    event: Submit
    of: int


class Dispatcher:
    def __init__(
        self,
        registry: Registry,
        database: Database,
        clock: Clock,
        wake: Wake,
        limits: Limits | None = None,
        look_up: LookUp = looks_nothing_up,
        public_url: str = "",
        means: Means = means_nothing,
    ) -> None:
        self.registry, self.clock = registry, clock
        self._database, self._wake, self._limits = database, wake, limits or Limits()
        self._intake = Intake(database, clock)
        self._reports = Reports(registry, clock, lambda: self.offered)
        self._rate = PersonRate(self._limits.burst_per_person, self._limits.per_person_per_second)
        self._in_flight = 0
        self.platforms: dict[str, Platform] = {}  # those in use, once they are known
        self._reaching = Reaching(database, clock, self.platforms, look_up, means)
        self._drafting = Drafting(database, clock, registry, self.platforms)
        self._late: set[asyncio.Task[Any]] = set()
        within = self._limits.form_within
        self._opening = Opening(database, clock, within, self._context, self._reaching, self._late)
        # Half of the connections (on SQLite its one writer): handlers that wait for a lock or a slow disk must leave one to the
        # inbox, or what they hold up could not be acknowledged in time.
        self._turns = asyncio.Semaphore(max(1, database.writers // 2))
        self.offered = Offered(tuple(registry.commands.values()), tuple(registry.rhythms.values()), public_url)

    async def __call__(self, event: Event, acknowledge: Acknowledge) -> Outcome:
        """Act on an event, once. What goes wrong comes back as an outcome, in words for who acted."""
        event = storable(event)
        if isinstance(event, FromAPerson):
            if not self._rate.allows(event.who):
                words = "That was a lot at once. Wait a few seconds, then try again."
                return await self._named(event, trouble.refused(event, words))
            if self._in_flight >= self._limits.in_flight:
                words = "I'm busy just now. Nothing was done; please try again in a minute."
                return await self._named(event, trouble.refused(event, words))
        self._in_flight += 1
        try:
            return await self._named(event, await self._safely(event, acknowledge))
        finally:
            self._in_flight -= 1

    async def _named(self, event: Event, outcome: Outcome) -> Outcome:
        """Where a form closes when it is sent, what is wrong is named in a private message, and nothing typed is lost."""
        if not isinstance(outcome, Wrong) or not isinstance(event, Submit) or not self._drafting.closes_forms(event):
            return outcome
        if self.registry.form_of(event.origin) is None:  # of no use any more
            return Said(say(*outcome.errors.values()))
        keeping = asyncio.create_task(self._drafting.keep(event, outcome.errors), name="keep draft")
        self._late.add(keeping)
        keeping.add_done_callback(self._late.discard)
        await asyncio.wait({keeping}, timeout=self._limits.form_within)
        if keeping.done() and keeping.exception() is None:
            return keeping.result()
        # Perhaps it is kept in a moment; the help lists what was not sent. Nobody is told that it is safe.
        self._log_failure(event, keeping.exception() if keeping.done() else TimeoutError("keeping a draft"))
        return Said(say(*outcome.errors.values()))

    async def finish(self) -> None:
        """Wait for what goes on although nobody waits for it: before the database is closed."""
        while self._late:
            await asyncio.wait(self._late)
        await self._intake.finish()

    async def _safely(self, event: Event, acknowledge: Acknowledge) -> Outcome:
        try:
            if isinstance(event, FromAPerson):
                return await self._from_a_person(event, acknowledge)
            kept = not isinstance(event, TimerDue | RhythmDue)  # those stand in the database as due until they are done
            work = self._retried(event, lambda db: self._reported(db, event))
            return await self._in_time(event, work, acknowledge, kept=kept)
        except Fixable as problem:
            return trouble.problem(event, problem)
        except Exception as error:
            if _comes_again(event, error):
                raise
            return await self._failure(event, error)

    async def _reported(self, db: AsyncSession, event: Event) -> Outcome:
        await self._reports.take(db, event)
        return Done()

    # What people do

    async def _from_a_person(self, event: FromAPerson, acknowledge: Acknowledge) -> Outcome:
        understood = await self._understand(event)
        match understood:
            case Job():
                kept = not understood.spec.reads and self._drafting.keeps(event)
                return await self._in_time(event, self._run(understood), acknowledge, kept=kept)
            case Step():
                work = self._keep_step(understood)
                return await self._in_time(event, work, acknowledge, kept=self._drafting.keeps(event))
            case _:
                return understood

    async def _keep_step(self, step: Step) -> Outcome:
        return await self._retried(step.event, lambda db: self._drafting.keep_step(db, step.event, step.of))

    async def _understand(self, event: FromAPerson) -> Job | Step | Outcome:
        match event:
            case Command():
                return await self._typed(event, event.words)
            case Click(packed=packed) if prefix_of(packed) == Run.prefix:
                return await self._typed(event, unpacked(Run, packed).command)
            case Click(packed=packed) if prefix_of(packed) == Resume.prefix:
                resume = unpacked(Resume, packed)
                return await self._opening.resume(event, resume, self._origin, self._drafting.per_step(event))
            case Shortcut():
                return await self._shortcut(event)
            case Click(packed=packed):
                spec, action = self._button(packed)
                if spec.form is None:
                    return Job(spec, (action,), event)
                return await self._open(event, spec, packed, action)
            case Submit():
                return await self._sent(event)

    async def _typed(self, event: Command | Click, words: str) -> Job | Outcome:
        found = self.registry.resolve(words)
        match found:
            case None:
                return Said(help.unknown_card(words))
            case Group():
                return await self._list_group(event, found)
            case Found(spec, text) if spec.form is None:
                return Job(spec, (text,), event)
            case Found(spec, text):
                return await self._open(event, spec, f"/{spec.name}", text)

    async def _shortcut(self, event: Shortcut) -> Outcome:
        which = self.registry.shortcuts.get(event.name)
        if which is None:
            raise Fixable("I don't know this entry of the menu any more.")
        packed = which(event).pack()
        spec, _ = self._button(packed)
        return await self._open(event, spec, packed, event)

    def _button(self, packed: str) -> tuple[Spec, Action]:
        known = self.registry.click(packed)
        if known is None:
            raise Fixable(NO_BUTTON)
        return known

    def _origin(self, origin: str) -> tuple[Spec, Action | None]:
        if not origin.startswith("/"):
            return self._button(origin)
        spec = self.registry.commands.get(origin[1:])
        if spec is None or spec.form is None:
            raise Fixable("This form is no longer in use. Type the command again.")
        return spec, None

    async def _list_group(self, event: Command | Click, group: Group) -> Outcome:
        async with self._database.read() as db:
            return Said(help.group_card(group, await identity.role_of(db, event.who)))

    # Forms

    async def _open(self, event: FromAPerson, spec: Spec, origin: str, given: Given) -> Outcome:
        return await self._opening.open(event, spec, origin, given, self._drafting.per_step(event))

    async def _sent(self, event: Submit) -> Job | Step | Outcome:
        """A form that was sent: checked as a whole, once its last step has come."""
        spec, opened_by = self._origin(event.origin)
        assert spec.form is not None
        steps = spec.form.steps(self._drafting.per_step(event))
        if steps > 1:
            event = await self._drafting.with_earlier_steps(event)
            if event.step + 1 < steps:
                return Step(event, steps)
        filled = spec.form.parse(event.values)
        if not isinstance(filled, Form):
            return Wrong(filled)
        return Job(spec, (filled,) if opened_by is None else (opened_by, filled), event)

    # One transaction

    async def _run(self, job: Job) -> Outcome:
        prepared = None
        if job.spec.prepare is not None:
            await self._reaching.check_role(job.spec, job.event.who)
            preparing = self._reaching.fetched(job.spec.prepare, job.event, job.given[-1])
            prepared = await asyncio.wait_for(preparing, self._limits.prepare_within)
        if job.spec.reads:
            async with self._database.read() as db:
                actor = await identity.known_actor(db, job.event, self.clock.now())
                if actor is not None:
                    return await self._told(await self._handle(db, job, actor, prepared))
        return await self._told(await self._retried(job.event, lambda db: self._act(db, job, prepared)))

    async def _told(self, outcome: Outcome | Confided) -> Outcome:
        """The transaction is over; only now is somebody told directly."""
        return Said(await confiding.told(outcome, self.platforms)) if isinstance(outcome, Confided) else outcome

    async def _act(self, db: AsyncSession, job: Job, prepared: Any) -> Outcome | Confided:
        event = job.event
        if not isinstance(event, Submit):
            return await self._handle(db, job, await identity.actor_of(db, event, self.clock.now()), prepared)
        # The draft's id is the same however often the form is sent: the second press finds it taken.
        if not await inbox.claim(db, "draft", event.draft, self.clock.now()):
            return Done()
        await drafts.remove(db, event.draft)
        actor = await identity.actor_of(db, event, self.clock.now())
        outcome = await self._handle(db, job, actor, prepared, event.draft)
        if isinstance(outcome, Consider):  # not done yet: the form may be sent again as it is
            await inbox.unclaim(db, "draft", event.draft)
            await self._drafting.put(db, event, actor.member.id)
        return outcome

    async def _handle(
        self, db: AsyncSession, job: Job, actor: identity.Actor, prepared: Any, draft: str = ""
    ) -> Outcome | Confided:
        identity.check_role(actor, job.spec)
        if isinstance(job.event, Submit):
            clinical.check_form(actor.community, job.given[-1])
        context = self._context(db, actor, job.event, prepared, draft)
        returned = await job.spec.run(context, *job.given)
        if isinstance(returned, Consider):
            return returned
        to_show = await effects.carry_out(db, actor.community, returned, context.now)
        if isinstance(to_show, Confided):
            return to_show
        return Done() if to_show is None else Said(to_show, job.spec.private)

    def _context(
        self, db: AsyncSession, actor: identity.Actor, event: FromAPerson, prepared: Any = None, draft: str = ""
    ) -> Context:
        now, of, who, place = self.clock.now(), actor.community, actor.member, actor.place
        quoted, mentioned = quoted_in(event), mentioned_in(event)
        return Context(db, now, of, who, place, prepared, draft, quoted, mentioned, self.offered, event.who)

    async def _retried(self, event: Event, act: Callable[[AsyncSession], Awaitable[T]]) -> T | Done:
        """Run a transaction that claims the event; again when the database was busy, deadlocked or restarting."""
        for attempt in range(self._limits.tries):
            try:
                async with self._turns, self._database.write() as db:
                    if not await inbox.claim(db, platform_of(event), event.key, self.clock.now()):
                        return Done()
                    outcome = await act(db)
                self._wake()
                return outcome
            except Exception as error:
                if attempt + 1 == self._limits.tries or not may_pass(error):
                    raise
                log.info("transaction.again", event_kind=event.kind, attempt=attempt + 1)
                await asyncio.sleep(0.05 * 2**attempt * (0.5 + secrets.randbelow(1000) / 1000))
        raise AssertionError("the last attempt returns or raises")

    async def _in_time(
        self, event: Event, work: Coroutine[Any, Any, Outcome], acknowledge: Acknowledge, *, kept: bool = True
    ) -> Outcome:
        """The acknowledge rule of the module's docstring."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=self._limits.acknowledge_within)
        if done or not await self._acknowledged_early(event, acknowledge, kept):
            return await task
        outcome = await self._after_acknowledging(event, task)
        if kept:
            await self._forget(event)
        return outcome

    async def _forget(self, event: Event) -> None:
        try:
            await self._intake.done(event)
        except Exception as error:  # it is done all the same; whoever picks its payload up finds that
            self._log_failure(event, error)

    async def _acknowledged_early(self, event: Event, acknowledge: Acknowledge, kept: bool) -> bool:
        try:
            if kept:
                await self._intake.store(event)
        except Exception as error:  # not stored, so not acknowledged: the platform tells the person it took too long
            self._log_failure(event, error)
            return False
        await acknowledge()
        return True

    async def _after_acknowledging(self, event: Event, task: asyncio.Task[Outcome]) -> Outcome:
        try:
            return await task
        except Fixable as problem:
            if not isinstance(event, Submit):
                return trouble.problem(event, problem)
            return await self._drafting.keep(event, {problem.field: problem.message})
        except Exception as error:
            if _comes_again(event, error):
                raise
            if not isinstance(event, Submit):
                return await self._failure(event, error)
            reference = self._log_failure(event, error)
            return await self._drafting.keep(
                event, {"": f"Something failed on our side; nothing is lost. {reference}."}
            )

    # Trouble

    async def _failure(self, event: Event, error: Exception) -> Outcome:
        reference = self._log_failure(event, error)
        match event:
            case Submit():  # the form is still open, with everything in it
                return Wrong(
                    {"": f"Something failed on our side; nothing is lost. Try again in a minute. {reference}."}
                )
            case TimerDue() | RhythmDue():
                await self._reports.failed(self._database, event, reference)
        return Said(trouble.failed(reference))

    def _log_failure(self, event: Event, error: BaseException | None) -> str:
        reference = new_reference()
        log.error("handler.failed", reference=reference, event_kind=event.kind, event_key=event.key, exc_info=error)
        return reference

    async def replay(self, event: Event) -> Outcome | None:
        """Act on an event that was acknowledged before a crash, then forget its payload. Nothing when it was done already."""

        async def acknowledged() -> None:
            """It was, before the crash."""

        async with self._database.read() as db:
            done = await inbox.is_claimed(db, platform_of(event), event.key)
        outcome: Outcome | None
        if done:
            outcome = await self._drafting.unsent(event) if isinstance(event, Submit) else None
        else:
            outcome = await self._safely(event, acknowledged)
            if isinstance(event, Submit) and isinstance(outcome, Wrong):  # the form is closed already
                outcome = await self._drafting.keep(event, outcome.errors)
        await self._intake.done(event)
        return outcome


def _comes_again(event: Event, error: Exception) -> bool:
    """Whether it is better not to acknowledge: what nobody waits for is sent, or picked up, again when the database is back."""
    return not isinstance(event, FromAPerson | TimerDue | RhythmDue) and may_pass(error)
