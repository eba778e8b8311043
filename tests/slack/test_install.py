"""Installing into many workspaces by OAuth, and what is asked of a request over HTTP before it counts."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from adapters.slack import manifest
from storage.communities import Community, Place, Workspace
from storage.installations import Installation
from storage.members import Account
from tests.fakes.slack import FakeSlack, SlackApi, SlackPerson
from tests.support.slack import SlackWorld, slack_world
from tests.support.waiting import until

OLD_KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
OTHER = "T0OTHER"


def two_workspaces(slack: FakeSlack) -> None:
    """Neither has us yet. In the other one there are Zoe, who installs, and Yan."""
    slack.team.install.active, slack.team.install.gone = False, "invalid_auth"
    other = slack.add_team(OTHER, "Other House", "other", suffix="B", installed=False)
    slack.add_person("zoe", "Zoe Z.", team=other, admin=True, owner=True, primary_owner=True)
    slack.add_person("yan", "Yan Y.", team=other)
    slack.add_place("questions", team=other, members=("zoe", "yan"))


def for_many_workspaces(database_url: str, folder: Path, **more: Any) -> AbstractAsyncContextManager[SlackWorld]:
    """Nothing is installed yet."""
    given: dict[str, Any] = {"bot_token": "", "client_id": "1000.2000", "client_secret": "client-secret", **more}
    return slack_world(database_url, folder, http=True, keys=[OLD_KEY], prepare=two_workspaces, **given)


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[SlackWorld]:
    async with for_many_workspaces(database_url, tmp_path) as made:
        yield made


class Browser:
    """Somebody's, who installs. It keeps our cookie as if the address were https."""

    def __init__(self, session: aiohttp.ClientSession, world: SlackWorld) -> None:
        self._session, self._world = session, world
        self.cookie = ""

    async def begins(self) -> str:
        """Open the page with the button; returns where the button leads."""
        async with self._session.get(f"{self._world.public}/slack/install", allow_redirects=False) as page:
            self.cookie = page.headers["Set-Cookie"].split(";")[0]
            found = re.search(r'<a href="([^"]+)"', await page.text())
            assert found
            return unescape(found[1])

    async def agrees(self, address: str) -> str:
        """On Slack's page; returns where Slack sends them back to."""
        async with self._session.get(address, allow_redirects=False) as page:
            assert page.status == 302
            return page.headers["Location"]

    async def returns(self, address: str) -> tuple[int, str]:
        async with self._session.get(address, headers={"Cookie": self.cookie}) as page:
            return page.status, await page.text()

    async def installs(self) -> None:
        status, words = await self.returns(await self.agrees(await self.begins()))
        assert status == 200, words


@pytest.fixture
async def browser(world: SlackWorld) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Browser(session, world)


async def kept(world: SlackWorld) -> list[str]:
    async with world.database.read() as db:
        return list(await db.scalars(select(Installation.workspace).order_by(Installation.workspace)))


async def communities(world: SlackWorld) -> dict[str, str]:
    """Workspace → its community's name."""
    async with world.database.read() as db:
        query = select(Workspace.remote_id, Community.name).join(Community, Community.id == Workspace.community_id)
        return {id: name for id, name in await db.execute(query.where(Workspace.gone_at.is_(None)))}


async def installed_twice(world: SlackWorld, browser: Browser) -> SlackApi:
    """In both workspaces; returns the other one's people."""
    await browser.installs()
    await world.person("ada").sees("Setting up Sample Community")
    await world.person("ada").sees("Welcome to Sample Community")
    world.service.oauth.installs_into = OTHER
    await browser.installs()
    other = SlackApi(world.service.url, team=OTHER)
    await SlackPerson(other, "zoe").sees("Setting up Other House")
    await SlackPerson(other, "zoe").sees("Welcome to Other House")
    return other


# Installing


async def test_whoever_installs_is_welcomed_and_the_community_works(world: SlackWorld, browser: Browser) -> None:
    assert await kept(world) == []
    await browser.installs()
    assert await kept(world) == ["T0ROUNDS"]
    await world.person("ada").sees("Setting up Sample Community")
    await world.person("ben").sees("Welcome to Sample Community")
    await world.person("ben").types("/ask Does it work?")
    await world.person("ben").submits()
    await world.person("dana").sees("Does it work?")
    await world.restarts()
    await world.person("ben").types("/rounds help")
    await world.person("ben").sees("/ask")


