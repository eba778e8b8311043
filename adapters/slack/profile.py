"""What Slack can do, and its published limits."""

from __future__ import annotations

import re

from bot.core.events import Ref
from bot.core.ports import Profile

PLATFORM = "slack"

# Commands that Slack has built in: an app cannot take them. (Slack's help, "Slash commands in Slack".)
BUILT_IN_COMMANDS = frozenset(
    """active apps archive away call canvas collapse dm dnd expand feed feedback help huddle invite invite_people join keys
    leave list me msg mute open prefs remind remove rename search shortcuts shrug star status todo topic unarchive who""".split()
)
# Rituals use "help" as an entry of a group only; Slack's own words are refused at the start.
PROFILE = Profile(
    name=PLATFORM, form_fields=97, form_errors=True, reserved_commands=BUILT_IN_COMMANDS, bare_groups=True
)

# Block Kit reference, "Blocks", "Block elements", "Composition objects" and "Views".
BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
BYTES_IN_VIEW = 240_000  # of 250 kB for all of a view; what is not blocks takes 4,000 at most
HEADER_TEXT = 150
CONTEXT_TEXT = 2000  # of a text object in a context block; the reference gives 3,000 for sections
ACTIONS_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30
MODAL_TITLE = 24
MODAL_BUTTON = 24
INPUT_LABEL = 2000
INPUT_HINT = 2000
INPUT_TEXT = 3000
PLACEHOLDER = 150
OPTIONS = 100  # without groups; in groups: as many in each group, and as many groups
OPTION_TEXT, OPTION_VALUE = 75, 150
PRIVATE_METADATA = 3000
LINK_URL = 3000
# Not in the reference; larger messages were refused with msg_blocks_too_long from about 13,200 characters on.
CHARACTERS_IN_MESSAGE = 12_000
CHARACTERS_IN_RICH_TEXT = 3000  # of one block: the reference gives no limit, so the one for sections is kept
FALLBACK_TEXT = 3000  # of 40,000: it stands in notifications
MODALS_ON_TOP = 3


def is_id(text: str) -> bool:
    """Whether it may be one of Slack's ids, or none ("")."""
    return re.fullmatch(r"[A-Za-z0-9]{0,40}", text) is not None


def ref(team: str, id: str) -> Ref:
    """A person, a channel or nothing ("") of a workspace. Raises ValueError for what is no id."""
    if not is_id(id) or not is_id(team):
        raise ValueError("not an id of Slack's")
    return Ref(PLATFORM, team, id)


def workspace(team: str) -> Ref:
    return Ref(PLATFORM, team, "")


def same_team(one: Ref, team: str) -> bool:
    return (one.platform, one.workspace) == (PLATFORM, team)
