"""The whole program with the trial ritual, as a process that tests may kill: python -m tests.reliability.bot --help."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import bot.rituals.deliveries
from adapters.local.app import LocalPlatform
from bot import logs
from bot.core.ports import Dispatch, Outgoing, Platform, Suggest
from bot.core.registry import Registry
from bot.limits import Limits
from bot.wiring import Rounds
from schedules.relay import Timing
from storage.engine import Database
from tests.reliability.trial import Hold, trial

LEASE, SEND = 1.5, 0.5
TIMING = Timing(lease=LEASE, send=SEND, settled=0.05, poll=0.1, redraw_pause=0.0)
LIMITS = Limits(acknowledge_within=0.3, burst_per_person=1000)


def tell(what: str) -> None:
    print(what, flush=True)


class HeldPlatform(LocalPlatform):
    """The platform, which can be held when a message has arrived and nobody has written that down yet."""

    hold: Hold

    async def send(self, message: Outgoing) -> str:
        remote = await super().send(message)
        await self.hold.at(f"sent {message.card.as_text().strip('.')}")
        return remote


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.bot")
    parser.add_argument("--database", required=True)
    parser.add_argument("--chat", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--folder", type=Path, required=True, help="for backups")
    parser.add_argument("--hold", type=Path, help="a folder of files named drawing-7, sent-note-7, preparing-7")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    hold = Hold(arguments.hold, tell)

    def connect(dispatch: Dispatch, registry: Registry, suggest: Suggest) -> Platform:
        platform = HeldPlatform(arguments.chat, arguments.token, dispatch, registry)
        platform.hold = hold
        return platform

    rounds = Rounds(
        Database(arguments.database),
        [connect],
        registry=Registry([trial(hold), bot.rituals.deliveries.ritual]),
        timing=TIMING,
        limits=LIMITS,
        backups=arguments.folder / "backups",
    )
    await rounds.start()
    tell("ready")
    await over.wait()
    await rounds.stop()


if __name__ == "__main__":
    logs.set_up()
    sys.exit(asyncio.run(_run(_arguments())))
