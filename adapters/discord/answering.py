"""Answers to interactions: within three seconds the first, within fifteen minutes the others."""

from __future__ import annotations

from typing import Any

import discord
import structlog

from adapters.discord import forms, render
from adapters.discord.failures import ACKNOWLEDGED, UNKNOWN_INTERACTION, as_send_error, code_of
from adapters.discord.http import DiscordHttp
from adapters.discord.inbound import AnswerTo
from adapters.discord.outbound import DiscordOutbound
from adapters.discord.profile import EPHEMERAL
from adapters.discord.servers import Servers
from bot.core.clock import Clock
from bot.core.events import Click, FromAPerson
from bot.core.ports import Refused
from bot.core.replies import Ask, Consider, Done, Outcome, Said, Wrong
from bot.core.ui import Card, say

Json = dict[str, Any]
log = structlog.get_logger("rounds.discord")
MESSAGE, DEFERRED, UNCHANGED, SUGGESTIONS, MODAL = 4, 5, 6, 8, 9  # types of a first answer
PRESS_AGAIN = "I couldn't open the form in time. Nothing was lost; please try again."


class Answering(DiscordOutbound):
    def __init__(self, http: DiscordHttp, servers: Servers, clock: Clock) -> None:
        super().__init__(http, servers, clock)

    async def respond(self, event: FromAPerson, outcome: Outcome) -> None:
        """The first answer, and what follows when it is too long for one message."""
        to = AnswerTo.unpacked(event.answer_to)
        guild = event.who.workspace
        match outcome:
            case Ask(view):
                await self._first(to, {"type": MODAL, "data": forms.modal(view, guild, to.delivery)})
            case Done() if isinstance(event, Click):
                await self._first(to, {"type": UNCHANGED})
            case _:
                card, private = _shown(outcome)
                first, *more = _messages(card, guild, private=private)
                if await self._first(to, {"type": MESSAGE, "data": first}):
                    for body in more:
                        await self._follow(to, body)

    async def defer(self, event: FromAPerson, *, private: bool) -> None:
        """The answer takes longer. Whether it is private is fixed with this."""
        body: Json = {"type": DEFERRED, "data": {"flags": EPHEMERAL if private else 0}}
        await self._first(AnswerTo.unpacked(event.answer_to), body)

    async def _first(self, to: AnswerTo, body: Json) -> bool:
        """False when it came too late, or somebody had answered already; either is no failure of what was asked for."""
        try:
            await self.http.respond(to.id, to.token, body)
        except discord.HTTPException as error:
            if code_of(error) == ACKNOWLEDGED:
                # Perhaps by this very request, whose own answer was lost.
                log.info("discord.answered_already", interaction=to.id)
                return True
            if code_of(error) == UNKNOWN_INTERACTION:
                log.warning("discord.answered_too_late", interaction=to.id)
                return False
            raise as_send_error(error) from error
        except Exception as error:
            raise as_send_error(error) from error
        return True

    async def suggest(self, to: AnswerTo, choices: list[Json]) -> None:
        await self._first(to, {"type": SUGGESTIONS, "data": {"choices": choices}})

    async def answer(self, event: FromAPerson, outcome: Outcome) -> None:
        """After a deferral: the first message takes its place."""
        to = AnswerTo.unpacked(event.answer_to)
        if isinstance(outcome, Done):
            await self._take_back(to)
            return
        card, private = _shown(outcome)
        for body in _messages(card, event.who.workspace, private=private):
            await self._follow(to, body)

    async def _follow(self, to: AnswerTo, body: Json) -> None:
        try:
            await self.http.follow_up(to.app, to.token, body)
        except discord.HTTPException as error:
            if error.status in (401, 404):
                raise Refused("Discord takes answers for fifteen minutes only.") from error
            raise as_send_error(error) from error
        except Exception as error:
            raise as_send_error(error) from error

    async def _take_back(self, to: AnswerTo) -> None:
        """Nothing is to be said, so the message that said "thinking" goes."""
        try:
            await self.http.take_back(to.app, to.token)
        except Exception as error:
            log.info("discord.not_taken_back", error=str(as_send_error(error)))


def _shown(outcome: Outcome) -> tuple[Card, bool]:
    match outcome:
        case Said(card, private):
            return card, private
        case Consider(card):
            return card, True
        case Wrong(errors):
            return say("\n".join(errors.values())), True
        case Ask():
            return say(PRESS_AGAIN), True
        case Done():
            return say("Done."), True


def _messages(card: Card, guild: str, *, private: bool) -> list[Json]:
    pages = render.pages(card, guild)
    return [{**page, "flags": page["flags"] | EPHEMERAL} for page in pages] if private else pages
