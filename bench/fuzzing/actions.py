"""What the program's buttons, commands and forms carry: as they are, and forged."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

from bench.fuzzing import hostile
from bot.core.forms import Form, FormField
from bot.core.registry import Registry

HEADS = ("run|ask", "run|find%20vial", "run|rounds%20me", "draft|d1|0", "draft|d1|99", "draft|d1|-1", "nothing|1")


class Actions:
    """Everything that the rituals declare, so that what is new is tried as well."""

    def __init__(self, registry: Registry, chance: Random, ref: Callable[[str], str]) -> None:
        self._registry, self._chance, self._ref = registry, chance, ref
        clicks = [(spec, spec.form) for spec in registry.clicks.values() if spec.form is not None]
        commands = [(f"/{name}", spec.form) for name, spec in registry.commands.items() if spec.form is not None]
        self._clicks, self._commands = clicks, commands

    def command(self) -> str:
        """The words of one, now and then of none."""
        if self._chance.random() < 0.05:
            return hostile.text(self._chance)[:50].encode("utf-8", "replace").decode() or "x"
        return self._chance.choice(list(self._registry.commands))

    def packed(self, prefix: str = "") -> str:
        """A button's action with ids that its presser has no business with, or with nonsense for ids."""
        chance = self._chance
        if not prefix and chance.random() < 0.1:
            return chance.choice(HEADS)
        spec = self._registry.clicks[prefix or chance.choice(list(self._registry.clicks))]
        assert spec.action is not None
        values = [self._packed_value() for _ in spec.action.model_fields]
        if chance.random() < 0.05:
            values = values[1:] if chance.random() < 0.5 else [*values, "1"]
        return "|".join([spec.action.prefix, *values])

    def _packed_value(self) -> str:
        drawn = self._chance.random()
        if drawn < 0.7:
            return self._chance.choice(hostile.KNOWN)
        if drawn < 0.8:
            return self._chance.choice(("0", "-1", "2147483648", "9" * 30, "1.0", "true", "%"))
        return quote(hostile.text(self._chance)[:60].encode("utf-8", "replace"), safe="")

    def draft(self) -> str:
        return f"d{self._chance.getrandbits(40)}" if self._chance.random() < 0.9 else hostile.text(self._chance)[:60]

    def form(self) -> tuple[str, type[Form]]:
        """What opens one, and the form."""
        if self._chance.random() < 0.4:
            return self._chance.choice(self._commands)
        spec, form = self._chance.choice(self._clicks)
        assert form is not None
        return self.packed(spec.action.prefix if spec.action else ""), form

    def value(self, field: FormField) -> Any:
        """Something for a field: what fits it, or nothing of the kind."""
        chance = self._chance
        if chance.random() < 0.15:
            return hostile.value(chance)
        match field.kind:
            case "choice":
                return chance.choice([option.value for option in field.options] or list(hostile.KNOWN))
            case "choices" | "tags":
                return [chance.choice(("falls", "insulin", hostile.text(chance)[:70])) for _ in range(2)]
            case "person":
                return self._ref(chance.choice(("ada", "ben", "dana", "nobody")))
            case "datetime":
                return chance.choice(("2026-12-05 14:30", "9999-12-31 23:59", "0001-01-01 00:00", "tomorrow"))
            case "url":
                return chance.choice(("https://example.org/page", "http://127.0.0.1:1/", hostile.text(chance)))
            case "number":
                return str(chance.choice(hostile.NUMBERS))
            case "yesno":
                return chance.choice((True, False))
            case _:
                return hostile.text(chance)
