"""While a transaction is open nothing is waited for but the database: a slow network must not hold a lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.awaits import waiting_imports, waits

HERE = Path(__file__).parents[2]
RITUALS = sorted((HERE / "bot" / "rituals").rglob("*.py"))
ROUTING = sorted((HERE / "bot" / "routing").rglob("*.py"))
SERVICES = [HERE / "bot" / "services" / f"{name}.py" for name in ("effects", "identity", "gate", "links")]
NOT_IN_A_TRANSACTION = {
    "engine.py",
    "backup.py",
    "learning.py",
    "migrate.py",
    "reindex.py",
    "sqlite.py",
    "stock.py",
}  # they make transactions, use none of ours, or are what a transaction is made with
QUERIES = sorted(
    path
    for path in (HERE / "storage").rglob("*.py")
    if path.name not in NOT_IN_A_TRANSACTION and "migrations" not in path.parts
)


def named(path: Path) -> str:
    return str(path.relative_to(HERE))


@pytest.mark.parametrize("path", [*RITUALS, *ROUTING, *SERVICES, *QUERIES], ids=named)
def test_only_the_database_is_awaited(path: Path) -> None:
    assert waits(path.read_text(), named(path).removesuffix(".py").replace("/", ".")) == []


@pytest.mark.parametrize("path", [*RITUALS, *ROUTING, *QUERIES], ids=named)
def test_nothing_that_waits_is_imported(path: Path) -> None:
    assert waiting_imports(path.read_text()) == []


def test_there_is_something_to_look_at() -> None:
    names = {named(path) for path in [*RITUALS, *SERVICES, *QUERIES]}
    assert {"bot/rituals/questions/asking.py", "bot/services/effects.py", "storage/ledger/deliveries.py"} <= names
    awaits = sum(path.read_text().count("await ") for path in RITUALS)
    assert awaits > 50


# The checker itself: what it finds in a handler that was planted, and what it leaves alone.

HANDLER = """
import asyncio
from aiohttp import ClientSession
from bot.context import Context
from bot.core.text import plain
from bot.services import gate
from bot.services.links import links_to
from sqlalchemy.ext.asyncio import AsyncSession
from storage import members, questions as q
from storage.search.finding import find as look

async def fetch(form):
    async with ClientSession() as session:
        return await session.get(form.url)

@ritual.command("x", "X", role=Role.MEMBER, prepare=fetch)
async def handler(ctx: Context, text: str) -> None:
    {}

async def helper(ctx: Context) -> None: ...
"""


@pytest.mark.parametrize(
    "line",
    [
        "await ctx.db.scalar(select(1))",
        "row = (await ctx.db.execute(select(1))).one()",
        "await members.accounts(ctx.db, 1)",
        "await q.get(db=ctx.db, id=1)",
        "await look(ctx.db, text, ctx.viewer, ctx.now)",
        "await links_to(ctx.db, 'question', [1])",
        "await gate.decide(ctx.db, [], None, ctx.now)",
        "await helper(ctx)",
        "found = [await helper(ctx) for _ in range(3)]",
        "async with ctx.db.begin_nested(): ...",
        "async for row in await ctx.db.stream(select(1)): ...",
        "return None",
    ],
)
def test_the_checker_lets_the_database_pass(line: str) -> None:
    assert waits(HANDLER.format(line), "bot.rituals.planted") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("await asyncio.sleep(0)", "await asyncio.sleep(0)"),
        ("await session.get('https://example.org')", "await session.get('https://example.org')"),
        ("await task", "await task"),
        ("await ctx.prepared()", "await ctx.prepared()"),
        ("await ctx.db.bind.connect()", "await ctx.db.bind.connect()"),
        ("await members.accounts(1)", "await members.accounts(1)"),
        ("await asyncio.wait_for(ctx.db.scalar(x), 1)", "await asyncio.wait_for(ctx.db.scalar(x), 1)"),
        ("await plain(ctx)", "await plain(ctx)"),
        ("await fetch(text)", "await fetch(text)"),
        ("await given(ctx.db)", "await given(ctx.db)"),
        ("await (lambda db: wait())(ctx.db)", "await (lambda db: wait())(ctx.db)"),
        ("x = [y async for y in stream()]", "async for … in stream()"),
        ("async for y in stream(): ...", "async for … in stream()"),
        ("async with ClientSession() as session: ...", "async with ClientSession()"),
        ("db = session; await db.get('https://example.org')", "db is made something else"),
        ("ctx, y = session, 1", "ctx is made something else"),
        ("def inner(db: ClientSession) -> None: ...", "db is not a AsyncSession but ClientSession"),
    ],
)
def test_the_checker_finds_everything_else(line: str, problem: str) -> None:
    (found,) = waits(HANDLER.format(line), "bot.rituals.planted")
    assert found.split(": ", 1)[1] == problem


def test_the_checker_is_not_fooled_by_a_name() -> None:
    assert waits("import httpx as db\n", "bot.rituals.planted") == ["1: db is httpx"]


def test_only_what_is_prepared_may_wait() -> None:
    without = HANDLER.replace(", prepare=fetch", "").format("return None")
    assert [problem.split(": ", 1)[1] for problem in waits(without, "bot.rituals.planted")] == [
        "async with ClientSession()",
        "await session.get(form.url)",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import asyncio", ["1: import asyncio"]),
        ("import urllib.request", ["1: import urllib.request"]),
        ("from urllib import request", ["1: import urllib.request"]),
        ("from time import sleep", ["1: import time.sleep"]),
        ("def f():\n    import socket as s", ["2: import socket"]),
        ("from aiohttp.client import ClientSession", ["1: import aiohttp.client"]),
        ("words = open('/etc/passwd').read()", ["1: open()"]),
        ("from urllib.parse import urlsplit", []),
        ("from urllib import parse", []),
        ("from datetime import time", []),
        ("from bot.core import text", []),
    ],
)
def test_the_checker_knows_what_waits_without_await(line: str, found: list[str]) -> None:
    assert waiting_imports(line) == found
