"""views.*: modals and home tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack import check, fields, limits
from tests.fakes.slack.calls import Call, method
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.model import Json, Team, View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@method("views.open", "trigger_id exchange_interactivity_pointer view interactivity_pointer")
async def open_view(call: Call) -> Json:
    check.view(call.args.get("view"))
    user = call.slack.hooks.use_trigger(call.team, call.required("trigger_id"))
    made = new(call.slack, call.team, user, call.args["view"])
    call.team.stacks[user] = [made]
    return {"view": made.as_api(call.team, call.slack.app.id)}


@method("views.push", "trigger_id view interactivity_pointer")
async def push_view(call: Call) -> Json:
    check.view(call.args.get("view"))
    user = call.slack.hooks.use_trigger(call.team, call.required("trigger_id"))
    made = push(call.slack, call.team, user, call.args["view"])
    return {"view": made.as_api(call.team, call.slack.app.id)}


@method("views.update", "view view_id external_id hash")
async def update_view(call: Call) -> Json:
    check.view(call.args.get("view"), ("modal", "home"))
    found = _find(call)
    if call.args.get("hash") and call.args["hash"] != found.hash:
        raise SlackError("hash_conflict")
    if found.kind != call.args["view"]["type"]:
        raise SlackError("invalid_arguments")
    change(call.slack, found, call.args["view"])
    return {"view": found.as_api(call.team, call.slack.app.id)}


@method("views.publish", "user_id view hash")
async def publish(call: Call) -> Json:
    check.view(call.args.get("view"), ("home",))
    user = call.user("user_id")
    if not call.slack.app.home["home_tab_enabled"]:
        raise SlackError("not_enabled")
    if user.deleted or user.bot:
        raise SlackError("not_enabled" if user.bot else "user_not_found")
    before = call.team.homes.get(user.id)
    if call.args.get("hash") and (before is None or call.args["hash"] != before.hash):
        raise SlackError("hash_conflict")
    made = new(call.slack, call.team, user.id, call.args["view"])
    if before is not None:
        made.id = made.root = before.id
    call.team.homes[user.id] = made
    return {"view": made.as_api(call.team, call.slack.app.id)}


def new(slack: FakeSlack, team: Team, user: str, given: Json) -> View:
    id = slack.id("V")
    given = {**given, "blocks": slack.with_ids(given["blocks"])}
    made = View(id, user, given, _hash(slack), id, opened=slack.number())
    made.state = fields.beginning(given["blocks"])
    _unique(slack, team, user, given)
    return made


def push(slack: FakeSlack, team: Team, user: str, given: Json) -> View:
    """On top of what the person has open. Raises SlackError when there is nothing, or too much."""
    stack = team.stacks.get(user, [])
    if not stack:
        raise SlackError("not_found")
    if len(stack) >= limits.VIEWS_IN_STACK:
        raise SlackError("push_limit_reached")
    made = new(slack, team, user, given)
    made.root, made.previous = stack[0].id, stack[-1].id
    stack.append(made)
    return made


def change(slack: FakeSlack, view: View, given: Json) -> None:
    """Another content for an open view. What somebody typed stays where block_id and action_id stay."""
    view.given = {**given, "blocks": slack.with_ids(given["blocks"])}
    view.hash, view.errors, before = _hash(slack), {}, view.state
    view.state = fields.beginning(view.given["blocks"])
    for block, elements in view.state.items():
        for action, state in elements.items():
            typed = before.get(block, {}).get(action)
            if typed is not None and typed["type"] == state["type"]:
                elements[action] = typed


def _find(call: Call) -> View:
    opened = [view for stack in call.team.stacks.values() for view in stack] + list(call.team.homes.values())
    for view in opened:
        if call.args.get("view_id") == view.id:
            return view
        if call.args.get("external_id") and call.args["external_id"] == view.given.get("external_id"):
            return view
    raise SlackError("not_found")


def _unique(slack: FakeSlack, team: Team, user: str, given: Json) -> None:
    id = given.get("external_id")
    opened = [view for stack in team.stacks.values() for view in stack]
    if id and any(view.given.get("external_id") == id and view.user != user for view in opened):
        raise SlackError("duplicate_external_id")


def _hash(slack: FakeSlack) -> str:
    return f"{int(slack.now())}.h{slack.number()}"
