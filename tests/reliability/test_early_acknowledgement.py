"""Killed between an early acknowledgement and the commit: neither platform sends it again, so it must be done from the inbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from storage.engine import Database
from storage.ledger.inbox import InboxEntry
from tests.reliability.processes import Ground, until


async def in_the_inbox(database: Database) -> int:
    async with database.read() as db:
        typed = InboxEntry.payload.contains(
            '"kind":"command"'
        )  # on a slow machine a report of the directory may wait, too
        return await db.scalar(select(func.count()).select_from(InboxEntry).where(typed)) or 0


@asynccontextmanager
async def looking_into(field: Ground) -> AsyncIterator[Database]:
    database = Database(field.database)
    yield database
    await database.close()


async def is_done_once_and_forgotten(field: Ground, number: int) -> None:
    """By a new process, from what the dead one had left behind."""
    ada = field.person("ada")
    async with looking_into(field) as database:
        assert await in_the_inbox(database) == 1
        assert await field.notes() == []
        bot = await field.bot()
        await ada.sees(f"Noted: {number}.")  # the answer, late
        await ada.sees(f"note {number}.")
        assert await in_the_inbox(database) == 0
        again = (await field.bots(1))[0] if not database.is_sqlite else None
        await bot.stop()
        if again is not None:  # another start finds nothing left to do
            await again.stop()
    assert [one.text for one in await field.notes()] == [f"note {number}."]


async def test_killed_while_it_prepares(field: Ground, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.mkdir()
    (hold / "preparing-7").touch()
    bot = await field.bot(hold)
    result = await field.person("ada").types("/think 7")
    assert result["answered"] is True
    assert result["answer"] is None  # early
    await bot.kill()
    await is_done_once_and_forgotten(field, 7)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_killed_in_its_transaction(field: Ground) -> None:
    address = make_url(field.database).set(drivername="postgresql").render_as_string(hide_password=False)
    bot = await field.bot()
    with psycopg.connect(address) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(7)")
        result = await field.person("ada").types("/wait 7")
        assert (result["answered"], result["answer"]) == (True, None)
        await bot.kill()
    await is_done_once_and_forgotten(field, 7)


async def test_what_is_done_is_answered_and_leaves_nothing(field: Ground, tmp_path: Path) -> None:
    """The same without a death."""
    hold = tmp_path / "hold"
    hold.mkdir()
    (hold / "preparing-7").touch()
    bot = await field.bot(hold)
    ada = field.person("ada")
    assert (await ada.types("/think 7"))["answer"] is None
    async with looking_into(field) as database:
        assert await in_the_inbox(database) == 1
        (hold / "preparing-7").unlink()
        await ada.sees("Noted: 7.")

        async def empty() -> bool:
            return await in_the_inbox(database) == 0

        await until("the inbox is empty", empty)
    await ada.sees("note 7.")
    await bot.stop()
