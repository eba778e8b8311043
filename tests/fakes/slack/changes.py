"""What the people who look after a workspace do to it, and what goes wrong on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import events
from tests.fakes.slack.model import Json, Team

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack

FLAGS = ("admin", "owner", "primary_owner", "guest", "bot", "deleted")
NAMES = {"name": "real_name", "shown": "display_name", "zone": "zone"}


def add_person(slack: FakeSlack, team: Team, given: Json) -> Json:
    more = {key: given[key] for key in FLAGS if key in given}
    if "shown" in given:
        more["display_name"] = given["shown"]
    if "home" in given:
        more |= {"team_id": given["home"], "stranger": True}
    user = slack.add_person(given["id"], given.get("name", ""), given.get("zone", "UTC"), team=team, **more)
    return {"id": user.id}


def change_person(slack: FakeSlack, team: Team, given: Json) -> None:
    """name, shown, zone, admin, owner, guest, deleted. Who is deleted leaves every channel, without events."""
    user = team.person(given.pop("id"))
    for key, value in given.items():
        if key not in (*NAMES, *FLAGS):
            raise ValueError(f"a person has no {key}")
        setattr(user, NAMES.get(key, key), value)
    if user.deleted:
        for channel in team.channels.values():
            if user.id in channel.members and not channel.im_user:
                channel.members.remove(user.id)
    user.updated = int(slack.now())
    events.user_changed(slack, team, user)
    slack.changed()


def add_place(slack: FakeSlack, team: Team, given: Json) -> Json:
    more = {"closed": given.get("closed", False), "bot": given.get("bot", True)}
    channel = slack.add_place(given["id"], members=tuple(given.get("members", ())), team=team, **more)
    return {"id": channel.id}


def change_place(slack: FakeSlack, team: Team, given: Json) -> None:
    """name, closed, archived; deleted for good."""
    channel = team.place(given.pop("id"))
    if unknown := given.keys() - {"name", "closed", "archived", "deleted"}:
        raise ValueError(f"a channel has no {sorted(unknown)}")
    if "name" in given:
        channel.name = given["name"]
        events.channel_changed(slack, team, channel, "rename")
    if given.get("closed", channel.private) != channel.private:
        channel.private = given["closed"]
        events.converted(slack, team, channel)
    if given.get("archived", channel.archived) != channel.archived:
        channel.archived = given["archived"]
        events.channel_changed(slack, team, channel, "archive" if channel.archived else "unarchive")
    if given.get("deleted"):
        events.channel_changed(slack, team, channel, "deleted")
        del team.channels[channel.id]
    slack.changed()


def add_member(slack: FakeSlack, team: Team, given: Json) -> None:
    _joins(slack, team, given["place"], team.person(given["person"]).id)


def remove_member(slack: FakeSlack, team: Team, given: Json) -> None:
    _leaves(slack, team, given["place"], team.person(given["person"]).id)


def invite_bot(slack: FakeSlack, team: Team, given: Json) -> None:
    _joins(slack, team, given["place"], team.install.bot_user)


def remove_bot(slack: FakeSlack, team: Team, given: Json) -> None:
    _leaves(slack, team, given["place"], team.install.bot_user)


def add_team(slack: FakeSlack, team: Team, given: Json) -> Json:
    made = slack.add_team(**{"suffix": "", "installed": True, **given})
    return {"id": made.id, "token": made.install.token}


def set_faults(slack: FakeSlack, team: Team, given: Json) -> None:
    slack.faults.set(**given)


async def drop_sockets(slack: FakeSlack, team: Team, given: Json) -> Json:
    return {"dropped": await slack.close_sockets()}


async def request_refresh(slack: FakeSlack, team: Team, given: Json) -> None:
    await slack.request_refresh()


def go_deaf(slack: FakeSlack, team: Team, given: Json) -> None:
    slack.go_deaf(new_ones_too=given.get("new_ones_too", False))


def install(slack: FakeSlack, team: Team, given: Json) -> None:
    slack.install(given)


def uninstall(slack: FakeSlack, team: Team, given: Json) -> None:
    slack.uninstall(team, gone=given.get("gone", "account_inactive"))


def grant(slack: FakeSlack, team: Team, given: Json) -> None:
    """The scopes that the token has from now on."""
    team.install.scopes = set(given["scopes"])


async def verify_url(slack: FakeSlack, team: Team, given: Json) -> Json:
    return {"verified": await slack.delivery.verify_url()}


def forget(slack: FakeSlack, team: Team, given: Json) -> None:
    """Begin the records of the traffic afresh."""
    for record in (slack.violations, slack.acks, slack.calls, slack.delivery.sent, slack.faults.used):
        record.clear()
    slack.late = 0


def _joins(slack: FakeSlack, team: Team, place: str, user: str) -> None:
    channel = team.place(place)
    if user not in channel.members:
        channel.members.append(user)
        events.joined(slack, team, channel, team.users[user])
    slack.changed()


def _leaves(slack: FakeSlack, team: Team, place: str, user: str) -> None:
    channel = team.place(place)
    if user in channel.members:
        channel.members.remove(user)
        events.joined(slack, team, channel, team.users[user], left=True)
    slack.changed()


CHANGES: dict[str, Callable[[FakeSlack, Team, Json], Any]] = {
    change.__name__: change
    for change in (
        *(add_person, change_person, add_place, change_place, add_member, remove_member, invite_bot, remove_bot),
        *(add_team, set_faults, drop_sockets, request_refresh, go_deaf, install, uninstall, grant, verify_url, forget),
    )
}
