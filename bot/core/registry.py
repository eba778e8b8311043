"""All rituals together: found by scanning, checked against each other and against the platforms in use."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from bot.core.errors import Fixable
from bot.core.forms import Form
from bot.core.ports import Profile
from bot.core.ritual import AtHome, Draw, Handler, Misdeclared, OfMessage, Recurring, Ritual, Spec, TellsOf
from bot.core.ui import Action, Resume, Run, prefix_of

# Discord: names of chat commands are 1-32 lower-case letters, digits, - and _; descriptions 1-100 characters.
COMMAND_WORD = re.compile(r"[a-z][a-z0-9-]{0,31}")
LONGEST_SUMMARY = 100
# A prefix is followed by "|" and the action's values, all within Action.MAX_PACKED.
PREFIX = re.compile(r"[a-z][a-z0-9._-]{0,39}")
# Slack: names of shortcuts have 24 characters at most (manifest schema); Discord's context menu commands 32, at most 15.
LONGEST_SHORTCUT, MOST_SHORTCUTS = 24, 15
# Discord: 25 options of a command, of which one holds the other words; 25 choices of an option.
TYPED, MOST_FILTERS, MOST_CHOICES = "text", 24, 25
KEPT_PREFIXES = {Resume.prefix, Run.prefix}  # the dispatcher's own


@dataclass(frozen=True, slots=True)
class Group:
    """A word that only groups commands ("share"): shown as a list of them."""

    name: str
    entries: tuple[Spec, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A command and what was typed after its name."""

    spec: Spec
    text: str


NO_BUTTON = "This button no longer does anything. The newest message about this has one that works."
A = TypeVar("A", bound=Action)


