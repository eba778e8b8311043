"""Declaring a ritual. The decorators only record; nothing runs when a ritual's module is imported.

A handler's parameters are checked when it is recorded: a context, then the click or the due action, then the form.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, get_type_hints

from bot.core.events import (
    DeliveryStuck,
    Interest,
    MessageGone,
    PlaceChanged,
    Shortcut,
    Talked,
    ThreadReply,
    TypedDirectly,
    WorkspaceConnected,
)
from bot.core.filters import Filter
from bot.core.forms import Form, Prefill
from bot.core.people import Role, Viewer
from bot.core.ports import Outside
from bot.core.replies import Effects
from bot.core.ui import Action, Card

Handler = Callable[..., Awaitable[Effects]]
H = TypeVar("H", bound=Handler)
# (ctx, typed text) for a command, (ctx, click) for a button.
PrefillProvider = Callable[..., Awaitable[Prefill]]
# (db, subject, viewer, now) -> the card, or None when the subject is gone or not for this viewer.
Draw = Callable[[Any, int, Viewer, datetime], Awaitable[Card | None]]
# (db, subject) -> the spaces that the card tells of: its reader's rights there are asked for afresh before it is sent.
TellsOf = Callable[[Any, int], Awaitable[list[int]]]
# (outside, form or click or typed text) -> anything; runs before the transaction and may use the network.
Prepare = Callable[[Outside, Any], Awaitable[Any]]
# (outside, click or shortcut) -> anything; runs before a form is opened, within the same deadline as its prefill.
Beforehand = Callable[[Outside, Any], Awaitable[Any]]
# What was chosen in a message's menu -> the button whose form opens.
OfMessage = Callable[[Shortcut], Action]
# (db, member, now) -> what the member's home shows, or nothing.
AtHome = Callable[[Any, Any, datetime], Awaitable[Card | None]]
D = TypeVar("D", bound=AtHome)
NOTICES: tuple[type, ...] = (
    ThreadReply,
    Talked,
    TypedDirectly,
    MessageGone,
    Interest,
    DeliveryStuck,
    PlaceChanged,
    WorkspaceConnected,
)


class Misdeclared(Exception):
    """A ritual says something that cannot work. Raised while the program starts."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One thing a person can do: a command, or a click on a kind of button."""

    name: str
    run: Handler
    role: Role
    summary: str = ""
    form: type[Form] | None = None
    action: type[Action] | None = None
    private: bool = True
    reads: bool = False
    prepare: Prepare | None = None
    prefill: PrefillProvider | None = None
    typed: str = ""  # what may be typed after a command, for platforms that say so; its form's first text otherwise
    filters: tuple[Filter, ...] = ()
    beforehand: Beforehand | None = None
    even_blocked: bool = False  # also for whom a facilitator took their part from


@dataclass(frozen=True, slots=True)
class Occasion:
    """A date of a rhythm: its key there (the local date) and its instant, UTC."""

    rhythm: int
    slot: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recurring:
    """Something that can recur. ``label`` is how a facilitator chooses it, empty where it is made in another way.

    ``default``: when, as a sentence. ``late``: how long after its time it is still of use.
    """

    name: str
    run: Handler
    label: str
    default: str
    late: timedelta


