"""The Web API's door: reading a call, checking token, scopes and limits, and answering as Slack does."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.fakes.slack import methods_chat, methods_conversations, methods_files, methods_people, methods_views
from tests.fakes.slack.calls import METHODS, Call
from tests.fakes.slack.errors import Invalid, SlackError
from tests.fakes.slack.model import Json, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

AS_JSON = ("blocks", "view", "metadata", "attachments", "files", "unfurls")  # JSON inside of form-encoded calls
EVERYWHERE = {"team_id"}  # Bolt's clients add it to every call
MODULES = (methods_chat, methods_conversations, methods_files, methods_people, methods_views)  # they register


class WebApi:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/api/{method}", self._serve),
            web.post("/upload/{file}", lambda request: methods_files.upload(self._slack, request)),
        ]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name, slack = request.match_info["method"], self._slack
        args = await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or args.pop("token", "")
        args.pop("token", None)
        fault = slack.faults.for_call(name)
        if fault in ("drop_before", "error_500_before", "ratelimited"):
            return self._failed(request, fault)
        if fault == "delay":
            await asyncio.sleep(slack.faults.delay_seconds)
        status, headers, answer = await self._answer(request, name, token, args)
        if fault in ("store_then_drop", "error_500_after"):
            return self._failed(request, fault)
        return web.json_response(answer, status=status, headers=headers)

    def _failed(self, request: web.Request, fault: str) -> web.Response:
        if fault == "ratelimited":
            wait = {"Retry-After": str(self._slack.faults.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=wait)
        if fault.startswith("error_500"):
            return web.Response(status=500, text="Internal Server Error")
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _answer(
        self, request: web.Request, name: str, token: str, args: Json
    ) -> tuple[int, dict[str, str], Json]:
        slack, headers = self._slack, {}
        seen: Json = {"method": name, "team": "", "args": args, "error": ""}
        slack.calls.append(seen)
        try:
            if name in (
                "oauth.v2.access",
                "apps.connections.open",
                "apps.uninstall",
                "apps.manifest.export",
                "api.test",
            ):
                body = await self._without_team(request, name, token, args)
            else:
                team = self._team(token)
                seen["team"] = team.id
                headers["x-oauth-scopes"] = ",".join(sorted(team.install.scopes))
                body = await self._run(Call(slack, team, name, args), headers)
        except SlackError as error:
            seen["error"] = error.code
            if isinstance(error, Invalid):
                slack.violation(name, error.problems, args)
            slack.changed()
            return error.status, headers | error.headers, {"ok": False, "error": error.code, **error.more}
        slack.changed()
        return 200, headers, {"ok": True, **body}

    async def _run(self, call: Call, headers: dict[str, str]) -> Json:
        known = METHODS.get(call.method)
        if known is None:
            raise SlackError("unknown_method", req_method=call.method)
        wait = self._slack.rates.wait(call.team.id, call.method, call.text("channel"))
        if wait:
            raise SlackError("ratelimited", status=429, headers={"Retry-After": str(wait)})
        if known.scopes:
            headers["x-accepted-oauth-scopes"] = ",".join(known.scopes)
        call.need(*known.scopes)
        if unknown := sorted(call.args.keys() - known.args - EVERYWHERE):
            self._slack.violation(call.method, [f"unknown arguments: {', '.join(unknown)}"], call.args)
        return await known.run(call)

    async def _without_team(self, request: web.Request, name: str, token: str, args: Json) -> Json:
        """The calls that do not come from the app in some workspace."""
        slack = self._slack
        if name == "api.test":
            return {"args": args}
        if name == "apps.connections.open":
            if not token:
                raise SlackError("not_authed")
            if token != slack.app.app_token:
                raise SlackError("not_allowed_token_type" if token.startswith("xoxb-") else "invalid_auth")
            return {"url": slack.delivery.sockets.ticket()}
        if name == "apps.manifest.export":
            if token != slack.app.config_token:
                raise SlackError("invalid_auth" if token else "not_authed")
            if args.get("app_id") != slack.app.id:
                raise SlackError("invalid_app_id")
            return {"manifest": slack.app.manifest or {}}
        slack.oauth.check_client(request, args)
        if name == "oauth.v2.access":
            return slack.oauth.access(args)
        slack.uninstall(self._team(token))
        return {}

    def _team(self, token: str) -> Team:
        """Raises SlackError unless the token is good."""
        if not token:
            raise SlackError("not_authed")
        if token == self._slack.app.app_token:
            raise SlackError("not_allowed_token_type")
        for team in self._slack.teams.values():
            if team.install.token == token:
                if not team.install.active:
                    raise SlackError(team.install.gone)
                if team.install.expires and self._slack.now() >= team.install.expires:
                    raise SlackError("token_expired")
                return team
        raise SlackError("invalid_auth")


async def _arguments(request: web.Request) -> Json:
    """From the address, a form or JSON."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {"invalid": "json"}
        given |= body if isinstance(body, dict) else {}
    else:
        for key, value in (await request.post()).items():
            given[key] = value
    for key in AS_JSON:
        if isinstance(given.get(key), str):
            try:
                given[key] = json.loads(given[key])
            except ValueError:
                continue
    return {key: value for key, value in given.items() if value is not None}
