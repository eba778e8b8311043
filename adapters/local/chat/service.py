"""The service itself: starts, tells its address, stops."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from adapters.local.chat import bot_api, clock, http, live, page, people_api
from adapters.local.chat.model import Directory
from adapters.local.chat.sockets import PAUSES
from adapters.local.chat.store import Store
from adapters.local.chat.workspace import WORKSPACE_KEY, Workspace
from adapters.local.sample import SAMPLE
from bot.core.clock import Clock, SystemClock

ADDRESS = "127.0.0.1"  # never another: anyone who reaches the service may act as anyone
PATIENCE = 3.0


class ChatService:
    def __init__(
        self,
        database: Path,
        bot_token: str,
        *,
        beginning: Directory | None = None,
        clock: Clock | None = None,
        patience: float = PATIENCE,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        """``beginning`` fills a workspace that is empty; without one, the sample.

        In seconds: ``patience``, how long a person waits for the bot before they are told; ``pauses``, how long the
        service waits for an acknowledgement before each further try.
        """
        self._beginning = beginning or SAMPLE
        self._bot_token = bot_token
        self.workspace = Workspace(Store(database), clock or SystemClock(), patience, pauses)
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, port: int = 0) -> str:
        """Open the database, listen, and return the address, like http://127.0.0.1:8070. Port 0 takes a free one.

        Raises OSError when the port is taken.
        """
        try:
            await self.workspace.open(self._beginning)
            await clock.resume(self.workspace)
            self._runner = web.AppRunner(self._app(), handle_signals=False, access_log=None, shutdown_timeout=2)
            await self._runner.setup()
            await web.TCPSite(self._runner, ADDRESS, port).start()
        except BaseException:
            await self.stop()
            raise
        host, taken = self._runner.addresses[0][:2]
        assert ipaddress.ip_address(host).is_loopback
        self.url = f"http://{host}:{taken}"
        return self.url

    async def stop(self) -> None:
        """End every connection and close the database. What was stored stays."""
        await self.workspace.let_go()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.workspace.store.close()

    def _app(self) -> web.Application:
        app = web.Application(
            middlewares=[http.tell_problems, http.refuse_strangers, http.admit_bots, page.show_problems]
        )
        app[WORKSPACE_KEY] = self.workspace
        app[http.BOT_TOKEN] = self._bot_token
        app.on_response_prepare.append(http.add_headers)
        for routes in (bot_api.routes, people_api.routes, clock.routes, live.routes, page.routes):
            app.add_routes(routes)
        return app
