"""Discord's interactions and events → ours. Pure. The words of messages go no further, but of a message somebody chose."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.discord.commands import MESSAGE, SUBCOMMAND, USER
from adapters.discord.forms import Opened, values
from adapters.discord.profile import is_id, ref
from adapters.discord.render import quoted, uncarried
from adapters.discord.servers import PRIVATE_THREAD, THREADS
from bot.core.events import (
    Click,
    Command,
    Event,
    MessageGone,
    PersonChanged,
    Ref,
    Shortcut,
    Submit,
    Talked,
    ThreadReply,
    TypedDirectly,
    Value,
)
from bot.core.filters import typable, typed_as
from bot.core.registry import TYPED

Json = dict[str, Any]
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
# What reading something raises that does not have the shape that Discord gives it.
MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration, RecursionError)
IDS = ("id", "guild_id", "channel_id", "user_id", "parent_id", "owner_id", "guild_scheduled_event_id", "application_id")
REPLY_KEY = "message:"  # what the key of a reply begins with; its id follows
EPOCH = 1420070400000  # milliseconds; Discord's documentation, "Snowflakes"
TOKEN = re.compile(r"[A-Za-z0-9_.=:+~-]{1,1000}")
USER_JOINED, DEFAULT, REPLY = 7, 0, 19


class Malformed(ValueError):
    """Something that cannot be understood. The message never holds what was in it."""


@dataclass(frozen=True, slots=True)
class AnswerTo:
    """Where an interaction is answered, for fifteen minutes; kept as text in the event, so that it outlives the process."""

    id: str = ""
    app: str = ""
    token: str = ""
    delivery: str = ""  # what the button stood in

    def packed(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def unpacked(cls, text: str) -> AnswerTo:
        return cls(**json.loads(text or "{}"))


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody types an option that suggests as they type."""

    who: Ref
    typed: str
    answer_to: AnswerTo


Understood = Event | Typing | None
Filters = Mapping[str, Container[str]]  # a command's name → the names of its filters
NO_FILTERS: Filters = {}


def check_ids(native: Json) -> None:
    """What names something by an id names it by one. Raises ValueError."""
    given = [native[key] for key in IDS if native.get(key) is not None]
    if ("id" in native and not native["id"]) or not all(
        is_id(one) and one != "" for one in (*given, *(native.get("ids") or ()))
    ):
        raise ValueError("not an id of Discord's")


def answer_to(native: Json) -> AnswerTo:
    delivery = ""
    if native["type"] == COMPONENT:
        _, delivery = uncarried(str(native["data"]["custom_id"]))
    elif native["type"] == SUBMIT:
        delivery = Opened.unpacked(str(native["data"]["custom_id"])).delivery
    token = str(native["token"])
    if not TOKEN.fullmatch(token):  # it stands in addresses
        raise ValueError("not a token of Discord's")
    return AnswerTo(str(native["id"]), str(native["application_id"]), token, delivery)


def user_id(native: Json) -> str:
    return str((native.get("member") or native)["user"]["id"])


def guild_of(native: Json) -> str:
    """The server an interaction came from; nothing in direct messages."""
    return str(native.get("guild_id") or "")


def understood(native: Json, guild: str, filters: Filters = NO_FILTERS) -> Understood:
    """What an interaction says; ``guild`` is the server it belongs to, also when it came in a direct message.

    ``filters``: which options of a command are filters of its words. Raises Malformed.
    """
    try:
        match native["type"]:
            case 2 if native["data"].get("type") == MESSAGE:
                return _chosen(native, guild)
            case 2:
                return _command(native, guild, filters)
            case 3:
                return _click(native, guild)
            case 4:
                return _typing(native, guild)
            case 5:
                return _submit(native, guild)
            case _:
                return None
    except MALFORMED as error:
        raise Malformed(type(error).__name__) from None


def _place(native: Json, guild: str) -> Ref:
    """The channel; for a thread the channel it belongs to, since that is whose members can read it."""
    channel = native.get("channel") or {}
    thread = channel.get("type") in THREADS
    return ref(guild, str(channel["parent_id"] if thread else native.get("channel_id") or ""))


def _options(native: Json) -> tuple[str, list[Json]]:
    data = native["data"]
    name, options = str(data["name"]), list(data.get("options") or ())
    if options and options[0]["type"] == SUBCOMMAND:
        name, options = f"{name} {options[0]['name']}", list(options[0].get("options") or ())
    return name, options


def _command(native: Json, guild: str, filters: Filters) -> Command:
    """Filters are options here, and are put among the words as they are typed elsewhere."""
    name, options = _options(native)
    given: dict[str, Value] = {}
    words, filtered = name, []
    for option in options:
        called, value = str(option["name"]), str(option["value"])
        if called == TYPED:
            words = f"{name} {value}"
        elif called not in filters.get(name, ()):
            given[called] = value
        elif option["type"] == USER:
            person = typable(f"@{_name_of(native['data'].get('resolved') or {}, value)}")
            filtered.append(typed_as(called, person))
            given[person] = str(ref(guild, value))
        else:
            filtered.append(typed_as(called, value))
    who, place, to = ref(guild, user_id(native)), _place(native, guild), answer_to(native)
    return Command(to.id, who, place, " ".join([words, *filtered]).strip(), given, answer_to=to.packed())


