"""The command line: run Rounds, and what an installer needs beside it."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

import bot.rituals
from adapters.local import sample
from adapters.local.chat.service import ChatService
from adapters.local.client import ChatApi
from adapters.slack import manifest
from adapters.web.calendar import calendar_route
from adapters.web.server import public_app, serve
from bot import logs, wiring
from bot.core.clock import MovableClock, SystemClock
from bot.core.events import Ref
from bot.core.people import Role
from bot.core.ports import Finding, SendError
from bot.core.registry import scan
from bot.core.ritual import Misdeclared
from bot.core.text import plain
from bot.limits import Limits
from bot.settings import Settings
from bot.wiring import Connect, Rounds, discord_invitation, local_connect, looking_up, new_token, real_platforms
from schedules.relay import Timing
from storage import audit, members, migrate
from storage.backup import HOW_ON_POSTGRESQL, BackupFailed, back_up_file
from storage.backup import restore as restore_file
from storage.engine import Database
from storage.search.reindex import reindex as rebuild

# For the sample's people, who do in a minute what others do in months.
UNHURRIED = Limits(burst_per_person=10_000)
BRISK = Timing(redraw_pause=0.0, poll=0.05)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it would print the values of local variables
    help="Rounds: a bot for communities of practice.",
)
slack_app = typer.Typer(no_args_is_help=True, help="What Slack needs to know of us.")
app.add_typer(slack_app, name="slack")
discord_app = typer.Typer(no_args_is_help=True, help="What Discord needs to know of us.")
app.add_typer(discord_app, name="discord")
steward_app = typer.Typer(no_args_is_help=True, help="Who looks after a community.")
app.add_typer(steward_app, name="steward")


def main() -> None:
    try:
        app()
    except migrate.WrongSchema as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from None


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            name = "ROUNDS_" + "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"{name}: {problem['msg']}", err=True)
        raise typer.Exit(2) from None


def _database(settings: Settings) -> Database:
    try:
        return Database(settings.database, pool_size=settings.database_pool)
    except ValueError as error:
        typer.echo(f"ROUNDS_DATABASE_URL: {error}", err=True)
        raise typer.Exit(2) from None


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """The data directory (SQLite, the workspace) takes one process only: a second one is told so."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "rounds.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            typer.echo(
                f"Rounds is using {settings.data_dir} already. Stop it first, "
                "or give this one a folder of its own (ROUNDS_DATA_DIR).",
                err=True,
            )
            raise typer.Exit(1) from None
        yield


@app.command()
def run(
    migrating: Annotated[
        bool, typer.Option("--migrate", help="Migrate PostgreSQL first, too. SQLite always is.")
    ] = False,
    local: Annotated[bool, typer.Option("--local", help="Open the workspace although tokens are set.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Begin the workspace without its sample community.")] = False,
) -> None:
    """Connect and serve until stopped."""
    settings = _settings()
    connects = real_platforms(settings)
    database = _database(settings)
    # The workspace, where anyone may act as anyone, never opens by itself beside a real platform.
    with_workspace = local or not connects
    logs.set_up(settings.log_format)
    with _alone(settings) if database.is_sqlite or with_workspace else nullcontext():
        if database.is_sqlite or migrating:
            migrate.upgrade(database.url)
        try:
            asyncio.run(_serve(settings, database, connects, with_workspace=with_workspace, empty=empty))
        except (migrate.WrongSchema, Misdeclared, wiring.NotInstalled) as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None


async def _serve(
    settings: Settings, database: Database, connects: list[Connect], *, with_workspace: bool, empty: bool
) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    model = wiring.embedder(settings)  # first of all: it says what is not installed
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    async with AsyncExitStack() as stack:
        # Only the workspace has buttons that move time; what runs on a real platform keeps the machine's.
        clock, url = MovableClock(), ""
        if with_workspace:
            url, local = await _workspace(settings, database, clock, stack, empty=empty or bool(connects))
            connects = [*connects, local]
        rounds = Rounds(
            database,
            connects,
            clock=clock,
            limits=Limits(in_flight=settings.in_flight),
            backups=settings.data_dir / "backups",
            keys=settings.keys,
            look_up=looking_up(settings),
            public_url=settings.web_address(on_this_machine=with_workspace),
            embedder=model,
        )
        stack.push_async_callback(rounds.stop)
        await rounds.start()
        await stack.enter_async_context(_public(settings, rounds))
        where = f"Open {url} in a browser; " if url else ""
        typer.echo(f"Rounds is running. {_how_connected(rounds)}{where}Ctrl-C stops it.")
        await stopped.wait()
        typer.echo("Stopping: finishing what is under way.")


