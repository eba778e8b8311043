"""Forms: putting values into them, and what becomes of them when they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.slack import check, fields, limits, methods_views, payloads
from tests.fakes.slack.errors import Invalid, SlackError
from tests.fakes.slack.model import Json, Team, User, View

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


async def put(slack: FakeSlack, team: Team, user: User, view: View, block: Json, element: Json, value: Any) -> None:
    """A value as a test writes it, into view.state. Raises AssertionError for what cannot be chosen."""
    kind = element["type"]
    state = view.state[block["block_id"]][element["action_id"]]
    before = state[fields.key_of(kind)]
    if kind in fields.TEXTS or kind in ("datepicker", "timepicker", "datetimepicker"):
        chosen: Any = fields.set_plain(element, value, user.zone)
    elif kind == "checkboxes":
        chosen = _checked(element, value)
    elif kind in ("static_select", "radio_buttons"):
        chosen = fields.choose(fields.offered(element), str(value)) if value not in (None, "") else None
    elif kind == "multi_static_select":
        chosen = [fields.choose(fields.offered(element), part) for part in parts(value)]
    elif kind == "external_select":
        chosen = await _searched(slack, team, user, view, block, element, str(value)) if value else None
    elif kind == "multi_external_select":
        chosen = []
        for part in parts(value):
            kept = [one for one in before if part in (one["value"], one["text"]["text"])]
            chosen.append(kept[0] if kept else await _searched(slack, team, user, view, block, element, part))
    elif kind.startswith("multi_"):
        chosen = [id_of(team, kind, part) for part in parts(value)]
    else:
        chosen = id_of(team, kind, str(value)) if value not in (None, "") else None
    state[fields.key_of(kind)] = chosen


async def suggested(
    slack: FakeSlack, team: Team, user: User, view: View, block: Json, element: Json, typed: str
) -> list[Json]:
    """What the app offers for what was typed so far; nothing below min_query_length, nor when it does not answer."""
    assert element["type"] in ("external_select", "multi_external_select"), "only external selects ask the app"
    if len(typed) < element.get("min_query_length", limits.MIN_QUERY_LENGTH):
        return []
    payload = payloads.suggestion(slack, team, user, view, block["block_id"], element["action_id"], typed)
    ack = await slack.delivery.send("block_suggestion", payload)
    if not ack.ok:
        return []
    try:
        check.options(ack.body)
    except Invalid as error:
        slack.violation("block_suggestion", error.problems, ack.body)
        return []
    return fields.offered(ack.body)


def submitted(slack: FakeSlack, team: Team, user: User, view: View, answer: Any) -> Json:
    """What the acknowledgement of a view_submission asks for happens."""
    stack = team.stacks.get(user.id, [])
    if not answer:
        _close(stack, view)
        return {"outcome": "closed"}
    try:
        return _answered(slack, team, user, view, answer)
    except SlackError as error:
        slack.violation("view_submission", getattr(error, "problems", [error.code]), answer)
        slack.notice(team, user, None, "We had some trouble connecting. Try again?")
        return {"outcome": "failed", "error": error.code}


def _answered(slack: FakeSlack, team: Team, user: User, view: View, answer: Any) -> Json:
    action = answer.get("response_action") if isinstance(answer, dict) else None
    allowed = {"errors": {"errors"}, "update": {"view"}, "push": {"view"}, "clear": set[str]()}
    if action not in allowed or answer.keys() - {"response_action"} - allowed[action]:
        raise Invalid("invalid_response", [f"not an answer to a form: {sorted(answer)}"])
    stack = team.stacks.get(user.id, [])
    if action == "errors":
        view.errors = _errors(view, answer.get("errors"))
        return {"outcome": "errors", "errors": view.errors}
    if action == "clear":
        stack.clear()
        return {"outcome": "cleared"}
    check.view(answer.get("view"))
    if action == "push":
        methods_views.push(slack, team, user.id, answer["view"])
        return {"outcome": "pushed"}
    methods_views.change(slack, view, answer["view"])
    return {"outcome": "updated"}


def _errors(view: View, given: Any) -> dict[str, str]:
    inputs = [block["block_id"] for block in view.given["blocks"] if block["type"] == "input"]
    if not isinstance(given, dict) or not given:
        raise Invalid("invalid_response", ["errors: must be an object with something in it"])
    found = [
        f"errors/{key}: no input block has this block_id; there are {inputs}" for key in given if key not in inputs
    ]
    found += [f"errors/{key}: must be words" for key, words in given.items() if not isinstance(words, str) or not words]
    if found:
        raise Invalid("invalid_response", found)
    return dict(given)


def _close(stack: list[View], view: View) -> None:
    """The one that was sent goes; with clear_on_close all go."""
    if view in stack:
        stack.remove(view)
    if view.given.get("clear_on_close"):
        stack.clear()


def parts(value: Any) -> list[str]:
    """ "falls, night" or a list."""
    given = value if isinstance(value, list) else str(value or "").split(",")
    return [part for one in given if (part := str(one).strip())]


def _checked(element: Json, value: Any) -> list[Json]:
    options = fields.offered(element)
    if isinstance(value, bool) or value is None:
        return list(options) if value else []
    return [fields.choose(options, part) for part in parts(value)]


async def _searched(
    slack: FakeSlack, team: Team, user: User, view: View, block: Json, element: Json, wanted: str
) -> Json:
    found = await suggested(slack, team, user, view, block, element, wanted)
    lowered = [one for one in found if wanted.lower() in (one["value"].lower(), one["text"]["text"].lower())]
    return lowered[0] if lowered else fields.choose(found, wanted)


def id_of(team: Team, kind: str, name: str) -> str:
    """Whom or what a test calls by its short name."""
    try:
        if "users" in kind:
            return team.person(name).id
        return team.place(name).id
    except KeyError as error:
        raise AssertionError(str(error)) from None
