"""Checking: is everything as it should be, and if not, how is it mended."""

from __future__ import annotations

from bot.context import Context
from bot.core.people import Role
from bot.core.ports import Finding, Outside
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Span
from bot.core.ui import Button, Card, Section
from bot.rituals.setup import MakeCode
from storage import communities, members
from storage.communities import QUESTIONS

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
    buttons = (Button("Connect another workspace", MakeCode()),) if ctx.member.role >= Role.STEWARD else ()
    return Reply(Card("Check", (body,), sections=tuple(lines), buttons=buttons))


async def _of_the_community(ctx: Context) -> list[Finding]:
    used = await communities.places(ctx.db, ctx.community.id, QUESTIONS)
    out_of_reach = await communities.places(ctx.db, ctx.community.id, QUESTIONS, archived=True)
    joined = await members.joined(ctx.db, ctx.community.id)
    return [
        Finding("A channel for questions", bool(used), "Choose one with /facilitate channels."),
        Finding(
            "What the community cares about",
            bool(ctx.community.domain),
            "A steward finds “About the community” in my first message.",
        ),
        *(
            Finding(
                f"#{place.name}",
                False,
                "I can't post there: unarchive it and type /invite with my name, or choose another.",
            )
            for place in out_of_reach
        ),
        Finding("People who joined", len(joined) > 1, "Ask people to press Join on the pinned card."),
    ]


def _line(finding: Finding) -> Section:
    words: tuple[Span, ...] = ("✓ " if finding.well else "✗ ", Bold(finding.what))
    return Section(words if finding.well else (*words, "\n", finding.mend))