def _name_of(resolved: Json, user: str) -> str:
    """As the server calls them, else as they call themselves."""
    member, about = ((resolved.get(kind) or {}).get(user) or {} for kind in ("members", "users"))
    return str(member.get("nick") or about.get("global_name") or about.get("username") or user)


def _typing(native: Json, guild: str) -> Typing:
    _, options = _options(native)
    focused = next(option for option in options if option.get("focused"))
    return Typing(ref(guild, user_id(native)), str(focused["value"]), answer_to(native))


def _click(native: Json, guild: str) -> Click:
    packed, _ = uncarried(str(native["data"]["custom_id"]))
    to = answer_to(native)
    who, place, message = ref(guild, user_id(native)), _place(native, guild), str(native["message"]["id"])
    words = quoted(native["message"].get("components") or ())
    return Click(to.id, who, place, packed, message=message, answer_to=to.packed(), words=words)


def _submit(native: Json, guild: str) -> Submit:
    opened, to = Opened.unpacked(str(native["data"]["custom_id"])), answer_to(native)
    who, place = ref(guild, user_id(native)), _place(native, guild)
    filled = values(native["data"], guild)
    return Submit(to.id, who, place, opened.origin, opened.draft, filled, answer_to=to.packed(), step=opened.step)


def _chosen(native: Json, guild: str) -> Shortcut:
    data = native["data"]
    id = str(data["target_id"])
    message = data["resolved"]["messages"][id]
    check_ids({"id": id, "channel_id": native["channel"]["id"]})
    author, to = message["author"], answer_to(native)
    person = None if author.get("bot") else ref(guild, str(author["id"]))
    who, place = ref(guild, user_id(native)), _place(native, guild)
    if (native.get("channel") or {}).get("type") == PRIVATE_THREAD:  # not everybody who reads the channel reads it
        place = ref(guild, str(native["channel"]["id"]))
    words, thread = str(message.get("content") or ""), _thread(native)
    stands = f"{native['channel']['id']}:{id}" if thread else id
    return Shortcut(to.id, who, place, str(data["name"]), stands, person, words, answer_to=to.packed(), thread=thread)


def _thread(native: Json) -> str:
    """The thread an interaction came from."""
    channel = native.get("channel") or {}
    return str(channel["id"]) if channel.get("type") in THREADS else ""


def person(key: str, guild: str, native: Json, *, here: bool = True) -> PersonChanged | None:
    """A member of a server as an interaction or the API gives them; nothing for bots. Discord tells no time zones."""
    user = native["user"]
    if user.get("bot"):
        return None
    name = native.get("nick") or user.get("global_name") or user.get("username") or "someone"
    return PersonChanged(key, ref(guild, str(user["id"])), str(name), "", active=here)


def thread_reply(native: Json, guild: str, place: str, thread: str) -> ThreadReply | None:
    """``thread`` is a thread in ``place``; nothing for what bots or Discord itself say there."""
    if not _is_a_persons(native):
        return None
    channel, id = str(native["channel_id"]), str(native["id"])
    who, at = ref(guild, str(native["author"]["id"])), instant(id)
    return ThreadReply(f"{REPLY_KEY}{id}", who, ref(guild, place), thread, f"{channel}:{id}", at)


def _is_a_persons(message: Json) -> bool:
    """Whether it is neither a bot's nor Discord's own."""
    by_a_machine = message["author"].get("bot") or message.get("webhook_id")
    return not by_a_machine and message.get("type", DEFAULT) in (DEFAULT, REPLY)


def typed_directly(native: Json) -> TypedDirectly | None:
    """Of a message in no server, so in our direct messages with somebody; nothing for what bots or Discord itself say."""
    if not _is_a_persons(native):
        return None
    return TypedDirectly(f"direct:{native['id']}", ref("", str(native["author"]["id"])))


def talked(native: Json, guild: str, thread: Json) -> Talked | None:
    """The same in a thread that is not of ours; not in a private one, of which not all who read the channel may know.

    The post that a thread in a forum begins with is no reply.
    """
    begun_with = f"{thread['id']}:{thread['id']}"
    reply = thread_reply(native, guild, str(thread["parent_id"]), begun_with)
    if reply is None or reply.message == begun_with or thread["type"] == PRIVATE_THREAD:
        return None
    return Talked(reply.key, reply.who, reply.place, begun_with, reply.at)


def gone(native: Json, channel: Json) -> list[MessageGone]:
    """What was deleted in a channel or thread: one message, or many at once. Discord does not say who wrote them."""
    id, in_thread = str(channel["id"]), channel["type"] in THREADS
    place = ref(str(native["guild_id"]), str(channel["parent_id"] if in_thread else id))
    messages = [f"{id}:{one}" if in_thread else str(one) for one in native.get("ids") or [native["id"]]]
    return [MessageGone(f"deleted:{message}", place, message) for message in messages]


def instant(snowflake: str) -> datetime:
    """When something was made, as its id tells."""
    return datetime.fromtimestamp(((int(snowflake) >> 22) + EPOCH) / 1000, UTC)
