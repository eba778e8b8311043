"""The workspaces we can talk to: whose token is which, and what Slack says about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.failures import NO_TOKEN, as_send_error, code_of
from adapters.slack.manifest import HISTORY_SCOPES
from adapters.slack.text import Voice
from bot.core.ports import Installations, Refused
from bot.services.installations import NoKey

log = structlog.get_logger("rounds.slack")
TIMEOUT = 12  # seconds for a request: less than the relay's own patience
NOT_CONNECTED = "The bot is not installed in this workspace."


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace: the client with its token, and who we are there.

    ``granted`` is what Slack lets us do, ``scopes`` what of that is wanted.
    """

    team: str
    name: str
    url: str
    bot_id: str
    bot_user: str
    client: AsyncWebClient
    granted: frozenset[str]
    scopes: frozenset[str]

    @property
    def reads_history(self) -> bool:
        """Whether we can look for a message of ours, and hear of replies."""
        return "channels:history" in self.scopes


class Workspaces:
    """Each workspace's client, made when it is first needed. With ``token`` there is one workspace: that token's.

    Without ``history`` what is said is not to be read, even where Slack allows it.
    """

    def __init__(
        self, api_url: str, token: str, installations: Installations, prefix: str, *, history: bool = True
    ) -> None:
        self._api_url, self._token, self._installations, self._prefix = api_url, token, installations, prefix
        self._unwanted = frozenset() if history else frozenset(HISTORY_SCOPES)
        self._known: dict[str, Workspace] = {}
        self._session: aiohttp.ClientSession | None = None
        self._own_team = ""

    def client(self, token: str | None = None) -> AsyncWebClient:
        """A client that repeats no request by itself: the default one does after a dropped connection, and posts twice."""
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=5)
            self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=100))
        return AsyncWebClient(
            token=token, base_url=self._api_url, timeout=TIMEOUT, session=self._session, retry_handlers=[]
        )

    @property
    def session(self) -> aiohttp.ClientSession:
        self.client()
        assert self._session is not None
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def teams(self) -> tuple[str, ...]:
        """Every workspace that has us. Raises SendError when Slack can't be asked which one the token is for."""
        if not self._token:
            return await self._installations.workspaces()
        if not self._own_team:
            found = await self._introduced(self._token)
            self._own_team = found.team
            self._known[found.team] = found
        return (self._own_team,)

    async def find(self, team: str) -> Workspace:
        """Raises Refused when we are not installed there, SendError when Slack can't be asked."""
        known = self._known.get(team)
        if known is not None:
            return known
        token = self._token
        if not token:
            try:
                kept = await self._installations.find(team)
            except NoKey as error:
                raise Refused(str(error)) from error
            if kept is None:
                raise Refused(NOT_CONNECTED)
            token = str(json.loads(kept)["bot_token"])
        found = await self._introduced(token)
        if found.team != team:
            raise Refused(NOT_CONNECTED)
        self._known[team] = found
        return found

    def voice(self, team: str) -> Voice:
        """How to write for a workspace; with what is known of it at this moment."""
        known = self._known.get(team)
        return Voice(team, known.url if known else "https://slack.com/", self._prefix)

    async def forget(self, team: str) -> None:
        """We were removed from there: the token is of no use any more."""
        self._known.pop(team, None)
        await self._installations.remove(team)

    def renew(self, team: str) -> None:
        """The token may have changed: ask again."""
        self._known.pop(team, None)

    async def authorize(self, team_id: str | None) -> AuthorizeResult | None:
        """For Bolt: who we are in the workspace a request came from; nothing when we are not installed there."""
        if not team_id:
            return None
        try:
            workspace = await self.find(team_id)
        except Refused:
            return None
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team_id,
            bot_token=workspace.client.token,
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user,
        )

    async def _introduced(self, token: str) -> Workspace:
        client = self.client(token)
        try:
            answer = await client.auth_test()
        except Exception as error:
            if isinstance(error, SlackApiError) and code_of(error) in NO_TOKEN:
                log.error("slack.token_not_accepted", code=code_of(error))
            raise as_send_error(error) from error
        scopes = answer.headers.get("x-oauth-scopes") or answer.headers.get("X-OAuth-Scopes") or ""
        granted = frozenset(scope.strip() for scope in str(scopes).split(",") if scope.strip())
        return Workspace(
            str(answer["team_id"]),
            str(answer.get("team") or answer["team_id"]),
            str(answer.get("url") or "https://slack.com/"),
            str(answer.get("bot_id") or ""),
            str(answer["user_id"]),
            client,
            granted,
            granted - self._unwanted,
        )


async def everything(method: Any, key: str, **given: Any) -> AsyncIterator[Any]:
    """What all pages of a list method hold. Waits when Slack asks for it: a directory is long, and nobody waits for it."""
    cursor = ""
    while True:
        try:
            answer = await method(**given, **({"cursor": cursor} if cursor else {}))
        except Exception as error:
            problem = as_send_error(error)
            wait = getattr(problem, "retry_after", None)
            if wait is None:
                raise problem from error
            await asyncio.sleep(wait)
            continue
        for item in answer.get(key) or ():
            yield item
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return
