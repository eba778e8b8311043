"""May this person be sent this now? Every direct message passes here, and the reason is kept with it.

What answers something a person did, or is their task, always comes. What we start (an invitation to help) comes only to
people who joined, within their own hours, volume and weekly cap, and at Normal at most once a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from bot.core.replies import Kind

WEEK = timedelta(days=7)
WORKING_DAYS = range(5)  # Monday to Friday


class May(Enum):
    YES = "yes"
    LATER = "later"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the gate needs to know of a person. Hours are minutes after midnight on their own clock."""

    joined: bool
    volume: str
    availability: str
    zone: str
    hours_from: int
    hours_to: int
    away_until: date | None
    weekly_cap: int
    invited: Sequence[datetime]  # when they were sent invitations lately, or will be


@dataclass(frozen=True, slots=True)
class Decision:
    """``at`` is when a LATER may be sent, UTC. ``reason`` is a sentence for the recipient."""

    may: May
    reason: str
    at: datetime | None = None


def may_send(recipient: Recipient, kind: Kind, now: datetime) -> Decision:
    match kind:
        case Kind.ASKED_FOR:
            return Decision(May.YES, "It answers something you did or asked for.")
        case Kind.DUTY:
            return Decision(May.YES, "You look after this community.")
        case Kind.INVITATION:
            return _may_invite(recipient, now)


def _may_invite(recipient: Recipient, now: datetime) -> Decision:
    zone = ZoneInfo(recipient.zone)
    here = now.astimezone(zone)
    may_at_once = recipient.availability == "shifts" or _is_open(recipient, here)
    when = now if may_at_once else _next_opening(recipient, now, zone)
    this_week = [at for at in recipient.invited if at > now - WEEK]
    that_day = [at for at in this_week if at.astimezone(zone).date() == when.astimezone(zone).date()]
    if not recipient.joined:
        return Decision(May.NO, "Only people who joined are asked.")
    if recipient.away_until is not None and here.date() <= recipient.away_until:
        return Decision(May.NO, f"Away until {recipient.away_until:%d %B}.")
    if recipient.volume == "quiet" or recipient.availability == "digest":
        return Decision(May.NO, "Wants no questions between digests.")
    if len(this_week) >= recipient.weekly_cap:
        return Decision(
            May.NO, f"Was asked {len(this_week)} times in the last seven days, which is the most they allow."
        )
    if recipient.volume == "normal" and that_day:
        day = "today" if may_at_once else "on their next working day"
        return Decision(May.NO, f"Has a question {day} already, and wants one a day at most.")
    if may_at_once:
        return Decision(May.YES, "You joined, and this is within what you allow.")
    return Decision(May.LATER, "Kept until your hours begin.", when)


def _is_open(recipient: Recipient, here: datetime) -> bool:
    minute = here.hour * 60 + here.minute
    return here.weekday() in WORKING_DAYS and recipient.hours_from <= minute < recipient.hours_to


def _next_opening(recipient: Recipient, now: datetime, zone: ZoneInfo) -> datetime:
    opens = time(recipient.hours_from // 60, recipient.hours_from % 60)
    today = now.astimezone(zone).date()
    for ahead in range(8):
        # Compared as instants: wall-clock times would be wrong in an hour that happens twice, or on a day left out.
        opening = datetime.combine(today + timedelta(days=ahead), opens, zone).astimezone(UTC)
        if opening > now and opening.astimezone(zone).weekday() in WORKING_DAYS:
            return opening
    raise AssertionError("every week has a working day")