def _how_connected(rounds: Rounds) -> str:
    """Which real platforms could be reached."""
    real = {name: platform.connected for name, platform in sorted(rounds.platforms.items()) if name != "local"}
    reached, missed = [name for name in real if real[name]], [name for name in real if not real[name]]
    words = f"Connected: {', '.join(reached)}. " if reached else ""
    if missed:
        words += f"Not yet: {', '.join(missed)}; I go on trying, and `rounds doctor` says what is wrong. "
    return words


async def _workspace(
    settings: Settings, database: Database, clock: MovableClock, stack: AsyncExitStack, *, empty: bool
) -> tuple[str, Connect]:
    """The workspace in the browser: its address, and the connection to it."""
    token, kept = new_token(), settings.data_dir / "workspace.db"
    is_new = not kept.exists()
    chat = ChatService(kept, token, beginning=sample.EMPTY if empty else sample.SAMPLE, clock=clock)
    stack.push_async_callback(chat.stop)
    url = await _start_chat(chat, settings.local_port)
    connect = local_connect(url, token)
    if is_new and not empty:
        await play_sample(database, [connect], url, clock)
    return url, connect


async def play_sample(database: Database, connects: list[Connect], url: str, clock: MovableClock) -> None:
    """Play the sample community's months, which end now."""
    typer.echo("Playing three months of a sample community; this takes some seconds.")
    clock.ahead = timedelta(days=-sample.DAYS)
    rounds = Rounds(database, connects, clock=clock, limits=UNHURRIED, timing=BRISK)

    async def passes(time: timedelta) -> None:
        clock.advance(time)
        await rounds.settle()

    await rounds.start()
    async with ChatApi(url) as api:
        await sample.play(api, passes)
    await rounds.disconnect()
    clock.ahead = timedelta(0)


