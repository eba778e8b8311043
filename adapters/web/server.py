"""The public web server: health, and what the platforms let the world reach. The local workspace has a server of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from bot.core.ports import Route

Healthy = Callable[[], Awaitable[bool]]


def public_app(healthy: Healthy, routes: Iterable[Route] = ()) -> web.Application:
    """GET /health: 200 while the database answers and deliveries go on, else 503. ``routes`` are the platforms'."""

    async def health(_request: web.Request) -> web.Response:
        if await healthy():
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "not ok"}, status=503)

    app = web.Application()
    app.router.add_get("/health", health)
    for method, path, handler in routes:
        app.router.add_route(method, path, handler)
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Start listening. Raises OSError when the port is taken. ``cleanup()`` of the result stops it."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner
