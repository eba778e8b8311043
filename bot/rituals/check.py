"""Checking: is everything as it should be, and if not, how is it mended."""

from __future__ import annotations

from bot.context import Context
from bot.core.people import Role
from bot.core.ports import Finding, Outside
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Span, Typed
from bot.core.ui import Button, Card, Section
from bot.rituals.setup import MakeCode, steward_buttons
from storage import communities, members, visibility
from storage.communities import QUESTIONS, Place

ritual = Ritual("check")


async def look(outside: Outside, _: str) -> tuple[Finding, ...]:
    return await outside.inspect(outside.place)


@ritual.command("facilitate check", "Is everything as it should be?", role=Role.FACILITATOR, prepare=look)
async def check(ctx: Context, _: str) -> Reply:
    """What the platform says, then what the community still lacks; what is wrong first."""
    found = [*ctx.prepared, *await _of_the_community(ctx)]
    lines = [_line(finding) for finding in sorted(found, key=lambda finding: finding.well)]
    wrong = sum(not finding.well for finding in found)
    body = f"{wrong} of {len(found)} things need you." if wrong else f"All {len(found)} things are as they should be."
    buttons: list[Button] = []
    if ctx.member.role >= Role.STEWARD:
        buttons = [
            *await steward_buttons(ctx.db, ctx.community),
            Button("Connect another workspace", MakeCode()),
        ]
    return Reply(Card("Check", (body,), sections=tuple(lines), buttons=tuple(buttons)))


async def _of_the_community(ctx: Context) -> list[Finding]:
    used = await communities.places(ctx.db, ctx.community.id, QUESTIONS)
    out_of_reach = await communities.places(ctx.db, ctx.community.id, QUESTIONS, archived=True)
    joined = await members.joined(ctx.db, ctx.community.id)
    return [
        Finding("A channel for questions", bool(used), ("Choose one with ", Typed("facilitate channels"), ".")),
        Finding(
            "What the community cares about",
            bool(ctx.community.domain),
            "A steward presses About the community, below.",
        ),
        *[await _out_of_reach(ctx, place) for place in out_of_reach],
        Finding("People who joined", len(joined) > 1, "Ask people to press Join on the pinned card."),
    ]


async def _out_of_reach(ctx: Context, place: Place) -> Finding:
    """A channel that was for questions; by name only to those who can see it."""
    may_see = await visibility.sees(ctx.db, place.space_id, ctx.viewer, ctx.now)
    words = "I can't post there: unarchive it and let me in, or say that it is not for questions any more: "
    return Finding(f"#{place.name}" if may_see else "A closed channel", False, (words, Typed("facilitate channels")))


def _line(finding: Finding) -> Section:
    words: tuple[Span, ...] = ("✓ " if finding.well else "✗ ", Bold(finding.what))
    mend = (finding.mend,) if isinstance(finding.mend, str) else finding.mend
    return Section(words if finding.well else (*words, "\n", *mend))
