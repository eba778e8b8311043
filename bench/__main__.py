"""python -m bench: how fast Rounds is, as ratios to what the same statements take without it. About two minutes."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from statistics import median

from bench import asking
from bench.databases import Server, servers
from bench.figures import flat, machine, p95, ratio, table


async def measure_asking(server: Server, filled: str) -> list[str]:
    recorded = await asking.recordings(server.copy(filled))
    pair = await asking.one_at_a_time(server, server.copy(filled), server.copy(filled), recorded, 8)
    o, b = flat(pair.ours), flat(pair.bare)
    counts = [len(r.statements) for r in recorded]
    return [
        server.name,
        f"{median(counts):.0f}",
        f"{median(o):.1f}",
        f"{p95(o):.1f}",
        f"{median(b):.1f}",
        f"{p95(b):.1f}",
        ratio(pair.ratios()),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="rounds-bench-") as folder, servers(Path(folder)) as both:
        print(machine(both[1].address(both[1]._admin)))
        rows = []
        for server in both:
            filled = server.filled(asking.QUESTIONS)
            rows.append(asyncio.run(measure_asking(server, filled)))
        table(["", "statements", "ours", "p95", "bare", "p95", "ratio"], rows)


main()
