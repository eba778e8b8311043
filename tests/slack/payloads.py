"""What Slack sends, as it sends it. Every text in it holds SECRET, so that a test sees where words go."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
TEAM, BOT, BEN, ADA = "T0HERE", "U0BOT", "U0BEN", "U0ADA"
CHANNEL, TS, SECRET = "C0HERE", "1772618400.000100", "fentanyl"
URL, TRIGGER = "https://hooks.slack.com/x/1", "13345224609.738474920.8088930838d88f008e0"
METADATA = '{"origin":"/ask","draft":"d1","place":"C0HERE","thread":"1.1","url":"https://hooks.slack.com/commands/1","home":"yes"}'


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def command(text: str = "", name: str = "/ask") -> Json:
    return {
        "token": "t",
        "team_id": TEAM,
        "team_domain": "sample",
        "channel_id": CHANNEL,
        "channel_name": "questions",
        "user_id": BEN,
        "user_name": "ben",
        "command": name,
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": URL,
        "trigger_id": TRIGGER,
    }


def _head(type: str, user_team: str = TEAM) -> Json:
    return {
        "type": type,
        "token": "t",
        "api_app_id": "A1",
        "team": {"id": TEAM, "domain": "sample"},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": BEN, "username": "ben", "name": "ben", "team_id": user_team},
        "trigger_id": TRIGGER,
    }


def _view(type: str, blocks: list[Json], values: Json, metadata: str = METADATA) -> Json:
    return {
        "id": "V1",
        "team_id": TEAM,
        "type": type,
        "blocks": blocks,
        "private_metadata": metadata,
        "callback_id": "form",
        "state": {"values": values},
        "hash": "156772938.1827394",
        "title": plain("Ask"),
        "close": plain("Cancel"),
        "submit": plain("Send"),
        "clear_on_close": False,
        "notify_on_close": False,
        "root_view_id": "V1",
        "previous_view_id": None,
        "app_id": "A1",
        "external_id": "",
        "app_installed_team_id": TEAM,
        "bot_id": "B1",
    }


def message(thread: str = "", **more: Any) -> Json:
    found = {"type": "message", "user": BOT, "bot_id": "B1", "ts": TS, "text": SECRET, "team": TEAM}
    return {**found, **({"thread_ts": thread} if thread else {}), **more}


def press(value: str = "q.answer|7", *, thread: str = "", user_team: str = TEAM, **more: Any) -> Json:
    """A button on a message in a channel."""
    button = {
        "type": "button",
        "block_id": "b1",
        "action_id": "press.0",
        "text": plain("Answer"),
        "value": value,
        "action_ts": TS,
    }
    return {
        **_head("block_actions", user_team),
        "actions": [button],
        "container": {
            "type": "message",
            "message_ts": TS,
            "channel_id": CHANNEL,
            "is_ephemeral": False,
            **({"thread_ts": thread} if thread else {}),
        },
        "channel": {"id": CHANNEL, "name": "questions"},
        "message": message(thread),
        "state": {"values": {}},
        "response_url": URL,
        **more,
    }


def press_in_view(kind: str) -> Json:
    found = press()
    for key in ("message", "channel", "response_url", "state"):
        del found[key]
    found["container"] = {"type": "view", "view_id": "V1"}
    found["view"] = _view(kind, [], {}, METADATA if kind == "modal" else "")
    return found


INPUTS: Json = {
    "title": {"line": {"type": "plain_text_input", "value": SECRET}},
    "details": {"paragraph": {"type": "plain_text_input", "value": None}},
    "page": {"url": {"type": "plain_text_input", "value": "https://e.example"}},
    "much": {"number": {"type": "number_input", "value": "12"}},
    "when": {"datetime": {"type": "plain_text_input", "value": "2026-03-05 14:30"}},
    "where": {
        "choice": {"type": "static_select", "selected_option": {"text": plain("Ward"), "value": "ward"}},
    },
    "nowhere": {"choice": {"type": "radio_buttons", "selected_option": None}},
    "several": {
        "choices": {"type": "multi_static_select", "selected_options": [{"text": plain("A"), "value": "a"}]},
    },
    "tags": {
        "tags": {"type": "multi_external_select", "selected_options": [{"text": plain("falls"), "value": "falls"}]},
    },
    "who": {"person": {"type": "users_select", "selected_user": ADA}},
    "nobody": {"person": {"type": "users_select", "selected_user": None}},
    "sure": {"yesno": {"type": "checkboxes", "selected_options": [{"text": plain("Yes"), "value": "yes"}]}},
    "unsure": {"yesno": {"type": "checkboxes", "selected_options": []}},
}


def submission(metadata: str = METADATA, user_team: str = TEAM) -> Json:
    return {**_head("view_submission", user_team), "view": _view("modal", [], INPUTS, metadata), "response_urls": []}


def suggestion(typed: str = "fal") -> Json:
    found = {**_head("block_suggestion"), "block_id": "tags", "action_id": "tags", "value": typed}
    del found["trigger_id"]
    return {
        **found,
        "container": {"type": "view", "view_id": "V1"},
        "view": _view("modal", [], {}),
    }


def message_action(user_team: str = TEAM, **changes: Any) -> Json:
    found = message(user=ADA, **changes)
    if "bot_id" not in changes:
        del found["bot_id"]
    return {
        **_head("message_action", user_team),
        "callback_id": "Keep",
        "action_ts": TS,
        "message_ts": TS,
        "channel": {"id": CHANNEL, "name": "questions"},
        "response_url": URL,
        "message": found,
    }


def shortcut(callback: str = "run:ask") -> Json:
    return {**_head("shortcut"), "callback_id": callback, "action_ts": TS}


def event(given: Json) -> Json:
    return {
        "token": "t",
        "team_id": TEAM,
        "api_app_id": "A1",
        "event": given,
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1772618400,
        "authorizations": [
            {"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-1",
    }


def said(**changes: Any) -> Json:
    """A reply in a thread of ours; None takes a key away."""
    given = {
        "type": "message",
        "user": ADA,
        "ts": TS,
        "client_msg_id": "c1",
        "text": SECRET,
        "team": TEAM,
        "thread_ts": "1772618300.000100",
        "parent_user_id": BOT,
        "blocks": [
            {
                "type": "rich_text",
                "block_id": "b",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": SECRET}]}],
            }
        ],
        "channel": CHANNEL,
        "event_ts": TS,
        "channel_type": "channel",
    }
    return event({key: value for key, value in {**given, **changes}.items() if value is not None})


def user(**changes: Any) -> Json:
    profile = {
        "title": "",
        "phone": "",
        "skype": "",
        "fields": [],
        "first_name": "Ada",
        "last_name": "A.",
        "status_text": "",
        "status_text_canonical": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        **{f"image_{size}": "https://a.example/1.png" for size in (24, 32, 48, 72, 192, 512)},
        "real_name": "Ada A.",
        "real_name_normalized": "Ada A.",
        "display_name": "",
        "display_name_normalized": "",
        "avatar_hash": "g",
        "team": TEAM,
        **{key: changes.pop(key) for key in ("display_name",) if key in changes},
    }
    return {
        "id": ADA,
        "team_id": TEAM,
        "name": "ada",
        "deleted": False,
        "color": "9f69e7",
        "real_name": "Ada A.",
        "locale": "en-GB",
        "tz": "Europe/London",
        "tz_label": "Greenwich Mean Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": True,
        "is_owner": True,
        "is_primary_owner": True,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": 1772618400,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
        **changes,
    }
