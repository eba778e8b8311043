"""What dispatch promises: acts once, all or nothing, in time, and says what went wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import logs
from bot.core.events import Click, Ref, Submit
from bot.core.replies import Ask, Consider, Done, Outcome, Said, Wrong
from bot.core.ui import Button
from bot.dispatch import Resume
from bot.limits import Limits
from storage import drafts
from storage.drafts import Draft
from storage.engine import Database
from storage.ledger.inbox import InboundEvent, InboxEntry
from tests.dispatch.conftest import BEN, PLACE, QUICK, Bench, Edit, FacilitatorsOnly, Press

ADA = Ref("local", "w", "ada")


def said(outcome: Outcome) -> str:
    assert isinstance(outcome, Said | Consider), outcome
    return outcome.card.as_text()


async def test_a_command_without_a_form_acts_and_answers(bench: Bench) -> None:
    outcome = await bench.of(bench.command("do now hello there"))
    assert said(outcome) == "Noted: hello there"
    assert isinstance(outcome, Said)
    assert not outcome.private
    assert await bench.notes() == ["hello there"]
    assert bench.acknowledged == 0  # the outcome itself is the acknowledgement


async def test_a_command_with_a_form_opens_it_with_what_was_typed(bench: Bench) -> None:
    outcome = await bench.of(bench.command("note milk"))
    assert isinstance(outcome, Ask)
    assert outcome.view.values == {"text": "milk"}
    assert outcome.view.origin == "/note"
    assert await bench.notes() == []


async def test_text_that_is_too_long_is_said_when_the_form_opens(bench: Bench) -> None:
    outcome = await bench.of(bench.command("note " + "x" * 20_000))
    assert isinstance(outcome, Ask)
    assert outcome.view.values["text"] == "x" * 20_000
    assert outcome.view.errors == {"text": "At most 20 characters, please; this has 20,000."}


async def test_a_form_is_checked_before_anything_happens(bench: Bench) -> None:
    assert await bench.of(bench.submit("/note", text="   ")) == Wrong({"text": "Please fill this in."})
    assert bench.tried.started == 0


async def test_what_the_handler_refuses_stands_beside_its_field_and_leaves_no_trace(bench: Bench) -> None:
    event = bench.submit("/note", text="refuse")
    assert await bench.of(event) == Wrong({"text": "Not like this."})
    assert await bench.notes() == []
    # The form is still open: the same draft can be sent again.
    assert said(await bench.of(bench.submit("/note", draft=event.draft, text="better"))) == "Noted: better"


async def test_a_button_with_a_form_gives_the_handler_both(bench: Bench) -> None:
    opened = await bench.of(bench.click(Edit(number=7)))
    assert isinstance(opened, Ask)
    assert said(await bench.of(bench.submit(opened.view.origin, text="seven"))) == "Noted: seven 7"


async def test_an_unknown_command_and_a_bare_group_and_an_old_button_are_answered(bench: Bench) -> None:
    assert "I don't know /nosuch" in said(await bench.of(bench.command("nosuch thing")))
    assert "I don't know /" in said(await bench.of(bench.command("")))
    assert "/do now" in said(await bench.of(bench.command("do")))
    assert "/do this" not in said(await bench.of(bench.command("do")))  # that one is for facilitators
    assert "/do this" in said(await bench.of(bench.command("do", who=ADA)))
    for packed in ("gone.away|1", "try.press|x", "try.press|1|2|3", "", "|||"):
        assert "no longer does anything" in said(await bench.of(Click(f"old {packed}", BEN, PLACE, packed)))


@pytest.mark.parametrize("origin", ["/nosuch", "/do now", "gone.away|1", ""])
async def test_a_form_of_something_that_is_gone_is_answered(bench: Bench, origin: str) -> None:
    outcome = await bench.of(Submit("k", BEN, PLACE, origin, "d", {"text": "x"}))
    assert isinstance(outcome, Wrong)
    assert outcome.errors[""]


async def test_roles_are_checked_on_commands_clicks_and_groups(bench: Bench) -> None:
    assert "This is for facilitators" in said(await bench.of(bench.command("do this now")))
    assert "This is for facilitators" in said(await bench.of(bench.click(FacilitatorsOnly())))
    assert await bench.notes() == []
    assert said(await bench.of(bench.command("do this now", who=ADA))) == "Noted: now"


async def test_somebody_from_a_workspace_nobody_set_up_is_told_so(bench: Bench) -> None:
    stranger = Ref("local", "elsewhere", "zoe")
    assert "not set up yet" in said(await bench.of(bench.command("do now x", who=stranger)))


async def test_a_new_person_becomes_known_by_what_they_do(bench: Bench) -> None:
    newcomer = Ref("local", "w", "new")
    assert said(await bench.of(bench.command("do count", who=newcomer))) == "0"
    assert isinstance(await bench.of(bench.command("note x", who=Ref("local", "w", "newer"))), Ask)


async def test_the_same_event_twice_acts_once(bench: Bench) -> None:
    event = bench.command("do now once")
    assert said(await bench.of(event)) == "Noted: once"
    assert await bench.of(event) == Done()
    assert await bench.notes() == ["once"]


async def test_a_form_sent_twice_at_once_acts_once(bench: Bench) -> None:
    first, second = (bench.submit("/note", draft="same", text="twice") for _ in range(2))
    outcomes = await asyncio.gather(bench.of(first), bench.of(second))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Done", "Said"]
    assert await bench.notes() == ["twice"]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What the program writes to its log during this test."""
    logs.set_up("json")
    yield lambda: capsys.readouterr().err
    logs.set_up()


