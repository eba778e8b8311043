"""A web server on 127.0.0.1 that misbehaves in every way it knows, and names that lead to it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from socket import AF_INET, AddressFamily
from urllib.parse import unquote

from aiohttp.abc import AbstractResolver, ResolveResult

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]
HERE = "127.0.0.1"


class Traps:
    """``pages`` maps a path to what it answers: bytes as they go over the wire, or a function that writes them."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Answer] = {}
        self.requests: list[str] = []  # each with its headers
        self.connections = self.at_once = self.most_at_once = self.sent = 0
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    @property
    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        self.connections += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self.answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
        finally:
            self.at_once -= 1
            self.tasks.discard(task)
            writer.close()

    async def answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        path, _, query = request.split(" ")[1].partition("?")
        page = redirect(unquote(query)) if path == "/to" else self.pages.get(path, NOT_FOUND)
        if callable(page):
            await page(writer)
        else:
            writer.write(page)
            await writer.drain()

    async def endless(self, writer: asyncio.StreamWriter, beginning: bytes, more: bytes) -> None:
        """Never ends by itself; counts what it got rid of."""
        writer.write(beginning)
        while True:
            writer.write(more)
            self.sent += len(more)
            await writer.drain()
            await asyncio.sleep(0)


def response(body: bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body


def redirect(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n".encode()


def titled(title: str) -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head><body>text".encode()


def bomb(title: str, megabytes: int) -> bytes:
    return response(gzip.compress(titled(title) + b" " * megabytes * 2**20, 9), Content_Encoding="gzip")


class Names(AbstractResolver):
    """Names that lead where a test says: each asking takes the next answer, the last one stays. Nobody else is asked."""

    def __init__(self, *answers: list[tuple[str, int]]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=at, port=port if to == 0 else to, family=AF_INET, proto=0, flags=0)
            for at, to in answer
        ]

    async def close(self) -> None: ...


NOT_FOUND = response(b"", status="404 Not Found")


@asynccontextmanager
async def traps() -> AsyncIterator[Traps]:
    made = Traps()
    server = await asyncio.start_server(made.serve, HERE, 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks)
        await server.wait_closed()
