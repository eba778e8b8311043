"""Time is given to whoever needs it, so that a test or the rehearsal workspace can move it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The machine's clock plus what it was advanced by. Never goes back. With ``frozen_at`` it stands still between moves.

    ``ahead`` is how far it begins from the machine's clock; less than nothing for a sample community's past.
    """

    def __init__(self, frozen_at: datetime | None = None, ahead: timedelta = timedelta(0)) -> None:
        self._frozen_at = frozen_at
        self.ahead = ahead

    def now(self) -> datetime:
        return (self._frozen_at or datetime.now(UTC)) + self.ahead

    def advance(self, by: timedelta) -> None:
        if by < timedelta(0):
            raise ValueError("a clock only goes forward")
        self.ahead += by
