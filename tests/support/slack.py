"""The same world on Slack: the real Bolt against a strict local Slack, over sockets or over signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from adapters.slack.app import SlackPlatform
from adapters.slack.install import INSTALL_PATH, REDIRECT_PATH
from adapters.slack.manifest import EVENTS_PATH, manifest
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import Watch
from adapters.web.server import public_app, serve
from bot.core.clock import MovableClock
from bot.core.inside import Inside
from bot.core.ports import Route
from bot.core.registry import Registry
from bot.limits import Limits
from bot.wiring import Rounds
from schedules.relay import Timing
from storage.engine import Database
from tests.fakes.slack import FakeSlack, SlackApi, SlackPerson
from tests.support.world import BRISK, GENEROUS, RITUALS, WEDNESDAY, World

WATCHFUL = Watch(ping=0.5, every=0.1, patience=1.0)


class SlackWorld(World):
    """``public``: the address of the public web server; ``keys``: what tokens are encrypted with after a restart."""

    public: str
    keys: list[str]


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
    granted_before: bool = False,
    keys: Sequence[str] = (),
    prepare: Callable[[FakeSlack], object] | None = None,
    **settings: object,
) -> AsyncIterator[SlackWorld]:
    """``granted_before``: Slack sends what is said, whether it is wanted (``history``) or not. ``prepare`` is called before the
    program starts; ``settings`` are Slack's.
    """
    clock = MovableClock(frozen_at=WEDNESDAY)
    rituals = registry or RITUALS
    async with FakeSlack(clock=clock.now) as slack, SlackApi(slack.url) as api:
        running: list[SlackPlatform] = []
        in_use = list(keys)

        def connect(inside: Inside) -> SlackPlatform:
            platform = SlackPlatform(slack_settings(slack, http=http, history=history, **settings), inside)
            platform.pace = 0.0
            running[:] = [platform]
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
                keys=in_use,
            )

        world = SlackWorld(
            begin, clock, slack, api, partial(SlackPerson, api), lambda place, person: _ids(place, person)
        )
        runner = await serve(public_app(world.rounds.healthy, _routes(running)), "127.0.0.1", 0)
        world.keys = in_use
        world.public = f"http://127.0.0.1:{runner.addresses[0][1]}"
        prefix = str(settings.get("command_prefix", ""))
        slack.install(
            manifest(rituals, prefix=prefix, history=history or granted_before, url=world.public if http else "")
        )
        if http:
            slack.app.events_url = f"{world.public}{EVENTS_PATH}"
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


def _routes(running: list[SlackPlatform]) -> list[Route]:
    """Those of the platform that runs at the moment: the web server outlives a restart of the program."""

    def to(method: str, path: str) -> Callable[[Any], Any]:
        return lambda request: next(
            answer(request) for offered, at, answer in running[0].routes() if (offered, at) == (method, path)
        )

    paths = [("POST", EVENTS_PATH), ("GET", INSTALL_PATH), ("GET", REDIRECT_PATH)]
    return [(method, path, to(method, path)) for method, path in paths]


def _ids(place: str, person: str) -> tuple[str, str]:
    """The local Slack makes its ids of names."""
    return "C" + place.replace("-", "").upper(), "U" + person.upper()