@dataclass
class Ritual:
    name: str
    commands: dict[str, Spec] = field(default_factory=dict)
    clicks: dict[str, Spec] = field(default_factory=dict)
    timers: dict[str, tuple[type[Action], Handler]] = field(default_factory=dict)
    cards: dict[str, Draw] = field(default_factory=dict)
    tells_of: dict[str, TellsOf] = field(default_factory=dict)
    notices: list[tuple[type, Handler]] = field(default_factory=list)
    shortcuts: dict[str, OfMessage] = field(default_factory=dict)
    home: dict[int, AtHome] = field(default_factory=dict)
    rhythms: dict[str, Recurring] = field(default_factory=dict)

    def command(
        self,
        name: str,
        summary: str,
        *,
        role: Role,
        form: type[Form] | None = None,
        private: bool = True,
        reads: bool = False,
        prepare: Prepare | None = None,
        prefill: PrefillProvider | None = None,
        typed: str = "",
        filters: tuple[Filter, ...] = (),
        even_blocked: bool = False,
    ) -> Callable[[H], H]:
        """A slash command, "word" or "group word". Without a form the handler is given what was typed: (ctx, text).

        ``filters`` may be typed among the text, and are options where a platform has such.
        """

        def record(run: H) -> H:
            self._once(self.commands, name)
            self._check(run, [form or str])
            self._check_providers(name, prepare=prepare, prefill=prefill)
            if filters and form is not None:
                raise Misdeclared(f"{self.name}: {name!r} has a form, so nothing reads its filters")
            self.commands[name] = Spec(
                name, run, role, summary, form, None, private, reads, prepare, prefill, typed, filters,
                even_blocked=even_blocked,
            )  # fmt: skip
            return run

        return record

    def click(
        self,
        *,
        role: Role,
        form: type[Form] | None = None,
        private: bool = True,
        reads: bool = False,
        prepare: Prepare | None = None,
        prefill: PrefillProvider | None = None,
        beforehand: Beforehand | None = None,
        even_blocked: bool = False,
    ) -> Callable[[H], H]:
        """A press on a button whose action is the type of the handler's second parameter.

        ``beforehand`` fetches what the form is filled with from beyond the database; the prefill finds it as ``ctx.prepared``.
        """

        def record(run: H) -> H:
            self._record_click(run, role, form, private, reads, prepare, prefill, beforehand, even_blocked)
            return run

        return record

    def shortcut(self, label: str) -> Callable[[OfMessage], OfMessage]:
        """An entry in the menu of every message: a function that says which button's form it opens.

        That form's prefill is given the shortcut; when a draft of it is opened again, the button's action.
        """

        def record(of_message: OfMessage) -> OfMessage:
            self._once(self.shortcuts, label)
            self.shortcuts[label] = of_message
            return of_message

        return record

    def _record_click(
        self,
        run: Handler,
        role: Role,
        form: type[Form] | None,
        private: bool,
        reads: bool,
        prepare: Prepare | None,
        prefill: PrefillProvider | None,
        beforehand: Beforehand | None,
        even_blocked: bool,
    ) -> Spec:
        action = self._action_of(run)
        self._once(self.clicks, action.prefix)
        self._check(run, [action, form] if form else [action])
        self._check_providers(action.prefix, prepare=prepare, prefill=prefill, beforehand=beforehand)
        if beforehand is not None and (form is None or prefill is None):
            raise Misdeclared(
                f"{self.name}: {action.prefix!r} has no form with a prefill, so nothing comes of beforehand"
            )
        spec = Spec(
            action.prefix, run, role, "", form, action, private, reads, prepare, prefill, beforehand=beforehand,
            even_blocked=even_blocked,
        )  # fmt: skip
        self.clicks[action.prefix] = spec
        return spec

    def at_home(self, place: int) -> Callable[[D], D]:
        """What a member's home shows, where a platform has one; the smallest ``place`` first."""

        def record(draw: D) -> D:
            is_async = inspect.iscoroutinefunction(draw)
            if not is_async or len(inspect.signature(draw).parameters) != 3:
                raise Misdeclared(f"{self.name}: what stands at home is drawn by an async (db, member, now)")
            self._once(self.home, place)
            self.home[place] = draw
            return draw

        return record

    def timer(self, run: H) -> H:
        """What happens when a Later falls due: (ctx, action). The context has no member."""
        action = self._action_of(run)
        self._once(self.timers, action.prefix)
        self._check(run, [action])
        self.timers[action.prefix] = (action, run)
        return run

    def rhythm(
        self, name: str, label: str = "", *, default: str = "", late: timedelta = timedelta(hours=6)
    ) -> Callable[[H], H]:
        """What happens on the dates of a schedule that a facilitator makes: (ctx, occasion). The context has no member."""

        def record(run: H) -> H:
            self._once(self.rhythms, name)
            self._check(run, [Occasion])
            self.rhythms[name] = Recurring(name, run, label, default, late)
            return run

        return record

    def on(self, event: type) -> Callable[[H], H]:
        """Hear of something a platform or the ledger reports: (ctx, event)."""
        if event not in NOTICES:
            raise Misdeclared(f"{self.name}: rituals cannot hear of {event.__name__}")

        def record(run: H) -> H:
            self._check(run, [event])
            self.notices.append((event, run))
            return run

        return record

    def card(self, name: str, *, tells_of: TellsOf | None = None) -> Callable[[Draw], Draw]:
        """How a card is drawn from its subject's id: (db, subject, viewer, now).

        ``tells_of``: the spaces whose closed places the reader must be in, where one Direct.about does not say them all.
        """

        def record(draw: Draw) -> Draw:
            self._once(self.cards, name)
            if len(inspect.signature(draw).parameters) != 4 or not inspect.iscoroutinefunction(draw):
                raise Misdeclared(f"{self.name}: card {name!r} is drawn by an async (db, subject, viewer, now)")
            self.cards[name] = draw
            if tells_of is not None:
                self.tells_of[name] = tells_of
            return draw

        return record

    def _once(self, known: Mapping[Any, Any], name: object) -> None:
        if name in known:
            raise Misdeclared(f"{self.name}: {name!r} is declared twice")

    def _check_providers(self, name: str, **providers: Callable[..., Any] | None) -> None:
        """Prepare, prefill, beforehand: each is async and takes two."""
        for what, run in providers.items():
            if run is None:
                continue
            if not inspect.iscoroutinefunction(run) or len(inspect.signature(run).parameters) != 2:
                raise Misdeclared(f"{self.name}: {name!r} needs a {what} that is async and takes 2")

    def _action_of(self, run: Handler) -> type[Action]:
        hints = [hint for name, hint in get_type_hints(run).items() if name != "return"]
        if len(hints) < 2 or not (isinstance(hints[1], type) and issubclass(hints[1], Action)):
            raise Misdeclared(f"{self.name}: {run.__name__} needs (ctx, click) with the click's action as its type")
        return hints[1]

    def _check(self, run: Handler, given: list[type]) -> None:
        hints = [hint for name, hint in get_type_hints(run).items() if name != "return"]
        if not inspect.iscoroutinefunction(run):
            raise Misdeclared(f"{self.name}: {run.__name__} must be async")
        if len(inspect.signature(run).parameters) != 1 + len(given) or hints[1:] != given:
            wanted = ", ".join(["ctx", *(kind.__name__ for kind in given)])
            raise Misdeclared(f"{self.name}: {run.__name__} is given ({wanted}) and takes something else")
