"""The REST API of the application itself, users, guilds, members and scheduled events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import limits, reach, shapes
from tests.fakes.discord.errors import Json, Refused, missing_permissions, unknown, wrong
from tests.fakes.discord.http import Call, Routes
from tests.fakes.discord.model import Guild, ScheduledEvent
from tests.fakes.discord.permissions import Can, in_guild

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

routes = Routes()
GUILD = "/guilds/{guild_id}"
EVENT = GUILD + "/scheduled-events/{guild_scheduled_event_id}"
EXTERNAL = 3
SCHEDULED, ACTIVE, COMPLETED, CANCELED = 1, 2, 3, 4
INTERESTED = 1
BECOMES = {SCHEDULED: (ACTIVE, CANCELED), ACTIVE: (COMPLETED,), COMPLETED: (), CANCELED: ()}


@routes.add("GET", "/gateway")
def gateway(fake: FakeDiscord, call: Call) -> Json:
    return {"url": fake.gateway_url}


@routes.add("GET", "/gateway/bot")
def gateway_for_bots(fake: FakeDiscord, call: Call) -> Json:
    left = max(0, 1000 - fake.gateway.identified)
    limit = {"total": 1000, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
    return {"url": fake.gateway_url, "shards": 1, "session_start_limit": limit}


@routes.add("GET", "/users/@me")
def me(fake: FakeDiscord, call: Call) -> Json:
    return {**shapes.user(fake.state.users[fake.state.bot]), "verified": True, "flags": 0, "email": None}


@routes.add("GET", "/users/{user_id}")
def get_user(fake: FakeDiscord, call: Call) -> Json:
    found = fake.state.users.get(call.id("user_id"))
    if found is None:
        raise unknown("User")
    return shapes.user(found)


def _application(fake: FakeDiscord, call: Call) -> Json:
    state = fake.state
    owner = state.users[next(iter(state.guilds.values())).owner]
    return {
        "id": str(state.application),
        "name": state.users[state.bot].display,
        "icon": None,
        "description": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "summary": "",
        "team": None,
        "owner": shapes.user(owner),
        "bot": shapes.user(state.users[state.bot]),
        "approximate_guild_count": sum(one.has_bot for one in state.guilds.values()),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "integration_types_config": {"0": {}},
    }


for _path in ("/applications/@me", "/oauth2/applications/@me"):
    routes.add("GET", _path)(_application)


@routes.add("GET", "/users/@me/guilds")
def my_guilds(fake: FakeDiscord, call: Call) -> list[Json]:
    mine = [one for one in fake.state.guilds.values() if one.has_bot]
    return [
        {
            "id": str(one.id),
            "name": one.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(in_guild(fake.state, fake.state.bot, one.id))),
            "features": ["COMMUNITY"],
        }
        for one in mine
    ]


@routes.add("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(fake: FakeDiscord, call: Call) -> None:
    fake.people.remove_bot(reach.guild(fake, call.id("guild_id")))


@routes.add("GET", GUILD)
def get_guild(fake: FakeDiscord, call: Call) -> Json:
    home = reach.guild(fake, call.id("guild_id"))
    counts = {"approximate_member_count": len(home.members), "approximate_presence_count": 0}
    return {**shapes.guild(home, fake.state), **(counts if call.flag("with_counts") else {})}


@routes.add("GET", GUILD + "/channels")
def guild_channels(fake: FakeDiscord, call: Call) -> list[Json]:
    home = reach.guild(fake, call.id("guild_id"))
    here = [one for one in fake.state.channels.values() if one.guild == home.id and not one.is_thread]
    return [shapes.channel(one, fake.state) for one in here]


@routes.add("GET", GUILD + "/roles")
def guild_roles(fake: FakeDiscord, call: Call) -> list[Json]:
    return [shapes.role(one, fake.state) for one in reach.guild(fake, call.id("guild_id")).roles.values()]


@routes.add("GET", GUILD + "/members/{user_id}")
def get_member(fake: FakeDiscord, call: Call) -> Json:
    home = reach.guild(fake, call.id("guild_id"))
    if call.id("user_id") not in fake.state.users:
        raise unknown("User")
    found = home.members.get(call.id("user_id"))
    if found is None:
        raise unknown("Member")
    return shapes.member(found, fake.state)


@routes.add("GET", GUILD + "/members")
def list_members(fake: FakeDiscord, call: Call) -> list[Json]:
    home = reach.guild(fake, call.id("guild_id"))
    if not fake.privileged & limits.GUILD_MEMBERS:
        raise Refused(403, 50001, "Missing Access")
    after, limit = call.snowflake("after") or 0, call.number("limit", 1, 1000)
    found = sorted((one for one in home.members.values() if one.user > after), key=lambda one: one.user)
    return [shapes.member(one, fake.state) for one in found[:limit]]


# Scheduled events


def pass_time(fake: FakeDiscord) -> None:
    """External events begin and end by themselves."""
    for event in fake.state.events.values():
        if event.status == SCHEDULED and event.starts <= fake.state.clock():
            event.status = ACTIVE
            _tell(fake, "UPDATE", event)
        if event.status == ACTIVE and event.ends <= fake.state.clock():
            event.status = COMPLETED
            _tell(fake, "UPDATE", event)


def _event(fake: FakeDiscord, call: Call) -> ScheduledEvent:
    home = reach.guild(fake, call.id("guild_id"))
    found = fake.state.events.get(call.id("guild_scheduled_event_id"))
    if found is None or found.guild != home.id:
        raise unknown("Guild Scheduled Event")
    return found


def _checked(fake: FakeDiscord, body: Json, *, began: bool = False) -> Json:
    """What an event must have beyond its shape; times as Discord writes them."""
    times = {}
    for key in ("scheduled_start_time", "scheduled_end_time"):
        if body.get(key):
            times[key] = datetime.fromisoformat(body[key])
            if times[key].tzinfo is None:
                raise wrong(key, "A time needs its offset.")
    start, end = times["scheduled_start_time"], times.get("scheduled_end_time")
    if not body["name"].strip():
        raise wrong("name", "This field is required", "BASE_TYPE_REQUIRED")
    if not began and start <= fake.state.clock():
        raise wrong("scheduled_start_time", "Cannot schedule event in the past.", "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST")
    if end is not None and end <= start:
        text = "Cannot schedule event to end before it starts."
        raise wrong("scheduled_end_time", text, "GUILD_SCHEDULED_EVENT_SCHEDULE_END_BEFORE_START")
    if body["entity_type"] != EXTERNAL:
        raise wrong("entity_type", "This server has no voice or stage channels.")
    if end is None:
        raise wrong("scheduled_end_time", "This field is required", "BASE_TYPE_REQUIRED")
    location = (body.get("entity_metadata") or {}).get("location") or ""
    if not 1 <= len(location) <= 100:
        raise wrong("entity_metadata.location", "Must be between 1 and 100 in length.", "BASE_TYPE_BAD_LENGTH")
    return {**body, **{key: shapes.instant(at) for key, at in times.items()}}


@routes.add("GET", GUILD + "/scheduled-events")
def list_events(fake: FakeDiscord, call: Call) -> list[Json]:
    home = reach.guild(fake, call.id("guild_id"))
    here = [one for one in fake.state.events.values() if one.guild == home.id and one.status in (SCHEDULED, ACTIVE)]
    return [shapes.event(one, fake.state, counted=call.flag("with_user_count")) for one in here]


@routes.add("POST", GUILD + "/scheduled-events")
def create_event(fake: FakeDiscord, call: Call) -> Json:
    home = reach.guild(fake, call.id("guild_id"))
    reach.need_in_guild(fake, home, Can.CREATE_EVENTS)
    body = _checked(fake, call.body)
    if len(open_events(fake, home)) >= limits.OPEN_EVENTS:
        raise Refused(
            400, 30038, f"Maximum number of uncompleted guild scheduled events reached ({limits.OPEN_EVENTS})"
        )
    event = ScheduledEvent(fake.state.new_id(), home.id, body, fake.state.bot)
    fake.state.events[event.id] = event
    _tell(fake, "CREATE", event)
    return shapes.event(event, fake.state)


def open_events(fake: FakeDiscord, home: Guild) -> list[ScheduledEvent]:
    return [one for one in fake.state.events.values() if one.guild == home.id and one.status in (SCHEDULED, ACTIVE)]


@routes.add("GET", EVENT)
def get_event(fake: FakeDiscord, call: Call) -> Json:
    return shapes.event(_event(fake, call), fake.state, counted=call.flag("with_user_count"))


def _may_change(fake: FakeDiscord, event: ScheduledEvent) -> None:
    mine = in_guild(fake.state, fake.state.bot, event.guild)
    if not mine & Can.MANAGE_EVENTS and not (event.creator == fake.state.bot and mine & Can.CREATE_EVENTS):
        raise missing_permissions()


@routes.add("PATCH", EVENT)
def update_event(fake: FakeDiscord, call: Call) -> Json:
    event = _event(fake, call)
    _may_change(fake, event)
    if event.status in (COMPLETED, CANCELED):
        raise Refused(400, 180000, "Cannot update a finished event")
    status = call.body.get("status") or event.status
    if status != event.status and status not in BECOMES[event.status]:
        raise wrong("status", "This event cannot become that.", "GUILD_SCHEDULED_EVENT_INVALID_STATUS_TRANSITION")
    changes = {key: value for key, value in call.body.items() if key != "status"}
    moved = "scheduled_start_time" in changes
    event.body = _checked(fake, {**event.body, **changes}, began=not moved)
    event.status = status
    _tell(fake, "UPDATE", event)
    return shapes.event(event, fake.state)


@routes.add("DELETE", EVENT)
def delete_event(fake: FakeDiscord, call: Call) -> None:
    event = _event(fake, call)
    _may_change(fake, event)
    del fake.state.events[event.id]
    _tell(fake, "DELETE", event)


@routes.add("GET", EVENT + "/users")
def event_users(fake: FakeDiscord, call: Call) -> list[Json]:
    event, limit = _event(fake, call), call.number("limit", 100, 100)
    after, before = call.snowflake("after") or 0, call.snowflake("before")
    ids = [id for id in sorted(event.interested) if id > after and (before is None or id < before)]
    found: list[Json] = []
    for id in ids[:limit]:
        one: Json = {"guild_scheduled_event_id": str(event.id), "user_id": str(id), "response": INTERESTED}
        one["user"] = shapes.user(fake.state.users[id])
        member: Any = fake.state.guilds[event.guild].members.get(id)
        if call.flag("with_member") and member is not None:
            one["member"] = shapes.member(member, fake.state)
        found.append(one)
    return found


def _tell(fake: FakeDiscord, what: str, event: ScheduledEvent) -> None:
    told = shapes.event(event, fake.state)
    fake.gateway.dispatch(f"GUILD_SCHEDULED_EVENT_{what}", told, limits.GUILD_SCHEDULED_EVENTS)
    fake.changed()
