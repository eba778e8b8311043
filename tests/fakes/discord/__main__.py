"""The fake as a process of its own: prints its addresses and token as one line of JSON, then serves until it is ended."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal

from tests.fakes.discord import limits
from tests.fakes.discord.server import TOKEN, FakeDiscord


async def serve(given: argparse.Namespace) -> None:
    fake = FakeDiscord(
        token=given.token,
        respond_within=given.respond_within,
        requests_a_second=given.requests_a_second or None,
        heartbeat=given.heartbeat,
    )
    for name in given.place:
        fake.people.add_place(name)
    for name in given.person:
        fake.people.add_person(name, f"Sample: {name.title()}")
    url = await fake.start(given.port)
    told = {"url": url, "api_base": fake.api_base, "gateway": fake.gateway_url, "token": fake.token}
    print(json.dumps(told), flush=True)
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()
    await fake.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--respond-within", type=float, default=limits.FIRST_RESPONSE_SECONDS)
    parser.add_argument("--requests-a-second", type=int, default=limits.REQUESTS_A_SECOND, help="0 for no limit")
    parser.add_argument("--heartbeat", type=float, default=limits.HEARTBEAT_SECONDS)
    parser.add_argument("--place", action="append", default=[], help="a text channel; more places over /fake/")
    parser.add_argument("--person", action="append", default=[], help="a short name; more people over /fake/")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
