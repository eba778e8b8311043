"""Joining: what you can help with, what you want to learn, when you may be asked. One form, and one press to leave."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Choice, Form, Line, Option, Options, Prefill, Tags
from bot.core.help import welcome_sentence
from bot.core.people import Role, Viewer, every_zone
from bot.core.replies import Effect, Reply
from bot.core.ritual import Ritual
from bot.core.ui import Action, Button, Card, say
from bot.rituals import questions
from bot.rituals.digests import DigestHere, digest_ends, digest_follows
from storage import communities, members, profiles, tags

ritual = Ritual("joining")

VOLUMES = (
    Option(members.QUIET, "Quiet: only what I ask for"),
    Option(members.NORMAL, "Normal: at most one question a day"),
    Option(members.FULL, "Full: at most three questions a day"),
)
WHEN = (
    Option(members.HOURS, "On working days, in my hours (9 to 17 at first)"),
    Option(members.SHIFTS, "I work shifts: any time"),
    Option(members.DIGEST_ONLY, "Never by message"),
)


class AboutMe(Form, title="About you", submit="Save"):
    can_help: Tags = Field(
        default=(), title="What can you help with?", description="A few words with commas: falls, wound care"
    )
    learn: Tags = Field(default=(), title="What do you want to learn about?")
    volume: Annotated[Choice, Options(VOLUMES)] = Field(default=members.NORMAL, title="How much do you want to hear?")
    when: Annotated[Choice, Options(WHEN)] = Field(default=members.HOURS, title="When may you be asked?")
    zone: Line = Field(default="", title="Your time zone", description="Like Europe/London", max_length=60)


class Join(Action, prefix="joining.join"):
    """Open the form."""


class Leave(Action, prefix="joining.leave"):
    """Stop being sent anything unasked."""


@ritual.card("welcome")
async def welcome_card(db: AsyncSession, community_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """What stands in a channel that is used for questions."""
    community = await db.get(communities.Community, community_id)
    if community is None:
        return None
    digest = Button("Weekly digest of this channel", DigestHere())
    buttons = (Button("Join", Join(), "primary"), Button("Ask", questions.Ask()), digest)
    about = (f"\nWe care about: {community.domain}",) if community.domain else ()
    body = (*welcome_sentence(), *about)
    return Card(title=f"Welcome to {community.name}", body=body, buttons=buttons, pinned=True)


async def as_it_is(ctx: Context, click: Join) -> Prefill:
    me = ctx.member
    return Prefill(
        {
            "can_help": ", ".join(await members.topics(ctx.db, me.id, members.HELP)),
            "learn": ", ".join(await members.topics(ctx.db, me.id, members.LEARN)),
            "volume": me.volume,
            "when": me.availability,
            "zone": me.zone,
        },
        note=("Only people who joined are asked for help. Leaving is one press.",),
    )


@ritual.click(role=Role.MEMBER, form=AboutMe, prefill=as_it_is)
async def join(ctx: Context, click: Join, form: AboutMe) -> tuple[Effect, ...]:
    zone = form.zone or ctx.member.zone
    if zone not in every_zone():
        raise Fixable("I don't know this time zone. It looks like Europe/London or America/New_York.", "zone")
    me = ctx.member
    me.volume, me.availability, me.zone = form.volume, form.when, zone
    was_new = me.joined_at is None
    can_help = await tags.meant(ctx.db, ctx.community.id, form.can_help)
    learn = await tags.meant(ctx.db, ctx.community.id, form.learn)
    await members.join(ctx.db, me, ctx.now, can_help=can_help, wants_to_learn=learn)
    await tags.used(ctx.db, ctx.community.id, can_help + learn)
    words = "You joined. " if was_new else "Saved. "
    if can_help:
        words += f"When somebody asks about {', '.join(can_help)}, I may ask you."
    reply = Reply(Card(body=(words,), buttons=(Button("Change", Join()), Button("Leave", Leave()))))
    return (*await digest_follows(ctx, me), reply)


@ritual.click(role=Role.MEMBER)
async def leave(ctx: Context, click: Leave) -> tuple[Effect, ...]:
    await members.leave(ctx.db, ctx.member)
    await profiles.forget(ctx.db, ctx.member.id)
    words = (
        "You left. I send you nothing unasked any more; what you asked and answered stays. You can join again any time."
    )
    ended = await digest_ends(ctx, ctx.member)
    return (*await questions.no_longer_asked(ctx, ctx.member.id), *ended, Reply(say(words)))
