"""The fake as a program of its own: ``python -m tests.fakes.slack --port 8090``. Prints one line of JSON, then serves."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from pathlib import Path

from tests.fakes.slack.server import FakeSlack


async def serve(options: argparse.Namespace) -> None:
    slack = FakeSlack(
        port=options.port,
        events_url=options.events_url,
        limits=options.limits,
        speed=options.speed,
        ack_seconds=options.ack_seconds,
        retry_factor=options.retry_factor,
        sample=not options.empty,
    )
    if options.manifest:
        slack.install(json.loads(Path(options.manifest).read_text()))
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with slack:
        app = slack.app
        told = {"url": slack.url, "api_url": slack.api_url, "team": slack.team.id, "bot_token": slack.token}
        told |= {"app_token": app.app_token, "signing_secret": app.signing_secret}
        told |= {"client_id": app.client_id, "client_secret": app.client_secret}
        print(json.dumps(told), flush=True)
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A strict Slack on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--events-url", default="", help="send payloads there; without it, Socket Mode")
    parser.add_argument("--manifest", default="", help="a JSON file: commands, scopes and events that count")
    parser.add_argument("--limits", choices=("off", "tiers"), default="off")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster rate limits refill")
    parser.add_argument("--ack-seconds", type=float, default=3.0)
    parser.add_argument("--retry-factor", type=float, default=0.001, help="1: events are retried as late as in life")
    parser.add_argument("--empty", action="store_true", help="without the sample people and channels")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
