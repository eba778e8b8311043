"""Answers to what people do: in the form, in its place, privately, or at home."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack import forms, render
from adapters.slack.failures import as_send_error, code_of
from adapters.slack.forms import Opened
from adapters.slack.inbound import AnswerTo
from adapters.slack.outbound import SlackOutbound
from adapters.slack.render import Page
from adapters.slack.text import Voice
from adapters.slack.workspaces import TIMEOUT, Workspaces
from bot.core.events import FromAPerson, Ref, Submit
from bot.core.forms import FormView
from bot.core.help import welcome_sentence
from bot.core.ports import DrawHome, NotSent, RateLimited
from bot.core.replies import Ask, Consider, Done, Outcome, Said, Wrong
from bot.core.ui import Card, say

Json = dict[str, Any]
log = structlog.get_logger("rounds.slack")
TOO_LATE = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired", "trigger_exchanged"}
MODAL = "modal"
ANSWER_TRIES, LONGEST_WAIT = 3, 10.0  # seconds


class Answering(SlackOutbound):
    def __init__(self, workspaces: Workspaces, home: DrawHome) -> None:
        super().__init__(workspaces)
        self._home = home

    def in_the_form(self, event: Submit, outcome: Outcome, view: Json) -> Json | None:
        """The answer that only the acknowledgement of a form can carry; nothing when the form just closes."""
        voice = self.workspaces.voice(event.who.workspace)
        to = AnswerTo.unpacked(event.answer_to)
        match outcome:
            case Wrong(errors) if any(block.get("type") == "input" for block in view["blocks"]):
                return forms.errors(errors, view)
            case Ask(asked):
                return {"response_action": "update", "view": forms.modal(asked, _opened(event, to, asked), voice)}
            case Consider(card):
                return self._instead(card, event, to, voice)
            case Said(card) if not to.url and not event.place.id:  # opened where there is no channel: at home
                return self._instead(card, event, to, voice)
            case _:
                return None

    def _instead(self, card: Card, event: Submit, to: AnswerTo, voice: Voice) -> Json | None:
        if not render.fits_a_view(render.blocks(card, voice)):
            return None
        metadata = _opened(event, to).packed()
        return {"response_action": "update", "view": render.reading_view(card, voice, metadata)}

    async def answer(self, event: FromAPerson, outcome: Outcome) -> None:
        to = AnswerTo.unpacked(event.answer_to)
        match outcome:
            case Said(card, private):
                await self.tell(event.who, event.place, to, card, private=private)
            case Consider(card):
                await self.tell(event.who, event.place, to, card)
            case Wrong(errors):  # the form is closed already
                await self.tell(event.who, event.place, to, say("\n".join(errors.values())))
            case Ask(view):
                await self._open(event, to, view)
            case Done():
                pass
        if to.home:
            await self.show_home(event.who)

    async def _open(self, event: FromAPerson, to: AnswerTo, view: FormView) -> None:
        workspace = await self._workspace(event.who)
        drawn = forms.modal(view, _opened(event, to, view), self.workspaces.voice(event.who.workspace))
        try:
            if to.view_kind == MODAL and to.view:
                await workspace.client.views_update(view_id=to.view, view=drawn)
            else:
                await workspace.client.views_open(trigger_id=to.trigger, view=drawn)
        except Exception as error:
            if code_of(error) not in TOO_LATE:
                log.warning("slack.form_not_opened", error=code_of(error) or type(error).__name__)
            words = say("I couldn't open the form in time. Nothing was lost; please try again.")
            await self.tell(event.who, event.place, AnswerTo(url=to.url, thread=to.thread), words)

    async def tell(self, who: Ref, place: Ref, to: AnswerTo, card: Card, *, private: bool = True) -> None:
        """Show somebody a card: where they pressed, else only to them in the channel, else as a direct message."""
        if to.view_kind and await self._shown_in_a_view(who, place, to, card):
            return
        for page in render.pages(card, self.workspaces.voice(who.workspace)):
            if not (to.url and await self._responded(to, page, private=private)):
                await self._patiently(who, place, to.thread, page)

    async def _patiently(self, who: Ref, place: Ref, thread: str, page: Page) -> None:
        """Answers are in no ledger: when Slack wants us to wait, this waits, as long as somebody may be waiting, too."""
        for _ in range(ANSWER_TRIES - 1):
            try:
                return await self.privately(who, place, thread, page)
            except RateLimited as limit:
                await asyncio.sleep(min(limit.retry_after, LONGEST_WAIT))
            except NotSent:
                await asyncio.sleep(1.0)
        await self.privately(who, place, thread, page)

    async def _shown_in_a_view(self, who: Ref, place: Ref, to: AnswerTo, card: Card) -> bool:
        """In the modal that the button stood in, or in a new one over the home. False when that is no longer possible."""
        workspace, voice = await self._workspace(who), self.workspaces.voice(who.workspace)
        if not render.fits_a_view(render.blocks(card, voice)):
            return False
        metadata = Opened(place=place.id, thread=to.thread, url=to.url, home=to.home).packed()
        view = render.reading_view(card, voice, metadata)
        try:
            if to.view_kind == MODAL:
                await workspace.client.views_update(view_id=to.view, view=view)
            else:
                await workspace.client.views_open(trigger_id=to.trigger, view=view)
        except Exception as error:
            log.info("slack.view_closed", error=code_of(error) or type(error).__name__)
            return False
        return True

    async def _responded(self, to: AnswerTo, page: Page, *, private: bool) -> bool:
        """By the address that came with what they did: 5 times within 30 minutes. False when Slack does not take it."""
        client = AsyncWebhookClient(to.url, timeout=TIMEOUT, session=self.workspaces.session, retry_handlers=[])
        given: Json = {
            "text": page.text,
            "blocks": page.blocks,
            "response_type": "ephemeral" if private else "in_channel",
            "replace_original": False,
        }
        if to.thread:
            given["thread_ts"] = to.thread
        try:
            response = await client.send_dict(given)
        except Exception as error:  # better an answer that is seen twice than none
            log.info("slack.response_url_failed", error=type(error).__name__)
            return False
        if response.status_code == 200:
            return True
        log.info("slack.response_url_refused", status=response.status_code)
        return False

    async def show_home(self, who: Ref) -> None:
        """Publish somebody's App Home. Raises SendError."""
        cards = await self._home(who) or (Card("Rounds", welcome_sentence()),)
        workspace = await self._workspace(who)
        view = render.home(cards, self.workspaces.voice(who.workspace))
        try:
            await workspace.client.views_publish(user_id=who.id, view=view)
        except Exception as error:
            raise as_send_error(error) from error


def _opened(event: FromAPerson, to: AnswerTo, view: FormView | None = None) -> Opened:
    """What a modal has to remember of where it came from."""
    origin, draft = (view.origin, view.draft) if view else ("", "")
    return Opened(origin, draft, event.place.id, to.thread, to.url, to.home)
