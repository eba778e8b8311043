"""May this person be sent this now? Every direct message passes here, and the reason is kept with it.

What answers something a person did, what they asked for, and their task as a facilitator always come. What we start comes only
to people who joined, within their own hours, and as often as their volume allows: VOLUMES is the whole table. Who takes no
part any more is sent nothing but the copy of their own data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from bot.core.replies import Kind
from bot.routing.hours import WorkingTime

WEEK = timedelta(days=7)
UNASKED = (Kind.INVITATION, Kind.REMINDER)  # what we start


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many messages that we start one person gets. Beyond these stands their own weekly cap of invitations."""

    a_day: int
    a_week: int


# Volume → what we may start at it. All other kinds of message come at each.
VOLUMES = {"quiet": Allowed(0, 0), "normal": Allowed(1, 5), "full": Allowed(3, 10)}


class May(Enum):
    YES = "yes"
    LATER = "later"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the gate needs to know of a person. ``working``: their hours, their own clock, the community's days."""

    joined: bool
    volume: str
    availability: str
    zone: str
    working: WorkingTime
    away_until: date | None
    weekly_cap: int
    invited: Sequence[datetime]  # when they were sent invitations lately, or will be
    reminded: Sequence[datetime] = ()  # and reminders
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """``at`` is when a LATER may be sent, UTC. ``reason`` is a sentence for the recipient."""

    may: May
    reason: str
    at: datetime | None = None


def may_send(recipient: Recipient, kind: Kind, now: datetime) -> Decision:
    if recipient.blocked and kind is not Kind.OWN_DATA:
        return Decision(May.NO, "Takes no part here any more.")
    match kind:
        case Kind.ASKED_FOR | Kind.OWN_DATA:
            return Decision(May.YES, "It answers something you did or asked for.")
        case Kind.DIGEST:
            return Decision(May.YES, "You chose to get a digest.")
        case Kind.DUTY:
            return Decision(May.YES, "You look after this community.")
        case Kind.INVITATION | Kind.REMINDER:
            return _may_start(recipient, kind, now)


def _may_start(recipient: Recipient, kind: Kind, now: datetime) -> Decision:
    zone = ZoneInfo(recipient.zone)
    may_at_once = recipient.availability == "shifts" or recipient.working.is_open(now, zone)
    when = now if may_at_once else recipient.working.next_opening(now, zone)
    invited = [at for at in recipient.invited if at > now - WEEK]
    started = [at for at in (*recipient.invited, *recipient.reminded) if at > now - WEEK]
    that_day = [at for at in started if at.astimezone(zone).date() == when.astimezone(zone).date()]
    allowed = VOLUMES[recipient.volume]
    if not recipient.joined:
        return Decision(May.NO, "Only people who joined are asked.")
    if recipient.away_until is not None and when.astimezone(zone).date() <= recipient.away_until:
        return Decision(May.NO, f"Away until {recipient.away_until:%d %B}.")
    if allowed.a_day == 0 or recipient.availability == "digest":
        return Decision(May.NO, "Wants no questions between digests.")
    if kind is Kind.INVITATION and len(invited) >= recipient.weekly_cap:
        return Decision(May.NO, f"Was asked {len(invited)} times in the last seven days, which is the most they allow.")
    if len(started) >= allowed.a_week:
        return Decision(
            May.NO, f"Was sent {len(started)} messages unasked in the last seven days, which is the ceiling."
        )
    if len(that_day) >= allowed.a_day:
        day = "today" if may_at_once else "on their next working day"
        many = "one message" if allowed.a_day == 1 else f"{allowed.a_day} messages"
        return Decision(May.NO, f"Has a question {day} already, and wants {many} a day at most.")
    if may_at_once:
        return Decision(May.YES, "You joined, and this is within what you allow.")
    return Decision(May.LATER, "Kept until your hours begin.", when)