async def _start_chat(chat: ChatService, port: int) -> str:
    """Start the workspace; on another port when its own is taken."""
    try:
        return await chat.start(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        typer.echo(f"Port {port} is taken; the workspace uses another one. (ROUNDS_LOCAL_PORT chooses.)")
        return await chat.start(0)


@asynccontextmanager
async def _public(settings: Settings, rounds: Rounds) -> AsyncIterator[None]:
    routes = [route for platform in rounds.platforms.values() for route in platform.routes()]
    app = public_app(rounds.healthy, [calendar_route(rounds.calendars), *routes])
    try:
        runner = await serve(app, settings.public_host, settings.public_port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        if routes:  # somewhere else Slack would not find it
            typer.echo(f"Port {settings.public_port} is taken. Choose another with ROUNDS_PUBLIC_PORT.", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"Port {settings.public_port} is taken; health is served on another. (ROUNDS_PUBLIC_PORT chooses.)")
        runner = await serve(app, settings.public_host, 0)
    typer.echo(f"Health: http://{settings.public_host}:{runner.addresses[0][1]}/health")
    yield
    await runner.cleanup()


@slack_app.command("manifest")
def slack_manifest(
    url: Annotated[str, typer.Option(help="The public https address, for signed HTTP instead of Socket Mode.")] = "",
) -> None:
    """Print the app's manifest, to be pasted where Slack asks for it."""
    settings = _settings()
    prefix, history = settings.slack_command_prefix, settings.slack_history
    made = manifest.manifest(scan(bot.rituals), prefix=prefix, history=history, url=url)
    typer.echo(json.dumps(made, indent=2, ensure_ascii=False))


@discord_app.command("invite")
def discord_invite() -> None:
    """Print the address by which somebody adds the bot to a server, with the least permissions it works with."""
    settings = _settings()
    token = settings.discord_token.get_secret_value()
    if not token:
        typer.echo("Set ROUNDS_DISCORD_TOKEN first: docs/connect-discord.md says where it is found.", err=True)
        raise typer.Exit(1)
    try:
        typer.echo(asyncio.run(discord_invitation(settings)))
    except SendError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def doctor() -> None:
    """Check the database and each platform that is set up; for what is wrong, how to mend it."""
    settings = _settings()
    logs.set_up(settings.log_format)
    found = asyncio.run(_examined(settings, _database(settings)))
    for finding in sorted(found, key=lambda finding: finding.well):
        typer.echo(f"{'ok ' if finding.well else 'NO '} {finding.what}")
        if not finding.well:
            mend = finding.mend if isinstance(finding.mend, str) else plain(finding.mend)
            typer.echo(f"    {mend}")
    raise typer.Exit(0 if all(finding.well for finding in found) else 1)


async def _examined(settings: Settings, database: Database) -> list[Finding]:
    found = [await _database_found(database)]
    rounds = Rounds(database, real_platforms(settings), keys=settings.keys)
    for name, platform in rounds.platforms.items():
        try:
            found += await platform.inspect("")
        except Exception as error:  # what is kept of installations may be out of reach, too
            found.append(
                Finding(name, False, f"It can't be examined ({type(error).__name__}); mend the database first.")
            )
        await platform.close()
    if not rounds.platforms:
        found.append(Finding("No platform is set up: `rounds run` opens the workspace in the browser", True))
    if settings.slack_client_id and not settings.keys:
        found.append(Finding("Keys for the workspaces' tokens", False, "Set ROUNDS_ENCRYPTION_KEYS."))
    await database.close()
    return found


async def _database_found(database: Database) -> Finding:
    try:
        await asyncio.to_thread(migrate.check, database.url)
    except migrate.NewerSchema as error:
        return Finding("The database", False, str(error))
    except migrate.WrongSchema as error:
        if database.is_sqlite:
            return Finding("The database (brought up to date when Rounds starts)", True)
        return Finding("The database", False, str(error))
    except Exception as error:
        return Finding("The database", False, f"It can't be reached ({type(error).__name__}).")
    return Finding("The database", True)


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database to the schema of this version. (`rounds run` does so by itself on SQLite.)"""
    settings = _settings()
    database = _database(settings)
    with _alone(settings) if database.is_sqlite else nullcontext():
        migrate.upgrade(database.url)
    typer.echo(f"The database is at {migrate.head()}.")


@app.command()
def backup(to: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Write a checked copy of the SQLite database, also while Rounds runs."""
    database = _database(_settings())
    if not database.is_sqlite or database.url.database is None:
        typer.echo(HOW_ON_POSTGRESQL)
        raise typer.Exit(1)
    try:
        back_up_file(Path(database.url.database), to)
    except BackupFailed as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Written and checked: {to}")


@app.command()
def restore(source: Annotated[Path, typer.Argument(help="A file that `rounds backup` wrote.")]) -> None:
    """Put a backup in the database's place. Stop Rounds first; what was there is kept beside it."""
    settings = _settings()
    database = _database(settings)
    if not database.is_sqlite or database.url.database is None:
        typer.echo(HOW_ON_POSTGRESQL)
        raise typer.Exit(1)
    with _alone(settings):
        try:
            restore_file(source, Path(database.url.database))
        except BackupFailed as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        migrate.upgrade(database.url)
    typer.echo(f"Restored from {source}.")


@app.command()
def reindex(
    after: Annotated[int, typer.Option(help="Go on after this question, where an earlier run was stopped.")] = 0,
) -> None:
    """Build what `/find` looks in anew from what is kept, also while Rounds runs."""
    database = _database(_settings())
    migrate.check(database.url)
    typer.echo(f"The search index is built: {asyncio.run(_reindexed(database, after))} questions.")


async def _reindexed(database: Database, after: int) -> int:
    done = 0
    with typer.progressbar(length=1, label="Questions", show_pos=True) as bar:
        async for progress in rebuild(database, after):
            bar.length, bar.label = max(progress.total, 1), f"Questions (up to {progress.last})"
            bar.update(progress.done - done)
            done = progress.done
    await database.close()
    return done


@steward_app.command("add")
def add_steward(
    account: Annotated[str, typer.Argument(help="platform/workspace/person, for example slack/T012AB/U034CD")],
) -> None:
    """Make somebody steward of their community, for when the last steward is gone."""
    try:
        ref = Ref.parse(account)
    except ValueError:
        typer.echo("Name the account as platform/workspace/person, for example slack/T012AB/U034CD.", err=True)
        raise typer.Exit(2) from None
    database = _database(_settings())
    migrate.check(database.url)
    typer.echo(asyncio.run(_appoint(database, ref)))


async def _appoint(database: Database, ref: Ref) -> str:
    now = SystemClock().now()
    try:
        async with database.write() as db:
            member = await members.of_account(db, ref)
            if member is None:
                raise typer.BadParameter(f"Nobody is known as {ref}. They become known when they type a command once.")
            member.role, member.blocked_at = int(Role.STEWARD), None
            audit.note(db, member.community_id, None, now, "steward.appointed", f"member:{member.id}", "command line")
            return f"{member.name} is a steward now."
    finally:
        await database.close()
