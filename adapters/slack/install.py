"""Installing by OAuth: the page with the button, and the way back, with the state checked."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import Logger, getLogger
from urllib.parse import urljoin

from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.clock import Clock
from bot.core.ports import Installations

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
STATE_LASTS = timedelta(minutes=10)
Installed = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept, encrypted, of an installation: the token, and who installed us."""

    bot_token: str
    installer: str

    def packed(self) -> str:
        return json.dumps({"bot_token": self.bot_token, "installer": self.installer})


class SignedStates(AsyncOAuthStateStore):
    """States that need no store: signed, good for ten minutes, bound to the browser by Bolt's cookie, used once here.

    Whatever process the way back leads to can check them.
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key, self._clock = hashlib.sha256(f"oauth state {secret}".encode()).digest(), clock
        self._used: dict[str, datetime] = {}

    @property
    def logger(self) -> Logger:
        return getLogger(__name__)

    async def async_issue(self, *args: object, **kwargs: object) -> str:
        given = f"{int(self._clock.now().timestamp())}.{secrets.token_urlsafe(12)}"
        return f"{given}.{self._signed(given)}"

    async def async_consume(self, state: str) -> bool:
        given, _, signature = state.rpartition(".")
        if not hmac.compare_digest(self._signed(given).encode(), signature.encode()):
            return False
        now = self._clock.now()
        self._used = {one: at for one, at in self._used.items() if at + STATE_LASTS > now}
        age = now.timestamp() - int(given.split(".")[0])
        if given in self._used or not 0 <= age <= STATE_LASTS.total_seconds():
            return False
        self._used[given] = now
        return True

    def _signed(self, given: str) -> str:
        return hmac.new(self._key, given.encode(), hashlib.sha256).hexdigest()


class KeptInstallations(AsyncInstallationStore):
    """Slack's installation store over ours, which encrypts. It is written to only: Workspaces looks tokens up."""

    def __init__(self, installations: Installations, installed: Installed) -> None:
        self._installations, self._installed = installations, installed

    @property
    def logger(self) -> Logger:
        return getLogger(__name__)

    async def async_save(self, installation: Installation) -> None:
        """Raises NoKey when there is no key to encrypt with."""
        assert installation.team_id is not None, "installing for a whole enterprise is not offered"
        kept = Kept(installation.bot_token or "", installation.user_id or "")
        await self._installations.keep(installation.team_id, kept.packed())
        await self._installed(installation.team_id)


def oauth_flow(
    client: AsyncWebClient,
    client_id: str,
    client_secret: str,
    scopes: Sequence[str],
    store: KeptInstallations,
    clock: Clock,
) -> AsyncOAuthFlow:
    """The pages under INSTALL_PATH and REDIRECT_PATH. The page to agree on is where the API is: Slack's own, as a rule."""
    return AsyncOAuthFlow(
        client=client,
        settings=AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=list(scopes),
            user_scopes=[],
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=urljoin(client.base_url, "/oauth/v2/authorize"),
            installation_store=store,
            state_store=SignedStates(client_secret, clock),
            state_expiration_seconds=int(STATE_LASTS.total_seconds()),
        ),
    )
