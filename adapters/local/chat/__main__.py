"""Run the service alone: python -m adapters.local.chat --database FILE --bot-token TOKEN."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import structlog

from adapters.local.chat.service import ChatService
from adapters.local.sample import EMPTY, SAMPLE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m adapters.local.chat", description="A pretend chat service.")
    parser.add_argument("--database", type=Path, required=True, help="its SQLite file; made when it is not there")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; without it, a free one")
    parser.add_argument("--bot-token", required=True, help="what bots must show")
    parser.add_argument("--empty", action="store_true", help="begin with one person and one place, not the sample")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the address
    over = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, over.set)
    beginning = EMPTY if arguments.empty else SAMPLE
    service = ChatService(arguments.database, arguments.bot_token, beginning=beginning)
    sys.stdout.write(await service.start(arguments.port) + "\n")
    sys.stdout.flush()
    await over.wait()
    await service.stop()


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
