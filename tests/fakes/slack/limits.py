"""What Slack allows, as numbers. Lengths are in characters.

Sources: the reference pages "Block Kit: blocks", "Block Kit: block elements", "Composition objects", "Views" and
"chat.postMessage" of Slack's documentation, unless a line says otherwise.
"""

from __future__ import annotations

from typing import Final

# Messages and views
BLOCKS_PER_MESSAGE: Final = 50
BLOCKS_PER_VIEW: Final = 100
TEXT_OF_MESSAGE: Final = 40_000  # "Truncating content": longer text is cut; here it is refused
ALL_BLOCKS_OF_MESSAGE: Final = 13_200  # undocumented: msg_blocks_too_long was seen from about here
MARKDOWN_PER_PAYLOAD: Final = 12_000  # all markdown blocks of a payload together
METADATA_BYTES: Final = 16_000  # "Message metadata": event_payload, as JSON
VIEW_BYTES: Final = 250_000  # "Views": view_too_large
TITLE: Final = 24  # a modal's title, submit and close
PRIVATE_METADATA: Final = 3_000
CALLBACK_ID: Final = 255
EXTERNAL_ID: Final = 255
VIEWS_IN_STACK: Final = 3

# Blocks
BLOCK_ID: Final = 255
ACTION_ID: Final = 255
SECTION_TEXT: Final = 3_000
SECTION_FIELDS: Final = 10
SECTION_FIELD: Final = 2_000
HEADER: Final = 150
CONTEXT_ELEMENTS: Final = 10
CONTEXT_TEXT: Final = 3_000  # the general maximum of a text object
ACTIONS_ELEMENTS: Final = 25
INPUT_LABEL: Final = 2_000
INPUT_HINT: Final = 2_000
IMAGE_ALT: Final = 2_000
IMAGE_TITLE: Final = 2_000

# Elements
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2_000
BUTTON_URL: Final = 3_000
ACCESSIBILITY_LABEL: Final = 75
PLACEHOLDER: Final = 150
OPTIONS: Final = 100
OPTION_GROUPS: Final = 100
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
OPTION_DESCRIPTION: Final = 75
GROUP_LABEL: Final = 75
OVERFLOW_OPTIONS: Final = 5
CHOICES: Final = 10  # radio buttons and checkboxes
INPUT_LENGTH: Final = 3_000  # the most that a plain_text_input may ask for and take
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
MIN_QUERY_LENGTH: Final = 3  # of external selects that do not say

# Time, in seconds
ACKNOWLEDGE: Final = 3.0  # "Handling user interaction": within 3 seconds
TRIGGER: Final = 3.0  # "trigger_id": expires in 3 seconds, single use
RESPONSE_URL_LIFE: Final = 30 * 60
RESPONSE_URL_USES: Final = 5
EVENT_RETRIES: Final = (0.0, 60.0, 300.0)  # "Events API: retries": nearly at once, after a minute, after five
SIGNATURE_AGE: Final = 300
TOKEN_LIFE: Final = 43_200  # "Token rotation": 12 hours

# Apps and requests
COMMANDS_PER_APP: Final = 50
SOCKETS_PER_APP: Final = 10  # "Socket Mode": up to 10 open connections
PAGE: Final = 1_000  # most lists: at most 1000 a page
HISTORY_PAGE: Final = 999
PINS_PER_CHANNEL: Final = 100
CALLS_PER_MINUTE: Final = {"Tier1": 1, "Tier2": 20, "Tier3": 50, "Tier4": 100}  # "Rate limits"
POSTS_PER_SECOND: Final = 1  # chat.postMessage, per channel
POSTS_PER_MINUTE: Final = 300  # "several hundred messages per minute per workspace"; how many is not documented
POST_BURST: Final = 4  # "short bursts are allowed"; how short is not documented

# Names that an app cannot take for a command: Slack's own. "Enabling interactivity with slash commands" and the help
# page "Slash commands in Slack".
BUILT_IN_COMMANDS: Final = frozenset(
    f"/{name}"
    for name in (
        "active all apps archive away call collapse dm dnd expand feed feedback invite join keys leave me msg mute "
        "open part prefs remind remove rename search shortcuts shrug star status topic unarchive who"
    ).split()
)
