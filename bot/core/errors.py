"""The two kinds of trouble a person hears of; and one that passes by itself."""

from __future__ import annotations

import secrets

from bot.core.text import Text, plain


class Fixable(Exception):
    """The person can fix this. The message says what is wrong and what to do; ``field`` puts it beside a form's field.

    A message that names a command is Text, so that it is named as it is typed there.

    Raised in a handler it undoes everything the handler did.
    """

    def __init__(self, message: str | Text, field: str = "") -> None:
        self.text: Text = (message,) if isinstance(message, str) else message
        self.message, self.field = plain(self.text), field
        super().__init__(self.message)


class NotYet(Exception):
    """What an event is about is being written down at this moment. Nothing was done: it is to be tried again a little later."""


def new_reference() -> str:
    """A reference for a failure of ours, told to the person and written to the log: R- and 8 characters."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "R-" + "".join(secrets.choice(alphabet) for _ in range(8))
