"""Installing the app into a workspace by OAuth."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import BasicAuth, web

from tests.fakes.slack import limits
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.model import Json, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


class OAuth:
    """``installs_into``: the id of the workspace in which the next person agrees; the first one unless set."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack
        self.installs_into, self.agrees = "", True
        self._codes: dict[str, Json] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/oauth/v2/authorize", self._authorize)]

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page where somebody agrees; here they agree at once and are sent back."""
        query, slack = request.query, self._slack
        if query.get("client_id") != slack.app.client_id:
            raise web.HTTPBadRequest(text="Invalid client_id parameter")
        allowed = ((slack.app.manifest or {}).get("oauth_config") or {}).get("redirect_urls")
        redirect = query.get("redirect_uri") or (allowed[0] if allowed else "")
        if not redirect or (allowed is not None and not any(redirect.startswith(one) for one in allowed)):
            raise web.HTTPBadRequest(text="redirect_uri did not match any configured URIs.")
        team = slack.teams[query.get("team") or self.installs_into or slack.team.id]
        if not self.agrees:
            answer = {"error": "access_denied", "state": query.get("state", "")}
        else:
            code = uuid4().hex
            self._codes[code] = {
                "team": team.id,
                "scope": query.get("scope", ""),
                "redirect": query.get("redirect_uri"),
            }
            answer = {"code": code, "state": query.get("state", "")}
        raise web.HTTPFound(f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(answer)}")

    def check_client(self, request: web.Request, args: Json) -> None:
        """By Basic authorization, or in the arguments."""
        header = request.headers.get("Authorization", "")
        auth = BasicAuth.decode(header) if header.startswith("Basic ") else None
        id = auth.login if auth else args.get("client_id")
        secret = auth.password if auth else args.get("client_secret")
        if id != self._slack.app.client_id:
            raise SlackError("invalid_client_id")
        if secret != self._slack.app.client_secret:
            raise SlackError("bad_client_secret")

    def access(self, args: Json) -> Json:
        """A code or a refresh token becomes a token."""
        if args.get("grant_type") == "refresh_token":
            for team in self._slack.teams.values():
                if team.install.refresh and team.install.refresh == args.get("refresh_token"):
                    return self._granted(team)
            raise SlackError("invalid_refresh_token")
        agreed = self._codes.pop(str(args.get("code", "")), None)
        if agreed is None:
            raise SlackError("invalid_code")
        if agreed["redirect"] is not None and args.get("redirect_uri") != agreed["redirect"]:
            raise SlackError("bad_redirect_uri")
        team = self._slack.teams[agreed["team"]]
        team.install.scopes = {scope for scope in agreed["scope"].split(",") if scope}
        return self._granted(team)

    def _granted(self, team: Team) -> Json:
        install, slack = team.install, self._slack
        kind = "xoxe.xoxb" if slack.app.rotates else "xoxb"
        install.token, install.active = f"{kind}-{team.id}-{slack.number()}", True
        admin = next((user.id for user in team.users.values() if user.admin), "USLACKBOT")
        answer: Json = {"app_id": slack.app.id, "authed_user": {"id": admin}, "scope": ",".join(sorted(install.scopes))}
        answer |= {"token_type": "bot", "access_token": install.token, "bot_user_id": install.bot_user}
        answer |= {"team": {"id": team.id, "name": team.name}, "enterprise": None, "is_enterprise_install": False}
        if slack.app.rotates:
            install.refresh, install.expires = f"xoxe-1-{slack.number()}", slack.now() + limits.TOKEN_LIFE
            answer |= {"refresh_token": install.refresh, "expires_in": limits.TOKEN_LIFE}
        return answer
