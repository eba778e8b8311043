"""Named jobs that keep the house: what is old is purged, what was left behind is picked up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.core.clock import Clock
from bot.core.events import Event, FromAPerson, from_json
from bot.core.ports import Platform, SendError
from bot.core.replies import Outcome
from storage import activity, digests, drafts, forwarded, linking, pairings
from storage.backup import back_up, keep_newest
from storage.engine import Database
from storage.ledger import deliveries, inbox
from storage.search import stock
from storage.search.learning import Learning

log = structlog.get_logger("rounds.housekeeping")
EVENTS_KEPT = timedelta(days=7)
UNSENT_KEPT = timedelta(days=30)
LEFT_BEHIND_AFTER = timedelta(minutes=1)
BACKUPS_KEPT = 7
TOLD_KEPT = timedelta(days=90)  # what digests told of and what was put forward: they look back half as far
REFRESHED_EVERY = timedelta(hours=6)


@dataclass(slots=True)
class Housekeeping:
    database: Database
    clock: Clock
    platforms: Mapping[str, Platform]
    replay: Callable[[Event], Awaitable[Outcome | None]]
    backups: Path
    refreshed_at: datetime | None = None
    learning: Learning | None = None  # where the program finds by meaning, too

    async def purge(self) -> None:
        """Forget events acted on long ago, drafts that ran out, deliveries that were given up."""
        now = self.clock.now()
        async with self.database.write() as db:
            undone = await inbox.purge(db, now - EVENTS_KEPT)
            await pairings.purge(db, now)
            await linking.purge(db, now)
            await drafts.purge(db, now)
            await activity.purge(db, now)
            await digests.purge(db, now - TOLD_KEPT)
            await forwarded.purge(db, now - TOLD_KEPT)
            await deliveries.purge_unsent(db, now - UNSENT_KEPT)
        await self.database.forget_what_was_deleted()
        if undone:
            log.error("inbox.given_up", number=undone)

    async def pick_up(self, older_than: timedelta = LEFT_BEHIND_AFTER) -> int:
        """Do what was acknowledged and then left undone by a process that died; returns how much that was."""
        async with self.database.read() as db:
            left = await inbox.waiting(db, self.clock.now() - older_than)
        return sum([await self._done(entry) for entry in left])

    async def _done(self, entry: inbox.InboxEntry) -> bool:
        """Whether it could be done. What could not stays where it is, and keeps nothing else waiting."""
        try:
            event = from_json(entry.payload)
            outcome = await self.replay(event)
        except Exception as error:
            log.error("inbox.cannot_do", platform=entry.platform, event_key=entry.key, error=type(error).__name__)
            return False
        log.info("inbox.picked_up", event_kind=event.kind, event_key=event.key)
        if isinstance(event, FromAPerson) and outcome is not None:
            await self._answer(event, outcome)
        return True

    async def _answer(self, event: FromAPerson, outcome: Outcome) -> None:
        platform = self.platforms.get(event.who.platform)
        if platform is None:
            return
        try:
            await platform.answer(event, outcome)
        except SendError as error:  # the platform takes answers for some minutes only; what was asked for is done
            log.info("inbox.answer_too_late", event_key=event.key, error=str(error))

    async def refresh_when_due(self) -> None:
        """Refresh the directories once in REFRESHED_EVERY of the community's time, which a rehearsal can move."""
        now = self.clock.now()
        if self.refreshed_at is None or now - self.refreshed_at >= REFRESHED_EVERY:
            self.refreshed_at = now
            await self.refresh_directories()

    async def refresh_directories(self) -> None:
        """Ask each platform who is where, so that membership of closed places stays believed."""
        for platform in self.platforms.values():
            try:
                await platform.report_directory()
            except SendError as error:
                log.warning("directory.not_refreshed", platform=platform.profile.name, error=str(error))

    async def take_stock(self) -> None:
        """Count what very large communities keep, which finding needs to know and cannot count each time; and forget words of
        theirs that were removed."""
        await stock.take_stock(self.database)

    async def learn(self) -> None:
        """Find out what a few more items mean, for finding by meaning."""
        if self.learning is not None:
            await self.learning.some()

    async def backup(self) -> None:
        """A copy of an SQLite database each day, the newest seven kept. PostgreSQL is backed up by its own tools."""
        if self.database.is_sqlite:
            await back_up(self.database, self.backups / f"rounds-{self.clock.now():%Y-%m-%d}.db")
            keep_newest(self.backups, BACKUPS_KEPT)
