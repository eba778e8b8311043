"""Discord's limits. Source, unless said otherwise: Discord's developer documentation as of 2026, per section named."""

from __future__ import annotations

# Messages ("Create Message", "Embed Limits", "Component Reference")
CONTENT = 2000  # characters; the OpenAPI description says 4,000, which only paying people get
EMBEDS = 10
EMBEDS_TOGETHER = 6000  # characters of titles, descriptions, fields, footers and authors of one message
COMPONENTS_V1_ROWS = 5
COMPONENTS_V2 = 40  # nested ones counted
COMPONENTS_V2_TEXT = 4000  # characters of all text displays together
ROW_BUTTONS = 5
SELECT_OPTIONS = 25
BUTTON_LABEL = 80
CUSTOM_ID = 100
NONCE = 25
NONCE_SECONDS = 300.0  # "the past few minutes"
FILES = 10
FILE_BYTES = 10 * 1024 * 1024

# Flags of messages
CROSSPOSTED, EPHEMERAL, LOADING, HAS_THREAD, SUPPRESS_EMBEDS = 1 << 0, 1 << 6, 1 << 7, 1 << 5, 1 << 2
SUPPRESS_NOTIFICATIONS, COMPONENTS_V2_FLAG = 1 << 12, 1 << 15

# Modals ("Interaction Response Object")
MODAL_COMPONENTS = 5
MODAL_TITLE = 45
LABEL = 45
LABEL_DESCRIPTION = 100
TEXT_INPUT = 4000
TEXT_INPUT_PLACEHOLDER = 100

# Commands ("Application Commands")
COMMANDS_CHAT = 100
COMMANDS_USER = 15
COMMANDS_MESSAGE = 15
COMMAND_OPTIONS = 25
COMMAND_CHOICES = 25
COMMAND_TEXT = 8000  # names, descriptions and values of one command together
COMMAND_CREATES = 200  # a day and guild
AUTOCOMPLETE_CHOICES = 25

# Interactions ("Receiving and Responding")
FIRST_RESPONSE_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0

# Forums, threads, events, pins
FORUM_TAGS_ON_POST = 5
REQUIRE_TAG_FLAG = 1 << 4  # flag of a forum channel
THREAD_NAME = 100
PINS = 250
OPEN_EVENTS = 100
DM_OPENS = 50  # new ones in DM_SECONDS; Discord publishes no number, this one is ours
DM_SECONDS = 600.0

# Requests ("Rate Limits")
REQUESTS_A_SECOND = 50
INVALID_REQUESTS = 10_000  # 401, 403 and 429 in ten minutes: then the address is banned
MENTIONED_AT_MOST = 100

# Gateway
HEARTBEAT_SECONDS = 41.25
EVENTS_KEPT = 10_000  # for resuming; Discord publishes no number
GUILDS, GUILD_MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
GUILD_SCHEDULED_EVENTS = 1 << 16
PRIVILEGED = GUILD_MEMBERS | PRESENCES | MESSAGE_CONTENT