async def test_a_failure_leaves_no_trace_and_its_reference_is_in_the_log(bench: Bench, log: Callable[[], str]) -> None:
    event = bench.command("do now fail")
    told = said(await bench.of(event))
    reference = re.search(r"R-\w{8}", told)
    assert reference, told
    assert "Nothing is lost" in told
    logged = log()
    assert reference.group() in logged
    assert "a fault of ours" in logged
    assert await bench.notes() == []
    async with bench.database.read() as db:
        known = select(func.count()).select_from(InboundEvent).where(InboundEvent.key == event.key)
        assert await db.scalar(known) == 0


async def test_a_form_that_fails_stays_open_with_everything_in_it(bench: Bench) -> None:
    outcome = await bench.of(bench.submit("/note", text="fail"))
    assert isinstance(outcome, Wrong)
    assert re.search(r"nothing is lost.*R-\w{8}", outcome.errors[""])


async def test_prepare_runs_before_the_transaction_and_its_result_is_given(bench: Bench) -> None:
    assert said(await bench.of(bench.submit("/shout", text="hello"))) == "Noted: HELLO"


# The acknowledge rule


async def start_slow(bench: Bench, event: object) -> asyncio.Task[Outcome]:
    """Dispatch something slow and return once it was acknowledged early."""
    bench.tried.gate.clear()
    task = asyncio.create_task(bench.of(event))
    async with asyncio.timeout(5):
        while not bench.acknowledged:
            await asyncio.sleep(0.01)
    return task


async def inbox_keys(bench: Bench) -> list[str]:
    async with bench.database.read() as db:
        return list(await db.scalars(select(InboxEntry.key)))


class SlowToBegin:
    """A database whose transactions wait for a gate before they begin."""

    def __init__(self, database: Database, gate: asyncio.Event) -> None:
        self.read, self._write, self._gate = database.read, database.write, gate

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        await self._gate.wait()
        async with self._write() as session:
            yield session


class TestSlow:
    @pytest.fixture(autouse=True)
    def _handler_may_be_slow(self, bench: Bench) -> None:
        # SQLite has one writer: a handler that held it would hold the inbox, too. There the slow part comes before.
        if bench.database.is_sqlite:
            bench.dispatch._database = SlowToBegin(bench.database, bench.tried.gate)  # type: ignore[assignment]

    async def test_what_takes_long_is_stored_before_it_is_acknowledged_and_forgotten_when_done(
        self, bench: Bench
    ) -> None:
        event = bench.command("do now slowly")
        task = await start_slow(bench, event)
        assert await inbox_keys(bench) == [event.key]
        bench.tried.gate.set()
        assert said(await task) == "Noted: slowly"
        assert await inbox_keys(bench) == []
        assert bench.acknowledged == 1

    async def test_a_form_refused_after_its_acknowledgement_is_kept_as_a_draft(self, bench: Bench) -> None:
        for text, words in (("refuse", "Not like this."), ("fail", "nothing is lost")):
            bench.acknowledged = 0
            task = await start_slow(bench, bench.submit("/note", text=text))
            bench.tried.gate.set()
            outcome = await task
            assert words in said(outcome)
            assert isinstance(outcome, Consider)
            button = outcome.card.buttons[0]
            assert isinstance(button, Button)
            reopened = await bench.of(bench.click(button.action))
            assert isinstance(reopened, Ask)
            assert reopened.view.values == {"text": text}
            assert said(await bench.of(bench.submit("/note", draft=reopened.view.draft, text="well"))) == "Noted: well"
            assert "This draft is gone" in said(await bench.of(bench.click(button.action)))
        async with bench.database.read() as db:
            assert await db.scalar(select(func.count()).select_from(Draft)) == 0


async def test_somebody_elses_draft_cannot_be_opened(bench: Bench) -> None:
    async with bench.database.write() as db:
        await drafts.put(db, "mine", 1, "/note", PLACE, {"text": "secret"}, bench.dispatch.clock.now())
    async with bench.database.read() as db:
        owner = await db.get_one(Draft, "mine")
    assert owner.member_id == 1  # Ada's
    assert "This draft is gone" in said(await bench.of(bench.click(Resume(draft="mine"))))
    assert isinstance(await bench.of(bench.click(Resume(draft="mine"), who=ADA)), Ask)


async def test_a_prefill_that_misses_its_deadline_never_opens_an_empty_form(bench: Bench) -> None:
    bench.tried.prefill_waits.clear()
    assert "couldn't open the form in time" in said(await bench.of(bench.command("note")))


# How much at once


async def test_too_many_at_once_are_told_to_come_back(bench: Bench) -> None:
    bench.tried.gate.clear()
    running = [asyncio.create_task(bench.of(bench.command(f"do now {n}"))) for n in range(QUICK.in_flight)]
    async with asyncio.timeout(5):
        while bench.tried.started == 0:
            await asyncio.sleep(0.01)
    assert "I'm busy just now" in said(await bench.of(bench.command("do now x")))
    busy = await bench.of(bench.submit("/note", text="kept in the form"))
    assert isinstance(busy, Wrong)
    bench.tried.gate.set()
    await asyncio.gather(*running)
    assert said(await bench.of(bench.command("do now y"))) == "Noted: y"


class TestOnePersonOnly:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(burst_per_person=3, per_person_per_second=0.0)

    async def test_one_person_in_a_hurry_does_not_stop_the_others(self, bench: Bench) -> None:
        for number in range(3):
            assert "Noted" in said(await bench.of(bench.click(Press(number=number))))
        assert "a lot at once" in said(await bench.of(bench.click(Press(number=4))))
        assert "Noted" in said(await bench.of(bench.click(Press(number=5), who=ADA)))
