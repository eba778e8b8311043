"""auth.*, users.*, team.info and bots.info."""

from __future__ import annotations

from tests.fakes.slack import events
from tests.fakes.slack.calls import Call, method
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.model import Json


@method("auth.test")
async def auth_test(call: Call) -> Json:
    install, team = call.team.install, call.team
    bot = team.users[install.bot_user]
    url = f"https://{team.domain}.slack.com/"
    answer = {"url": url, "team": team.name, "user": bot.name, "team_id": team.id, "user_id": bot.id}
    return {**answer, "bot_id": install.bot_id, "is_enterprise_install": False}


@method("auth.revoke", "test")
async def revoke(call: Call) -> Json:
    if not call.flag("test"):
        events.uninstalled(call.slack, call.team)
        call.team.install.active, call.team.install.gone = False, "token_revoked"
    return {"revoked": not call.flag("test")}


@method("users.list", "limit cursor include_locale team_id", "users:read")
async def users_list(call: Call) -> Json:
    page, more = call.page([user.as_api() for user in call.team.users.values()])
    return {"members": page, "cache_ts": int(call.slack.now()), **more}


@method("users.info", "user include_locale", "users:read")
async def users_info(call: Call) -> Json:
    return {"user": call.user().as_api()}


@method("team.info", "team domain", "team:read")
async def team_info(call: Call) -> Json:
    team = call.team
    shown: Json = {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": ""}
    return {"team": {**shown, "url": f"https://{team.domain}.slack.com/", "icon": {"image_default": True}}}


@method("bots.info", "bot team_id", "users:read")
async def bots_info(call: Call) -> Json:
    install = call.team.install
    if call.text("bot", install.bot_id) != install.bot_id:
        raise SlackError("bot_not_found")
    shown: Json = {"id": install.bot_id, "deleted": False, "name": call.slack.app.name, "updated": 0}
    return {"bot": {**shown, "app_id": call.slack.app.id, "user_id": install.bot_user, "icons": {}}}
