"""The whole program with the trial ritual, as processes that tests may kill: python -m tests.reliability.bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import structlog

import bot.rituals.deliveries
from adapters.local.app import LocalPlatform
from bot import logs
from bot.core.inside import Inside
from bot.core.ports import Outgoing, Platform, RateLimited
from bot.core.registry import Registry
from bot.limits import Limits
from bot.wiring import Rounds
from schedules.relay import Relay, Timing
from storage.engine import Database
from storage.ledger.deliveries import Delivery
from tests.reliability.trial import Hold, trial

log = structlog.get_logger("trial")
LEASE, SEND = 1.5, 0.5
TIMING = Timing(lease=LEASE, send=SEND, settled=0.05, poll=0.1, redraw_pause=0.0)
LIMITS = Limits(acknowledge_within=0.3, burst_per_person=1000)


def tell(what: str) -> None:
    """One line to whoever started us; one write, so that processes do not break into each other's."""
    os.write(1, f"{os.getpid()} {what}\n".encode())


class TalkativePlatform(LocalPlatform):
    async def send(self, message: Outgoing) -> str:
        try:
            return await super().send(message)
        except RateLimited:
            log.info("too busy")
            raise


def hold_relay(relay: Relay, hold: Hold) -> None:
    """Let it be held when a message has arrived and that is not written down yet."""
    settle = relay._sent

    async def held(delivery: Delivery, *more: Any, **named: Any) -> None:
        await hold.at(f"settling {delivery.subject}")
        await settle(delivery, *more, **named)

    relay._sent = held  # type: ignore[method-assign]


async def _run(database: str, chat: str, token: str, folder: str, hold_at: str) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    hold = Hold(Path(hold_at) if hold_at else None, tell)

    def connect(inside: Inside) -> Platform:
        return TalkativePlatform(chat, token, inside.dispatch, inside.registry)

    rounds = Rounds(
        Database(database),
        [connect],
        registry=Registry([trial(hold), bot.rituals.deliveries.ritual]),
        timing=TIMING,
        limits=LIMITS,
        backups=Path(folder),
    )
    hold_relay(rounds.relay, hold)
    await rounds.start()
    tell("ready")
    await over.wait()
    await rounds.stop()
    tell("stopped")


def main() -> None:
    """One process for each line that is read, which holds what _run takes as JSON.

    They are forked from this one, which has imported everything and does nothing else: a new process costs a few
    milliseconds so, and may be killed like any other.
    """
    logs.set_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    begun = []
    for line in sys.stdin:
        begun.append(os.fork())
        if begun[-1] == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            tell("began")
            asyncio.run(_run(**json.loads(line)))
            os._exit(0)
    for pid in begun:  # whoever started us is gone
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