class Registry:
    def __init__(self, rituals: Iterable[Ritual]) -> None:
        """Raises Misdeclared when two rituals claim the same name, or a name cannot work."""
        self.rituals = tuple(sorted(rituals, key=lambda ritual: ritual.name))
        self.commands: dict[str, Spec] = {}
        self.clicks: dict[str, Spec] = {}
        self.timers: dict[str, tuple[type[Action], Handler]] = {}
        self.cards: dict[str, Draw] = {}
        self.tells_of: dict[str, TellsOf] = {}
        self.notices: dict[type, list[Handler]] = {}
        self.shortcuts: dict[str, OfMessage] = {}
        self.home: tuple[AtHome, ...] = ()
        self.rhythms: dict[str, Recurring] = {}
        for ritual in self.rituals:
            _merge(self.commands, ritual.commands, "command")
            _merge(self.clicks, ritual.clicks, "button")
            _merge(self.timers, ritual.timers, "timer")
            _merge(self.cards, ritual.cards, "card")
            self.tells_of |= ritual.tells_of
            _merge(self.shortcuts, ritual.shortcuts, "shortcut")
            _merge(self.rhythms, ritual.rhythms, "rhythm")
            for event, run in ritual.notices:
                self.notices.setdefault(event, []).append(run)
        home = [(place, ritual.name, draw) for ritual in self.rituals for place, draw in ritual.home.items()]
        self.home = tuple(draw for _, _, draw in sorted(home, key=lambda entry: entry[:2]))
        for spec in self.commands.values():
            self._check_name(spec)
            self._check_filters(spec)
        self._check_shortcuts()
        if kept := KEPT_PREFIXES & (self.clicks.keys() | self.timers.keys()):
            raise Misdeclared(f"{sorted(kept)} are not free as prefixes")
        if bad := [prefix for prefix in (*self.clicks, *self.timers) if not PREFIX.fullmatch(prefix)]:
            raise Misdeclared(f"prefixes are up to 40 lower-case letters, digits and . _ -, unlike {bad}")

    def _check_name(self, spec: Spec) -> None:
        words = spec.name.split(" ")
        if len(words) > 2 or not all(COMMAND_WORD.fullmatch(word) for word in words):
            raise Misdeclared(f"/{spec.name}: a command is one or two words of lower-case letters, digits and hyphens")
        if not 1 <= len(spec.summary) <= LONGEST_SUMMARY:
            raise Misdeclared(f"/{spec.name}: its summary needs 1 to {LONGEST_SUMMARY} characters")
        if len(words) == 2 and words[0] in self.commands:
            raise Misdeclared(f"/{words[0]} is a command or a group, never both")

    def _check_filters(self, spec: Spec) -> None:
        names = [item.name for item in spec.filters]
        if len(set(names)) < len(names) or len(names) > MOST_FILTERS or TYPED in names:
            raise Misdeclared(
                f"/{spec.name}: at most {MOST_FILTERS} filters, each of another name, none of them {TYPED!r}"
            )
        for item in spec.filters:
            if not COMMAND_WORD.fullmatch(item.name) or not 1 <= len(item.hint) <= LONGEST_SUMMARY:
                raise Misdeclared(
                    f"/{spec.name}: {item.name!r} is no name of a filter, or its hint is too long or missing"
                )
            if bool(item.options) != (item.kind == "choice") or len(item.options) > MOST_CHOICES:
                raise Misdeclared(
                    f"/{spec.name}: {item.name!r} needs up to {MOST_CHOICES} options if it is a choice, else none"
                )

    def _check_shortcuts(self) -> None:
        if len(self.shortcuts) > MOST_SHORTCUTS or any(
            not 1 <= len(name) <= LONGEST_SHORTCUT for name in self.shortcuts
        ):
            raise Misdeclared(f"at most {MOST_SHORTCUTS} shortcuts, with names of 1 to {LONGEST_SHORTCUT} characters")

    def check_platform(self, profile: Profile) -> None:
        """Raises Misdeclared when this platform cannot offer what the rituals declare."""
        clashes = sorted({name.split(" ")[0] for name in self.commands} & profile.reserved_commands)
        if clashes:
            raise Misdeclared(
                f"{profile.name} has commands of its own named {', '.join('/' + name for name in clashes)}"
            )
        for spec in (*self.commands.values(), *self.clicks.values()):
            if spec.form is not None and not spec.form.kept and spec.form.steps(profile.form_fields) > 1:
                raise Misdeclared(
                    f"{profile.name} fills the form of {spec.name!r} in steps, and nothing of it may be kept between them"
                )

    def groups(self) -> dict[str, Group]:
        names = sorted({name.split(" ")[0] for name in self.commands if " " in name})
        return {name: Group(name, self._entries(name)) for name in names}

    def _entries(self, group: str) -> tuple[Spec, ...]:
        return tuple(spec for name, spec in self.commands.items() if name.startswith(group + " "))

    def resolve(self, words: str) -> Found | Group | None:
        """What was typed after the slash → the command and the rest, the group to list, or nothing of ours."""
        first, rest = _first_word(words)
        if first in self.commands:
            return Found(self.commands[first], rest)
        second, more = _first_word(rest)
        if spec := self.commands.get(f"{first} {second}"):
            return Found(spec, more)
        group = self.groups().get(first)
        if group is not None and rest.startswith(("http://", "https://")):
            takes_it = next((spec for spec in group.entries if spec.form and spec.form.fields()[0].kind == "url"), None)
            return Found(takes_it, rest) if takes_it else group
        return group

    def form_of(self, origin: str) -> type[Form] | None:
        """The form that a command ("/name") or a button (its packed action) opens."""
        if origin.startswith("/"):
            spec = self.commands.get(origin[1:])
            return spec.form if spec else None
        known = self.click(origin)
        return known[0].form if known else None

    def click(self, packed: str) -> tuple[Spec, Action] | None:
        """The handler of a button and its action; nothing when no ritual knows it (any more)."""
        spec = self.clicks.get(prefix_of(packed))
        if spec is None or spec.action is None:
            return None
        try:
            return spec, spec.action.unpack(packed)
        except ValueError:
            return None


def unpacked(kind: type[A], packed: str) -> A:
    """One of the dispatcher's own actions. Raises Fixable for what was never packed by us."""
    try:
        return kind.unpack(packed)
    except ValueError:
        raise Fixable(NO_BUTTON) from None


def _first_word(words: str) -> tuple[str, str]:
    """The first word in lower case and the rest, whatever white space is between: people also paste line breaks."""
    first, *rest = words.split(maxsplit=1) or [""]
    return first.lower(), "".join(rest).strip()


def _merge(mine: dict[str, Any], theirs: dict[str, Any], what: str) -> None:
    if clash := mine.keys() & theirs.keys():
        raise Misdeclared(f"two rituals declare the {what} {sorted(clash)}")
    mine.update(theirs)


def scan(package: ModuleType) -> Registry:
    """The registry of every ``ritual`` found in the modules and packages directly inside ``package``."""
    found = []
    for module in pkgutil.iter_modules(package.__path__):
        ritual = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "ritual", None)
        if not isinstance(ritual, Ritual):
            raise Misdeclared(f"{package.__name__}.{module.name} has no ritual in it")
        found.append(ritual)
    return Registry(found)
