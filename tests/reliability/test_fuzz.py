"""Hostile requests to every route and of every kind: nothing fails, hangs, echoes, or shows what is not for its sender.

``make bench-fuzz`` makes a hundred thousand of them, on both databases.
"""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bench.fuzz import fuzz
from bench.fuzzing.hostile import EVERYONE, MENTION, SCRIPT
from bench.fuzzing.watch import SECRET, Watch
from bench.fuzzing.web import Unaddressable, routes_of

REQUESTS = 2000
BUSY = 30.0  # seconds: other tests run meanwhile, so how long an answer takes says little
# What is cheapest to answer makes up for most, so that there are many; each kind comes up all the same.
SHARES = {"web": 76, "socket": 8, "slack": 10, "discord": 6}


async def test_hostile_requests_do_no_harm(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "rounds.db"
    shutil.copyfile(sqlite_template, path)
    told = await fuzz(f"sqlite:///{path}", tmp_path, seed=1, requests=REQUESTS, shares=SHARES, longest=BUSY)
    assert [f"{one.what}: {one.request}" for one in told.watch.findings.values()] == []
    assert told.watch.sent.total() > REQUESTS


async def test_a_route_that_cannot_be_asked_is_no_route_left_out() -> None:
    async def nothing(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_get("/new/{person}/{number:[0-9]+}", nothing)
    assert [one.path for one in routes_of("app", app)] == ["/new/{person}/{number}"] * 2  # with HEAD
    app.router.add_get("/hidden/{code:[a-f]{7}-[q]}", nothing)
    with pytest.raises(Unaddressable):
        routes_of("app", app)


def _found(look: Callable[[Watch], None]) -> list[str]:
    watch = Watch()
    look(watch)
    return list(watch.findings)


def _small_print(text: str) -> dict[str, Any]:
    return {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}]}


def test_what_must_not_happen_is_seen_when_it_does() -> None:
    assert _found(lambda watch: watch.page(f"<p>{SCRIPT}</p>", "text/html; charset=utf-8"))
    assert _found(lambda watch: watch.slack(_small_print(f"for {MENTION}")))
    assert _found(lambda watch: watch.slack({"text": "<@UFUZZED>"}))
    assert _found(lambda watch: watch.discord({"type": 4, "data": {"content": EVERYONE}}))
    assert _found(lambda watch: watch.discord({"content": EVERYONE, "allowed_mentions": {"parse": ["everyone"]}}))
    assert _found(lambda watch: watch.secret(f"about {SECRET}"))
    assert _found(lambda watch: watch.ends(3.1))
    assert _found(lambda watch: watch.ends(0.1, status=500))


def test_what_may_happen_is_none_of_it() -> None:
    assert not _found(lambda watch: watch.page(html.escape(SCRIPT), "text/html"))
    assert not _found(lambda watch: watch.page(SCRIPT, "application/json"))
    assert not _found(lambda watch: watch.slack(_small_print(html.escape(MENTION))))
    assert not _found(lambda watch: watch.slack({"blocks": [{"type": "rich_text", "elements": [_rich(MENTION)]}]}))
    assert not _found(lambda watch: watch.discord({"content": EVERYONE, "allowed_mentions": {"parse": []}}))
    assert not _found(lambda watch: watch.ends(2.9, status=404))


def _rich(text: str) -> dict[str, Any]:
    """Slack reads no markup in it."""
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
