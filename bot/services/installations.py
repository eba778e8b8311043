"""Tokens of workspaces, encrypted with keys from the settings before they reach the database."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.core.clock import Clock
from storage import installations
from storage.engine import Database


class NoKey(Exception):
    """A token was to be kept, or read, without a key for it. The message says what to set."""


class SealedInstallations:
    """Implements bot.core.ports.Installations for one platform."""

    def __init__(self, database: Database, clock: Clock, platform: str, keys: Sequence[str]) -> None:
        """``keys``: Fernet keys, the first for writing, all for reading. Raises ValueError when one is not a key."""
        self._database, self._clock, self._platform = database, clock, platform
        self._cipher = MultiFernet([Fernet(key) for key in keys]) if keys else None

    async def keep(self, workspace: str, secret: str) -> None:
        """Raises NoKey."""
        sealed = self._needed().encrypt(secret.encode()).decode()
        async with self._database.write() as db:
            await installations.keep(db, self._platform, workspace, sealed, self._clock.now())

    async def find(self, workspace: str) -> str | None:
        """Raises NoKey."""
        async with self._database.read() as db:
            sealed = await installations.find(db, self._platform, workspace)
        if sealed is None:
            return None
        try:
            return self._needed().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise NoKey(
                "A stored token cannot be decrypted: add the key it was encrypted with to ROUNDS_ENCRYPTION_KEYS."
            ) from None

    async def remove(self, workspace: str) -> None:
        async with self._database.write() as db:
            await installations.remove(db, self._platform, workspace)

    async def workspaces(self) -> tuple[str, ...]:
        async with self._database.read() as db:
            return tuple(await installations.workspaces(db, self._platform))

    def _needed(self) -> MultiFernet:
        if self._cipher is None:
            raise NoKey("Tokens of installations are kept encrypted: set ROUNDS_ENCRYPTION_KEYS.")
        return self._cipher
