"""Logs: no token of anybody's is ever in them, whatever was logged; ordinary words are."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import structlog
from aiohttp.http_exceptions import BadStatusLine

from bot import logs

# Made up; pieced together so that no tool takes this file for a leak.
SECRETS = [
    "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx",
    "xoxp-" + "1-2-3-abcdef0123456789",
    "xoxe.xoxp-" + "1-Mi0yLTEyMzQ1Njc4OTAt",
    "xapp-" + "1-A012345678-1234567890-abcdef0123456789",
    "MTE2NzY4OTEyMzQ1Njc4OTAxMg" + ".GxYzAb" + ".abcdefghijklmnopqrstuvwxyz-0123456789_A",
]
SAID_AROUND = [
    ("Authorization: Bearer ", "s3cret.token+/=", ""),
    ("authorization: bearer ", "s3cret.token", ""),
    ("postgresql://rounds:", "p4ssw0rd", "@db.example/rounds"),
    ("postgresql+psycopg://rounds:", "p4ss/w@rd", "@db.example:5432/rounds"),
    ("https://", "t0ken", "@example.org/feed"),
    ("https://hooks.slack.com/commands/", "T012/123/s3cret", ""),
    ("POST https://discord.com/api/webhooks/123456/", "s3cret-hook", " 429"),
    ("https://discord.com/api/v10/interactions/123456/", "aW50ZXJhY3Rpb24", "/callback"),
]
CASES = [(f"it is {secret}, see?", secret) for secret in SECRETS]
CASES += [(f"{before}{secret}{after}", secret) for before, secret, after in SAID_AROUND]
NAMES = [f"secret{number}" for number in range(len(CASES))]


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> Iterator[Literal["text", "json"]]:
    logs.set_up(request.param)
    yield request.param
    logs.set_up()


@pytest.mark.parametrize(("said", "secret"), CASES, ids=NAMES)
def test_a_secret_never_gets_through(said: str, secret: str) -> None:
    assert secret not in logs.without_tokens(said)
    assert secret[4:] not in logs.without_tokens(said)


@pytest.mark.parametrize(
    "words",
    [
        "transaction.again attempt=2",
        "https://example.org/a/page?b=c#d and https://example.org:8080/x",
        "postgresql://db.example:5432/rounds",
        "write to ada@example.org about falls at night",
        "a bearer of good news",  # one word is lost to caution, below
        "R-23abcdef 2026-03-04T10:00:00+00:00 question.answer|123",
        "délivrance … 夜間",
    ],
    ids=range(7),
)
def test_ordinary_words_do(words: str) -> None:
    assert logs.without_tokens(words) == words.replace("bearer of", "bearer …")


@pytest.mark.parametrize(("said", "secret"), CASES, ids=NAMES)
def test_wherever_a_secret_stands_it_is_not_printed(
    form: Literal["text", "json"], said: str, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Thing:
        def __repr__(self) -> str:
            return said

    log = structlog.get_logger("test")
    log.warning(said)
    log.warning("value", value=said, nested={"list": [said, (said,)]}, thing=Thing(), error=ValueError(said))
    _raise_and_log(log, said)
    printed = capsys.readouterr().err.replace(r"\u2026", "…")
    assert printed.count("…") >= 7
    assert secret not in printed


def _raise_and_log(log: Any, said: str) -> None:
    try:
        try:
            raise ValueError(said)
        except ValueError as error:
            raise RuntimeError("outer") from error
    except RuntimeError as error:
        log.error("failed", exc_info=error)


def test_what_libraries_log_is_cleaned_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    library = logging.getLogger("somebody.elses")
    library.warning("cannot connect with %s", SECRETS[0])
    try:
        raise ValueError(SECRETS[1])
    except ValueError:
        library.exception("failed")
    library.info("nobody reads this")
    printed = capsys.readouterr().err
    assert "cannot connect with …" in printed
    assert "ValueError: …" in printed
    assert "nobody reads this" not in printed


def test_each_entry_says_when_how_bad_and_what(
    form: Literal["text", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.get_logger("test").warning("delivery.ended", delivery=7, state="sent", late=None, share=0.5)
    printed = capsys.readouterr().err
    if form == "json":
        entry = json.loads(printed)
        assert entry.pop("timestamp").endswith("Z")
        assert entry == {
            "event": "delivery.ended",
            "level": "warning",
            "delivery": 7,
            "state": "sent",
            "late": None,
            "share": 0.5,
        }
    else:
        assert "delivery.ended" in printed
        assert "warning" in printed
        assert "delivery=7" in printed


@pytest.mark.parametrize("error", [BadStatusLine("GET / x"), ConnectionResetError()])
def test_what_a_stranger_does_wrong_over_http_is_no_failure_of_ours(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    for raised in (error, KeyError("ours")):
        try:
            raise raised
        except Exception:
            logging.getLogger("aiohttp.server").exception("Error handling request from %s", "127.0.0.1")
    theirs, ours = caplog.records
    assert (theirs.levelname, theirs.exc_info) == ("WARNING", None)
    assert (ours.levelname, bool(ours.exc_info)) == ("ERROR", True)
