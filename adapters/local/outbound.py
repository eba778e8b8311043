"""Neutral calls → the local service's HTTP API, and its failures → ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.local import render
from adapters.local.profile import local_id
from bot.core.events import FromAPerson, Ref
from bot.core.ports import Arrival, Gone, MaybeSent, NotSent, Outgoing, RateLimited, Refused
from bot.core.replies import Outcome
from bot.core.ui import Card

Json = dict[str, Any]

TIMEOUT = 15.0  # seconds, for a whole request
CONNECT_TIMEOUT = 5.0
STRANGER = "What answers at the chat service's address is not the chat service."


class LocalOutbound:
    """Implements bot.core.ports.Outbound. Each call is one HTTP request; nothing is tried again here."""

    pace = 0.0

    def __init__(self, url: str, token: str, timeout: float = TIMEOUT) -> None:
        """``url`` like http://127.0.0.1:8070; ``token`` is the one the service was started with; seconds."""
        self.url, self._token, self._timeout = url.rstrip("/"), token, timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._timeout, sock_connect=CONNECT_TIMEOUT)
            headers = {"Authorization": f"Bearer {self._token}"}
            self._session = aiohttp.ClientSession(timeout=timeout, headers=headers)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, message: Outgoing) -> str:
        to = {"person" if message.to_person else "place": _here(message.to)}
        given: Json = {**to, "card": render.card(message.card), "delivery_id": message.id}
        if message.thread:
            given["thread"] = _number(message.thread)
        answer = await self.request("POST", "/bot/messages", given)
        return str(answer["id"])

    async def arrived(self, message: Outgoing) -> str | Arrival:
        answer = await self.request("GET", f"/bot/messages?delivery_id={quote(message.id, safe='')}")
        return str(answer["ids"][0]) if answer["ids"] else Arrival.NO

    async def redraw(self, to: Ref, remote: str, card: Card, id: str) -> None:
        await self.request("PATCH", f"/bot/messages/{_number(remote)}", {"card": render.card(card)})

    async def delete(self, to: Ref, remote: str) -> None:
        await self.request("DELETE", f"/bot/messages/{_number(remote)}")

    async def can_see(self, person: Ref, place: Ref) -> bool:
        """False for whoever and whatever the service does not know."""
        who, where = local_id(person), local_id(place)
        if who is None or where is None:
            return False
        try:
            answer = await self.request("GET", f"/bot/places/{quote(where, safe='')}/members/{quote(who, safe='')}")
        except Refused:
            return False
        return answer["can_see"] is True

    async def words(self, place: Ref, message: str, thread: str) -> str:
        """The service knows a message by its id alone."""
        found = await self.request("GET", f"/bot/messages/{_number(message)}")
        if found["place"] != _here(place):
            raise Refused("This message is no longer there.")
        return str(found["text"])

    async def answer(self, event: FromAPerson, outcome: Outcome) -> None:
        path = f"/bot/answers/{quote(event.answer_to, safe='')}"
        await self.request("POST", path, render.late_answer(outcome))

    async def request(self, method: str, path: str, given: Json | list[Any] | None = None) -> Json:
        """One request and its answer. Raises SendError."""
        try:
            # aiohttp tries GET, PUT and DELETE once more when a kept connection turns out to be closed, POST and PATCH
            # never; a redirect would be a second request.
            async with self.session.request(method, self.url + path, json=given, allow_redirects=False) as response:
                answer = await response.json() if response.status < 500 else {}
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(f"could not connect to the chat service: {type(error).__name__}") from error
        except TimeoutError as error:
            raise MaybeSent("the chat service did not answer in time") from error
        except aiohttp.ContentTypeError as error:
            raise Refused(STRANGER) from error
        except (aiohttp.ClientError, ConnectionError, ValueError) as error:
            raise MaybeSent(f"the answer did not come through: {type(error).__name__}", settled=True) from error
        return _checked(response, answer)


def _checked(response: aiohttp.ClientResponse, answer: Any) -> Json:
    if response.status >= 500:
        raise MaybeSent(f"the chat service failed ({response.status})", settled=True)
    if not isinstance(answer, dict):
        raise Refused(STRANGER)
    if response.status < 300:
        return answer
    words = str(answer.get("message", response.reason))
    if response.status == 429:
        raise RateLimited(float(response.headers.get("Retry-After", "1")))
    if response.status == 401:
        # Mending the token mends this, so nothing is given up.
        raise NotSent(f"the chat service does not know us: {words}")
    if answer.get("error") == "no_such_message" and response.method in ("PATCH", "DELETE"):
        raise Gone(words)
    raise Refused(words)


def _here(to: Ref) -> str:
    id = local_id(to)
    if id is None:
        raise Refused("This does not live in the local workspace.")
    return id


def _number(message: str) -> int:
    """The service's ids of messages are numbers; it never gave us another."""
    if not message.isdecimal():
        raise Gone("The local chat service has no message with this id.")
    return int(message)
