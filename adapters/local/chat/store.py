"""The service's own SQLite database: one file, one connection, one transaction at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

SCHEMA = """
CREATE TABLE IF NOT EXISTS person (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, zone TEXT NOT NULL,
    guest INTEGER NOT NULL, active INTEGER NOT NULL, admin INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS place (
    id TEXT PRIMARY KEY, name TEXT NOT NULL,
    closed INTEGER NOT NULL, archived INTEGER NOT NULL, forum INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS member (
    place TEXT NOT NULL REFERENCES place, person TEXT NOT NULL REFERENCES person, PRIMARY KEY (place, person)
);
-- place: a place's id, or "dm-" and a person's. only_for: the one person who sees a private reply.
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, place TEXT NOT NULL, thread INTEGER REFERENCES message,
    author TEXT NOT NULL, only_for TEXT, text TEXT, card TEXT, delivery TEXT,
    created_ms INTEGER NOT NULL, edited INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS message_place ON message (place, thread, id);
CREATE INDEX IF NOT EXISTS message_thread ON message (thread, id);
CREATE INDEX IF NOT EXISTS message_newest ON message (place, id);
CREATE INDEX IF NOT EXISTS message_delivery ON message (delivery);
CREATE TABLE IF NOT EXISTS form (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, place TEXT NOT NULL, thread INTEGER,
    view TEXT NOT NULL, given TEXT NOT NULL, errors TEXT NOT NULL, opened_ms INTEGER NOT NULL,
    open INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS form_open ON form (person, place) WHERE open;
-- What a person did that the bot may answer: where the answer goes, how long and how often it may still come.
CREATE TABLE IF NOT EXISTS occasion (
    token TEXT PRIMARY KEY, person TEXT NOT NULL, place TEXT NOT NULL, thread INTEGER, form TEXT,
    expires_ms INTEGER NOT NULL, uses INTEGER NOT NULL
);
-- Events that the bot has not acknowledged.
CREATE TABLE IF NOT EXISTS envelope (id TEXT PRIMARY KEY, event TEXT NOT NULL, made_ms INTEGER NOT NULL);
-- What the bot offers; it says so again whenever it connects. fields: the titles of the form that a command opens.
CREATE TABLE IF NOT EXISTS offered (name TEXT PRIMARY KEY, summary TEXT NOT NULL, fields TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shortcut (name TEXT PRIMARY KEY);
-- The last message of a place that a person has read.
CREATE TABLE IF NOT EXISTS reading (
    person TEXT NOT NULL REFERENCES person, place TEXT NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY (person, place)
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = asyncio.Lock()
        self._db: aiosqlite.Connection | None = None

    async def open(self) -> None:
        # We begin and end transactions ourselves; sqlite3's own way opens them only before some statements.
        self._db = await aiosqlite.connect(self._path, isolation_level=None)
        self._db.row_factory = aiosqlite.Row
        await self._db.execute("PRAGMA journal_mode = WAL")
        await self._db.execute("PRAGMA synchronous = NORMAL")
        await self._db.execute("PRAGMA foreign_keys = ON")
        await self._db.executescript(SCHEMA)

    async def close(self) -> None:
        async with self._lock:
            if self._db is not None:
                await self._db.close()
                self._db = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """For reading as for writing; what raises inside undoes everything."""
        async with self._lock:
            if self._db is None:
                raise RuntimeError("the chat service is closed")
            await self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                await self._db.execute("ROLLBACK")
                raise
            await self._db.execute("COMMIT")
