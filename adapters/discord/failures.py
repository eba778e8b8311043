"""Discord's errors → ours, in words for people. Pure."""

from __future__ import annotations

import asyncio

import aiohttp
import discord

from bot.core.ports import Gone, MaybeSent, NotSent, RateLimited, Refused, SendError

# Discord's documentation, "JSON Error Codes".
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_MEMBER, UNKNOWN_INTERACTION = 10003, 10008, 10007, 10062
ARCHIVED, ACKNOWLEDGED, EXISTS_ALREADY = 50083, 40060, 160004
UNKNOWN_EVENT, EVENT_OVER = 10070, 180000
WORDS = {
    10003: "I can't find this channel: it was deleted, or I may not see it.",
    10004: "I am no longer in this server.",
    10007: "They are no longer in this server.",
    10013: "This account is no longer there.",
    10070: "This event is no longer there.",
    20028: "This channel takes no more messages for a while.",
    30003: "This channel has as many pinned messages as Discord allows. Unpin one.",
    30033: "This thread has as many people as Discord allows.",
    30038: "This server has as many open events as Discord allows. End or delete some.",
    40003: "Discord lets me open only so many direct messages at once.",
    40005: "This file is larger than Discord takes.",
    40067: "This forum wants a tag on each post. Give the question a tag that the forum has.",
    50001: "I may not see this channel. Give me View Channel there.",
    50007: "They take no direct messages from this server.",
    50013: "A permission is missing in this channel. /facilitate check says which one.",
    50024: "This kind of channel can't be used for that.",
    50035: "Discord did not accept how this message is built.",
    50083: "This thread is archived.",
    EXISTS_ALREADY: "This message has a thread already.",
    160005: "This thread is locked.",
    180000: "This event is over, or was cancelled.",
    340015: "Discord held this message back.",
}
TOKEN = "Discord does not accept the bot's token. Make a new one in the developer portal, under Bot."


def code_of(error: BaseException) -> int:
    return error.code if isinstance(error, discord.HTTPException) else 0


def as_send_error(error: Exception, *, edits: bool = False) -> SendError:
    """What a failed request means for the message it was to send (or, ``edits``, to change)."""
    match error:
        case SendError():
            return error
        case discord.RateLimited():
            return RateLimited(error.retry_after)
        case discord.LoginFailure():
            return Refused(TOKEN)
        case discord.HTTPException():
            return _answered(error, edits)
        case aiohttp.ClientConnectorError():
            return NotSent("could not connect to Discord")
        case aiohttp.ClientError() | asyncio.TimeoutError() | OSError():
            return MaybeSent(f"the connection ended: {type(error).__name__}")
        case _:
            return MaybeSent(f"no answer that makes sense: {type(error).__name__}", settled=True)


def _answered(error: discord.HTTPException, edits: bool) -> SendError:
    if error.status == 429:
        retry_after = error.response.headers.get("Retry-After", "1")
        return RateLimited(float(retry_after) if retry_after.replace(".", "", 1).isdigit() else 1.0)
    if error.status >= 500:
        return MaybeSent(f"Discord failed: {error.status}", settled=True)
    if error.status == 401:
        return Refused(TOKEN)
    if edits and error.code in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL, UNKNOWN_EVENT, EVENT_OVER):
        return Gone(str(error.code))
    if error.code == 40003:
        return RateLimited(60.0)  # a limit on opening conversations, of which Discord does not say how long it lasts
    return Refused(WORDS.get(error.code, f"Discord refused this ({error.status}, {error.code})."))
