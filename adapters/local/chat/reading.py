"""What each person has read of each place, and how much there is that they have not."""

from __future__ import annotations

import aiosqlite

MOST = 100  # nobody counts further: it is shown as 99+


async def mark(db: aiosqlite.Connection, person: str, place: str) -> int:
    """The last message of the place that they have read; 0 when they were never there."""
    query = "SELECT upto FROM reading WHERE person = ? AND place = ?"
    return next((int(row["upto"]) for row in await db.execute_fetchall(query, (person, place))), 0)


async def read(db: aiosqlite.Connection, person: str, place: str) -> bool:
    """They have read all that stands in the place now. Returns whether some of it was new to them."""
    rows = list(await db.execute_fetchall("SELECT MAX(id) AS newest FROM message WHERE place = ?", (place,)))
    newest = rows[0]["newest"] or 0
    if newest <= await mark(db, person, place):
        return False
    await db.execute(
        "INSERT INTO reading VALUES (?, ?, ?) ON CONFLICT (person, place) DO UPDATE SET upto = excluded.upto",
        (person, place, newest),
    )
    return True


async def unread(db: aiosqlite.Connection, person: str, place: str) -> int:
    """How many messages of others there are that they have not read; MOST for that many and more."""
    upto = await mark(db, person, place)
    rows = await db.execute_fetchall(
        "SELECT COUNT(*) AS count FROM (SELECT 1 FROM message WHERE place = ? AND id > ? AND author <> ?"
        " AND (only_for IS NULL OR only_for = ?) AND NOT deleted LIMIT ?)",
        (place, upto, person, person, MOST),
    )
    return int(next(iter(rows))["count"])
