"""Calendars over HTTP: GET /calendar/<secret>.ics, for the programs that members give their address to."""

from __future__ import annotations

from aiohttp import web

from bot.core.ports import Calendars, Route

PATH = "/calendar/{token:[A-Za-z0-9_-]{20,80}}.ics"


def calendar_route(calendars: Calendars) -> Route:
    async def calendar(request: web.Request) -> web.Response:
        """404 for an address that never was or that is revoked: nobody learns which."""
        found = await calendars.read(request.match_info["token"])
        if found is None:
            raise web.HTTPNotFound(text="There is no calendar at this address, or no more.")
        headers = {"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
        return web.Response(body=found, content_type="text/calendar", charset="utf-8", headers=headers)

    return "GET", PATH, calendar
