"""Where the time of /ask goes: the stack is looked at a thousand times a second, and counted by room.

cProfile cannot do this: it loses its place whenever SQLAlchemy switches between greenlets, and slows small functions most.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import greenlet  # type: ignore[import-untyped]

from bench.asking import Asker
from bench.figures import table

EVERY = 0.001  # seconds
ASKS = 300
ROOT = str(Path(__file__).parent.parent) + "/"
# Part of a file's path → its room; the first that fits. What the standard library does counts for whoever called it.
ROOMS = {
    "/selectors.py": "waiting for the database",
    "/storage/search/analyser.py": "search: analyser",
    "/snowballstemmer/": "search: analyser",
    "/storage/search/": "search: ranking",
    f"{ROOT}storage/": "storage",
    f"{ROOT}bot/dispatch.py": "bot.dispatch",
    f"{ROOT}bot/services/": "bot.services",
    f"{ROOT}bot/rituals/": "bot.rituals",
    f"{ROOT}bot/": "bot.core, bot.routing",
    "/sqlalchemy/sql/": "SQLAlchemy: building and compiling statements",
    "/sqlalchemy/orm/": "SQLAlchemy: ORM",
    "/sqlalchemy/": "SQLAlchemy: engine and asyncio",
    "/aiosqlite/": "driver",
    "/psycopg": "driver",
    "/asyncio/": "event loop",
}


class Sampler:
    def __init__(self) -> None:
        self.rooms: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()

    def look(self, _signal: int, frame: FrameType | None) -> None:
        stack = list(_stack(frame))
        rooms = (room for it in stack for part, room in ROOMS.items() if part in it.f_code.co_filename)
        self.rooms[next(rooms, "bench")] += 1
        ours = {
            f"{it.f_code.co_filename.removeprefix(ROOT)}: {it.f_code.co_qualname}"
            for it in stack
            if it.f_code.co_filename.startswith((f"{ROOT}bot/", f"{ROOT}storage/"))
        }
        self.functions.update(ours)


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    """From the innermost frame outwards, also from a greenlet to the one that waits for it."""
    waiting = greenlet.getcurrent().parent
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and waiting is not None:
            frame, waiting = waiting.gr_frame, waiting.parent


async def show(name: str, url: str) -> None:
    asker, sampler = Asker(url), Sampler()
    for which in range(40):  # warm
        await asker.ask(which)
    before = signal.signal(signal.SIGALRM, sampler.look)
    signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
    for which in range(ASKS):
        await asker.ask(which)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    await asker.database.close()
    total = sampler.rooms.total()
    print(f"/ask on {name}: {total:,} looks\n")
    table(("room", "share"), [(room, f"{count / total:.0%}") for room, count in sampler.rooms.most_common()])
    table(
        ("within (with all it calls)", "share"),
        [(function, f"{count / total:.0%}") for function, count in sampler.functions.most_common(25)],
    )
