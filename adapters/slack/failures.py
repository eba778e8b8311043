"""Slack's errors → ours, in words for people. Pure."""

from __future__ import annotations

import asyncio
import re

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError

from bot.core.ports import Gone, MaybeSent, NotSent, RateLimited, Refused, SendError

# What facilitators read when a message can't be sent: what is wrong, what to do.
WORDS = {
    "not_in_channel": "I am not in this channel. Type /invite with my name there.",
    "channel_not_found": "I can't find this channel. If it is private, type /invite with my name there.",
    "is_archived": "This channel is archived. Unarchive it, or choose another one with /facilitate channels.",
    "restricted_action": "Only some people may post in this channel. An admin can allow me to, in the channel's settings.",
    "restricted_action_read_only_channel": "This channel is read-only. An admin can allow me to post there.",
    "restricted_action_thread_only_channel": "In this channel one may only reply. An admin can allow me to post there.",
    "restricted_action_non_threadable_channel": "Threads are switched off in this channel.",
    "thread_locked": "This thread is locked.",
    "cannot_dm_bot": "This account is a bot's: it takes no messages.",
    "user_disabled": "This account was deactivated.",
    "user_not_found": "This account is no longer there.",
    "user_not_visible": "This account can't be reached from here.",
    "messages_tab_disabled": "Messages to me are switched off. In the app's settings, under App Home, turn on the Messages tab.",
    "msg_too_long": "This is too long for one message.",
    "msg_blocks_too_long": "This is too long for one message.",
    "missing_scope": "A permission is missing. /facilitate check says which one, and how to grant it.",
    "not_allowed_token_type": "The token is not a bot's. The bot's token begins with xoxb-.",
    "invalid_auth": "Slack does not accept the bot's token any more. It has to be installed again.",
    "not_authed": "The bot's token is missing.",
    "token_revoked": "The bot's token was revoked. It has to be installed again.",
    "token_expired": "The bot's token ran out. It has to be installed again.",
    "account_inactive": "The bot was removed from this workspace. It has to be installed again.",
    "app_missing_action_url": "The app's settings lack the address for buttons. /facilitate check says more.",
    "ekm_access_denied": "The workspace's admins suspended posting.",
    "team_access_not_granted": "The bot was not granted access to this workspace.",
}
ON_THEIR_SIDE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
NO_LONGER_THERE = {"message_not_found", "thread_not_found", "cant_update_message", "cant_delete_message"}
NO_TOKEN = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}


def code_of(error: BaseException) -> str:
    """Slack's own code of an error, or nothing."""
    response = getattr(error, "response", None)
    try:
        return str(response["error"] or "") if response is not None else ""
    except (AttributeError, KeyError, TypeError, ValueError):  # the body of a 5xx is no JSON, say
        return ""


def as_send_error(error: Exception, *, edits: bool = False) -> SendError:
    """What a failed request means for the message it was to send (or, ``edits``, to change)."""
    match error:
        case SendError():
            return error
        case SlackApiError():
            return _answered(error, edits)
        case aiohttp.ClientConnectorError() | SlackRequestError():
            return NotSent("could not connect to Slack")
        case aiohttp.ClientError() | asyncio.TimeoutError() | OSError():
            return MaybeSent(f"the connection ended: {type(error).__name__}")
        case _:
            return MaybeSent(f"no answer that makes sense: {type(error).__name__}", settled=True)


def _answered(error: SlackApiError, edits: bool) -> SendError:
    code = code_of(error)
    status = int(getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 200)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return RateLimited(_retry_after(error))
    if status >= 500 or not code or code in ON_THEIR_SIDE:
        return MaybeSent(f"Slack failed: {code or status}", settled=True)
    if edits and code in NO_LONGER_THERE:
        return Gone(code)
    if code in WORDS:
        return Refused(WORDS[code])
    if code == "invalid_blocks":
        return Refused("Slack did not accept how this message is built.")
    return Refused(f"Slack refused: {code if re.fullmatch('[a-z_]{1,60}', code) else 'without saying why'}.")


def _retry_after(error: SlackApiError) -> float:
    """Seconds; one when Slack did not say."""
    headers = getattr(error.response, "headers", None) or {}
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "1")
    try:
        return max(0.0, float(value[0] if isinstance(value, list) else value))
    except (TypeError, ValueError):
        return 1.0
