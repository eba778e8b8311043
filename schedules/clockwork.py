"""APScheduler as the clock inside the process: it only says "now"; what is due stands in the database."""

from __future__ import annotations

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from schedules.housekeeping import Housekeeping
from schedules.tick import Tick


def clockwork(tick: Tick, keep: Housekeeping) -> AsyncIOScheduler:
    """A scheduler, not started, with every named job. Late runs are made up once (coalesce), never several at a time."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(tick.run_due, "interval", seconds=1, id="tick")
    scheduler.add_job(keep.pick_up, "interval", minutes=1, id="pick up what was left behind")
    scheduler.add_job(keep.purge, "interval", hours=1, id="purge")
    scheduler.add_job(keep.refresh_when_due, "interval", seconds=10, id="refresh directories")
    scheduler.add_job(keep.backup, "cron", hour=3, minute=10, id="backup")
    return scheduler
