"""The service lets anyone act as anyone, so nobody else may reach it: not another site, not by another name."""

from __future__ import annotations

import aiohttp
import pytest

from tests.local.stage import TOKEN, Stage

TYPE = "/api/as/ada/type"
SAID = {"place": "questions", "text": "hello"}


async def _status(stage: Stage, method: str, path: str, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.request(
            method, stage.service.url + path, json=SAID if method == "POST" else None, headers=headers
        ) as response,
    ):
        return response.status


async def test_it_listens_on_this_machine_alone(stage: Stage) -> None:
    assert stage.service.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "[::1]", ""]
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/api/directory"), ("POST", TYPE), ("GET", "/bot/people")]
)
async def test_another_name_for_this_address_is_refused(stage: Stage, host: str, method: str, path: str) -> None:
    assert await _status(stage, method, path, {"Host": host, "Authorization": f"Bearer {TOKEN}"}) in (400, 403)
    await stage.person("ada").sees_not("hello")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://{host}", "http://localhost:1", "http://{host}.evil.example"]
)
async def test_another_site_is_refused(stage: Stage, origin: str) -> None:
    host = stage.service.url.removeprefix("http://")
    headers = {"Origin": origin.format(host=host), "Authorization": f"Bearer {TOKEN}"}
    for method, path in [("POST", TYPE), ("POST", "/faults"), ("GET", "/bot/socket")]:
        assert await _status(stage, method, path, headers) == 403
    await stage.person("ada").sees_not("hello")


async def test_the_page_itself_and_plain_programs_are_let_in(stage: Stage) -> None:
    port = stage.service.url.rsplit(":", 1)[1]
    for name in ("127.0.0.1", "localhost"):
        headers = {"Host": f"{name}:{port}", "Origin": f"http://{name}:{port}"}
        assert await _status(stage, "POST", TYPE, headers) == 200
    assert await _status(stage, "POST", TYPE, {}) == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \u00e9"])
async def test_bots_need_their_token(stage: Stage, given: str) -> None:
    for path in ("/bot/people", "/bot/socket", "/bot/messages", "/bot/nothing"):
        assert await _status(stage, "GET", path, {"Authorization": given}) == 401
