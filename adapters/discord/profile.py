"""What Discord can do, and its published limits (developer documentation; specs of discord/discord-api-spec)."""

from __future__ import annotations

import re

from bot.core.events import Ref
from bot.core.ports import Profile

PLATFORM = "discord"
# "Components per modal: 1–5"; a form closes when it is sent, whatever is wrong with it; a group can't be sent by itself.
FIELDS_IN_MODAL = 5
PROFILE = Profile(name=PLATFORM, form_fields=FIELDS_IN_MODAL, form_errors=False, bare_groups=False, events=True)

COMPONENTS_IN_MESSAGE = 40  # nested ones counted
TEXT_IN_MESSAGE = 4000  # of all text displays together
BUTTONS_IN_ROW = 5
BUTTON_LABEL = 80
CUSTOM_ID = 100
LINK_URL = 512
MODAL_TITLE = 45
LABEL_TEXT, LABEL_DESCRIPTION = 45, 100
TEXT_INPUT = 4000
PLACEHOLDER = 100
OPTIONS = 25
OPTION_LABEL, OPTION_VALUE = 100, 100
THREAD_NAME = 100
FORUM_TAGS = 5
NONCE = 25
FILES_IN_MESSAGE = (
    10 * 1024 * 1024
)  # bytes; "Uploading Files": 10 MiB by default, more only where a server or person pays
# "Guild Scheduled Event": a name of 1-100 characters, a description of 1-1000, a location of 1-100; 100 open ones in a server.
EVENT_NAME, EVENT_DESCRIPTION, EVENT_LOCATION = 100, 1000, 100
OPEN_EVENTS = 100
COMMANDS, SUBCOMMANDS, MESSAGE_COMMANDS = 100, 25, 15
COMMAND_NAME, COMMAND_DESCRIPTION, COMMAND_CHARACTERS = 32, 100, 8000
SUGGESTIONS = 25
SUGGESTION = 100

IS_COMPONENTS_V2 = 1 << 15
EPHEMERAL = 1 << 6


def is_id(given: int | str) -> bool:
    """Whether it may be one of Discord's ids, or none ("")."""
    return re.fullmatch(r"[0-9]{0,20}", str(given)) is not None


def ref(guild: int | str, id: int | str) -> Ref:
    """A person, a channel or nothing ("") of a server. Raises ValueError for what is no id."""
    if not is_id(guild) or not is_id(id):
        raise ValueError("not an id of Discord's")
    return Ref(PLATFORM, str(guild), str(id))


def same_guild(one: Ref, guild: str) -> bool:
    return (one.platform, one.workspace) == (PLATFORM, guild)