@pytest.mark.parametrize("history", [True, False])
async def test_to_see_what_is_said_is_asked_for_unless_it_is_not_wanted(
    database_url: str, tmp_path: Path, history: bool
) -> None:
    async with (
        for_many_workspaces(database_url, tmp_path, history=history) as world,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        browser = Browser(session, world)
        (scopes,) = parse_qs(urlsplit(await browser.begins()).query)["scope"]
        assert set(scopes.split(",")) == set(manifest.scopes(history=history))
        assert ("channels:history" in scopes) is history
        await browser.installs()
        await world.person("ben").sees("Welcome to Sample Community")


async def test_the_token_is_nowhere_in_the_database(world: SlackWorld, browser: Browser, tmp_path: Path) -> None:
    await browser.installs()
    token = world.service.team.install.token
    assert token.startswith("xoxb-")
    await world.rounds.stop()
    files = [path for path in tmp_path.iterdir() if path.name.startswith("rounds.db")]
    assert files
    assert not [path for path in files if token.encode() in path.read_bytes() or b"xoxb-" in path.read_bytes()]
    await world.restarts()


async def test_who_does_not_agree_installs_nothing(world: SlackWorld, browser: Browser) -> None:
    world.service.oauth.agrees = False
    _, words = await browser.returns(await browser.agrees(await browser.begins()))
    assert "access_denied" in words
    assert await kept(world) == []


@pytest.mark.parametrize("how", ["forged", "another's", "nonsense", "empty"])
async def test_a_state_that_is_not_ours_installs_nothing(world: SlackWorld, browser: Browser, how: str) -> None:
    address = urlsplit(await browser.agrees(await browser.begins()))
    query = {name: found[0] for name, found in parse_qs(address.query).items()}
    moment, word, signature = query["state"].split(".")
    state = {
        "forged": f"{int(moment) + 5}.{word}.{signature}",
        "another's": f"{moment}.{word}.{'0' * 64}",
        "nonsense": "a.b",
        "empty": "",
    }[how]
    browser.cookie = f"{browser.cookie.split('=')[0]}={state}"
    status, _ = await browser.returns(address._replace(query=urlencode({**query, "state": state})).geturl())
    assert 400 <= status < 500
    assert await kept(world) == []


async def test_a_state_lasts_ten_minutes_in_one_browser_and_once(world: SlackWorld, browser: Browser) -> None:
    late = await browser.agrees(await browser.begins())
    world.clock.advance(timedelta(minutes=11))
    assert (await browser.returns(late))[0] >= 400
    elsewhere, browser.cookie = await browser.agrees(await browser.begins()), ""
    assert (await browser.returns(elsewhere))[0] >= 400
    assert await kept(world) == []

    address = await browser.agrees(await browser.begins())
    assert (await browser.returns(address))[0] == 200
    world.service.uninstall()
    await until(lambda: is_kept(world, []))
    assert (await browser.returns(address))[0] >= 400
    assert await kept(world) == []


async def is_kept(world: SlackWorld, expected: list[str]) -> bool:
    return await kept(world) == expected


async def is_back(world: SlackWorld, team: str) -> bool:
    """Whether the program has heard again of the workspace's people and channels."""
    async with world.database.read() as db:
        people = await db.scalar(select(Account.id).where(Account.workspace == team, Account.active.is_(True)).limit(1))
        places = await db.scalar(select(Place.id).where(Place.workspace == team, Place.archived.is_(False)).limit(1))
    return people is not None and places is not None


async def test_keys_are_changed_one_after_the_other(world: SlackWorld, browser: Browser) -> None:
    other = await installed_twice(world, browser)
    async with other:
        world.keys[:] = [NEW_KEY, OLD_KEY]
        await world.restarts()
        await browser.installs()  # which writes with the new key
        await SlackPerson(other, "yan").types("/rounds help")
        await SlackPerson(other, "yan").sees("/ask")
        await world.person("ben").types("/rounds help")
        await world.person("ben").sees("/ask")

        # Without the old key, what was written with it can't be read: the rest goes on, and checking says what to do.
        world.keys[:] = [NEW_KEY]
        await world.restarts()
        await SlackPerson(other, "zoe").types("/rounds help")
        findings = await world.rounds.platforms["slack"].inspect("")
        (lost,) = [finding for finding in findings if "T0ROUNDS" in finding.what]
        assert not lost.well
        assert "ROUNDS_ENCRYPTION_KEYS" in lost.mend


async def test_without_a_key_nothing_is_installed_and_it_is_said(world: SlackWorld, browser: Browser) -> None:
    world.keys.clear()
    await world.restarts()
    status, words = await browser.returns(await browser.agrees(await browser.begins()))
    assert status >= 400
    assert "ROUNDS_ENCRYPTION_KEYS" in words
    assert await kept(world) == []


# Several workspaces


async def test_each_workspace_has_its_own_community(world: SlackWorld, browser: Browser) -> None:
    other = await installed_twice(world, browser)
    async with other:
        zoe, yan = SlackPerson(other, "zoe"), SlackPerson(other, "yan")
        assert await communities(world) == {"T0ROUNDS": "Sample Community", OTHER: "Other House"}
        await yan.types("/ask Only among us?")
        await yan.submits()
        await zoe.sees("Only among us?")
        await world.person("ada").types("/find only among us")
        await world.person("ada").sees("Nothing found")
        await world.person("ada").sees_not("Only among us?")


async def test_a_second_workspace_joins_a_community_by_a_code(world: SlackWorld, browser: Browser) -> None:
    other = await installed_twice(world, browser)
    async with other:
        steward, zoe = world.person("ada"), SlackPerson(other, "zoe")
        await steward.types("/facilitate check")
        await steward.presses("Connect another workspace")
        code = (await steward.sees("gives this code: ")).text.partition("gives this code: ")[2].split(".")[0].strip()
        await zoe.presses("It exists already", on="Setting up")
        assert (await zoe.submits(code="guessed"))["outcome"] == "errors"
        assert (await zoe.submits(code=code))["outcome"] == "closed"
        await zoe.sees("Sample Community lives here, too, now.")
        assert await communities(world) == {"T0ROUNDS": "Sample Community", OTHER: "Sample Community"}


async def live_on(world: SlackWorld, *workspaces: str) -> bool:
    return set(await communities(world)) == set(workspaces)


async def test_who_removes_us_leaves_no_token_behind_and_the_others_go_on(world: SlackWorld, browser: Browser) -> None:
    # Who there is in the other workspace is answered when it has removed us already.
    world.service.faults.set(methods=("users.list",), delay=2, delay_seconds=0.3)
    other = await installed_twice(world, browser)
    async with other:
        world.service.uninstall(world.service.teams[OTHER])
        await until(lambda: is_kept(world, ["T0ROUNDS"]))
        await until(lambda: live_on(world, "T0ROUNDS"))  # it is told right after its token is forgotten
        await world.person("ben").types("/ask Still here?")
        await world.person("ben").submits()
        await world.person("dana").sees("Still here?")
        assert await live_on(world, "T0ROUNDS")
        await browser.installs()  # into the other one again
        await until(lambda: is_back(world, OTHER))
        await SlackPerson(other, "yan").types("/ask Back again?")
        await SlackPerson(other, "yan").submits()
        await SlackPerson(other, "zoe").sees("Back again?")


async def test_a_workspace_that_left_while_we_were_away_does_not_keep_the_others_waiting(
    world: SlackWorld, browser: Browser
) -> None:
    """It comes first, and nobody told us."""
    other = await installed_twice(world, browser)
    async with other:
        world.service.teams[OTHER].install.active = False
        world.service.calls.clear()
        await world.restarts()
        asked = [call["team"] for call in world.service.calls if call["method"] == "users.conversations"]
        assert asked == ["T0ROUNDS"]


# Requests


async def send(world: SlackWorld, body: str, headers: dict[str, str], kind: str = "application/json") -> int:
    async with aiohttp.ClientSession() as session:
        given: dict[str, Any] = {"data": body, "headers": {"Content-Type": kind, **headers}}
        async with session.post(f"{world.public}/slack/events", **given) as answer:
            return answer.status


@pytest.fixture
async def plain(database_url: str, tmp_path: Path) -> AsyncIterator[SlackWorld]:
    """One workspace by a token in the settings, over HTTP."""
    async with slack_world(database_url, tmp_path, http=True) as made:
        yield made


async def test_a_request_that_is_not_slacks_or_too_old_does_nothing(plain: SlackWorld) -> None:
    await plain.person("ben").types("/rounds help")
    command = plain.service.delivery.sent[-1]["payload"]
    body, kind = urlencode({**command, "trigger_id": "1.2.new"}), "application/x-www-form-urlencoded"
    signed = plain.service.delivery.signature
    now = int(time.time())
    for headers in (
        {},
        {**signed(body), "X-Slack-Signature": "v0=" + "0" * 64},
        signed(body + "x"),
        signed(body, now - 301),
        signed(body, now + 301),
        {**signed(body, now - 400), "X-Slack-Request-Timestamp": str(now)},
    ):
        assert await send(plain, body, headers, kind) == 401
    assert await send(plain, body, signed(body, now - 200), kind) == 200


async def test_a_request_that_is_repeated_counts_once(plain: SlackWorld) -> None:
    ben = plain.person("ben")
    await ben.types("/ask Once?")
    await ben.submits()
    await plain.person("dana").sees("Once?")
    sent = next(one for one in plain.service.delivery.sent if one["kind"] == "view_submission")
    body = urlencode({"payload": json.dumps(sent["payload"])})
    for _ in range(2):
        signature = plain.service.delivery.signature(body)
        assert await send(plain, body, signature, "application/x-www-form-urlencoded") == 200
    await plain.settles()
    assert sum("Once?" in message["text"] for message in await plain.api.messages("questions")) == 1


async def test_slack_verifies_the_address(plain: SlackWorld) -> None:
    assert await plain.service.delivery.verify_url()


async def test_nonsense_is_no_server_error(plain: SlackWorld) -> None:
    for body, kind in (
        ("", "application/json"),
        ("{", "application/json"),
        ("[1]", "application/json"),
        ('{"type": "event_callback"}', "application/json"),
        ("payload=%7B", "application/x-www-form-urlencoded"),
    ):
        assert await send(plain, body, plain.service.delivery.signature(body), kind) < 500
