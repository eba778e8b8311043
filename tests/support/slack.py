"""The same world on Slack: the real Bolt against a strict local Slack, over sockets or over signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import bot.rituals
from adapters.slack.app import SlackPlatform
from adapters.slack.manifest import manifest
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import Watch
from adapters.web.server import public_app, serve
from bot.core.clock import MovableClock
from bot.core.inside import Inside
from bot.core.registry import Registry, scan
from bot.limits import Limits
from bot.wiring import Rounds
from schedules.relay import Timing
from storage.engine import Database
from tests.fakes.slack import FakeSlack, SlackApi, SlackPerson
from tests.support.world import BRISK, GENEROUS, WEDNESDAY, World

WATCHFUL = Watch(ping=0.5, every=0.1, patience=1.0)


def slack_settings(slack: FakeSlack, *, http: bool, **more: object) -> SlackSettings:
    app_token = "" if http else slack.app.app_token
    given = {"bot_token": slack.token, "app_token": app_token, "api_url": slack.api_url, "watch": WATCHFUL, **more}
    return SlackSettings(signing_secret=slack.app.signing_secret, **given)  # type: ignore[arg-type]


@asynccontextmanager
async def slack_world(
    database_url: str,
    folder: Path,
    *,
    http: bool = False,
    registry: Registry | None = None,
    limits: Limits = GENEROUS,
    timing: Timing = BRISK,
    history: bool = True,
    prepare: Callable[[FakeSlack], object] | None = None,
    **settings: object,
) -> AsyncIterator[World]:
    """``prepare`` is called before the program starts; ``settings`` are Slack's."""
    clock = MovableClock(frozen_at=WEDNESDAY)
    rituals = registry or scan(bot.rituals)
    async with FakeSlack(clock=clock.now) as slack, SlackApi(slack.url) as api:
        web: list[SlackPlatform] = []

        def connect(inside: Inside) -> SlackPlatform:
            platform = SlackPlatform(slack_settings(slack, http=http, **settings), inside)
            platform.pace = 0.0
            web[:] = [platform]
            return platform

        def begin() -> Rounds:
            return Rounds(
                Database(database_url),
                [connect],
                clock=clock,
                registry=rituals,
                limits=limits,
                timing=timing,
                backups=folder / "backups",
            )

        world = World(begin, clock, slack, api, partial(SlackPerson, api), lambda place, person: _ids(place, person))
        runner = await serve(
            public_app(world.rounds.healthy, [("POST", "/slack/events", lambda request: web[0]._request(request))]),
            "127.0.0.1",
            0,
        )
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        prefix = str(settings.get("command_prefix", ""))
        slack.install(manifest(rituals, prefix=prefix, history=history, url=address if http else ""))
        if http:
            slack.app.events_url = f"{address}/slack/events"
        if prepare is not None:
            prepare(slack)
        await world.rounds.start()
        await world.settles()
        try:
            yield world
        finally:
            await world.rounds.stop()
            await runner.cleanup()
        assert slack.violations == []


def _ids(place: str, person: str) -> tuple[str, str]:
    """The local Slack makes its ids of names."""
    return "C" + place.replace("-", "").upper(), "U" + person.upper()
