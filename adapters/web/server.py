"""The public web server: for now, health. The local workspace never stands on it: it has a server of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

Healthy = Callable[[], Awaitable[bool]]


def public_app(healthy: Healthy) -> web.Application:
    """GET /health: 200 while the database answers and deliveries go on, else 503."""

    async def health(_request: web.Request) -> web.Response:
        if await healthy():
            return web.json_response({"status": "ok"})
        return web.json_response({"status": "not ok"}, status=503)

    app = web.Application()
    app.router.add_get("/health", health)
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
