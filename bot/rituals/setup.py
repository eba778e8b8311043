"""Setting up: whoever installed the bot is led through it in chat; another workspace can join a community by a code."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.events import WorkspaceConnected
from bot.core.forms import Form, Line, Paragraph, Prefill, YesNo
from bot.core.people import Role, Viewer, every_zone
from bot.core.replies import Direct, Effect, Kind, Redraw, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Span, Typed
from bot.core.ui import Action, Button, Card, Run, say
from storage import audit, communities, members, pairings
from storage.communities import QUESTIONS, Community

ritual = Ritual("setup")


class AboutCommunity(Form, title="About the community", submit="Save"):
    name: Line = Field(title="What is it called?", max_length=80)
    domain: Paragraph = Field(
        title="What do you care about together?",
        description="One or two sentences; everybody reads them on the welcome card.",
        max_length=500,
    )
    zone: Line = Field(title="Its time zone", description="Like Europe/London", max_length=60)
    clinical: YesNo = Field(
        default=False,
        title="Patients are talked about",
        description="Then each form says “No patient details, please.”, and what looks like one is not taken.",
    )


class TheCode(Form, title="Join a community", submit="Join it", kept=False):
    code: Line = Field(title="The code", description="Whoever looks after that community gets it there.", max_length=40)


class SetUp(Action, prefix="setup.about"):
    """Name the community, say what it is about."""


class ExistsAlready(Action, prefix="setup.exists"):
    """This workspace belongs to a community that is here already."""


class MakeCode(Action, prefix="setup.code"):
    """A code by which another workspace joins."""


@ritual.on(WorkspaceConnected)
async def welcome_the_installer(ctx: Context, event: WorkspaceConnected) -> tuple[Effect, ...]:
    """Once for each workspace, to whoever looks after it."""
    if ctx.community.domain:
        return ()
    stewards = [
        member for member in await members.facilitators(ctx.db, ctx.community.id) if member.role >= Role.STEWARD
    ]
    return tuple(
        Direct("setup", ctx.community.id, it.id, Kind.DUTY, key=f"setup:{event.workspace}:{it.id}") for it in stewards
    )


@ritual.card("setup")
async def setup_card(db: AsyncSession, community_id: int, viewer: Viewer, now: datetime) -> Card | None:
    """To a steward: what is to be done, and what is done."""
    community = await db.get(Community, community_id)
    if community is None or viewer.role < Role.STEWARD or viewer.community != community.id:
        return None
    for_questions = await communities.places(db, community.id, QUESTIONS)
    done = "Done: ", "To do: "
    body: list[Span] = ["Hello! Two things, and the community can begin.\n"]
    body += [done[not community.domain], "say what the community is called and cares about.\n"]
    body += [
        done[not for_questions],
        "invite me to a channel and choose it for questions: ",
        Typed("facilitate channels"),
    ]
    if community.domain and for_questions:
        body += [
            "\nThat is all. Ask something with ",
            Typed("ask"),
            "; ",
            Typed("facilitate check"),
            " looks after me.",
        ]
    buttons = [
        *await steward_buttons(db, community),
        Button("Choose a channel", Run(command="facilitate channels")),
    ]
    return Card(f"Setting up {community.name}", tuple(body), buttons=tuple(buttons))


async def steward_buttons(db: AsyncSession, community: Community) -> list[Button]:
    """What only a steward can do for the community as a whole."""
    buttons = [Button("About the community", SetUp(), "plain" if community.domain else "primary")]
    if not community.domain and await pairings.is_fresh(db, community.id):
        buttons += [Button("It exists already", ExistsAlready())]
    return buttons


async def as_it_is(ctx: Context, click: SetUp) -> Prefill:
    community = ctx.community
    about = {"name": community.name, "domain": community.domain, "zone": community.zone}
    return Prefill({**about, "clinical": community.clinical})


@ritual.click(role=Role.STEWARD, form=AboutCommunity, prefill=as_it_is)
async def about_the_community(ctx: Context, click: SetUp, form: AboutCommunity) -> tuple[Effect, ...]:
    if form.zone not in every_zone():
        raise Fixable("I don't know this time zone. It looks like Europe/London or America/New_York.", "zone")
    ctx.community.name, ctx.community.domain, ctx.community.zone = form.name, form.domain, form.zone
    ctx.community.clinical = form.clinical
    careful = [" What looks like a patient's detail is not taken."] if form.clinical else []
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "community.described", f"community:{ctx.community.id}")
    return (
        Redraw("setup", ctx.community.id),
        Redraw("welcome", ctx.community.id),
        Reply(say("Saved. ", Bold(form.name), " is what people read from now on.", *careful)),
    )


@ritual.click(role=Role.STEWARD)
async def make_code(ctx: Context, click: MakeCode) -> Reply:
    code = await pairings.make(ctx.db, ctx.community.id, ctx.now)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "pairing.made", f"community:{ctx.community.id}")
    words = (
        "Connect me to the other workspace. Whoever does so finds “It exists already” in my first message there, "
        "and gives this code: ",
        Bold(code),
        ". It works once, within an hour, and makes them a steward here, too.",
    )
    return Reply(say(*words))


@ritual.click(role=Role.STEWARD, form=TheCode)
async def exists_already(ctx: Context, click: ExistsAlready, form: TheCode) -> tuple[Effect, ...]:
    own = ctx.community.id
    if not await pairings.hold(ctx.db, own):
        raise Fixable(
            "Something was asked or kept here already, so this can't become part of another community.", "code"
        )
    other = await pairings.use(ctx.db, form.code, ctx.now)
    if other is None or other == own:
        raise Fixable("This code is unknown, used, or older than an hour. Ask for a new one.", "code")
    member = ctx.member.id
    used = await pairings.move_all(ctx.db, own, other)
    community = await ctx.db.get_one(Community, other)
    audit.note(ctx.db, community.id, member, ctx.now, "workspace.joined", f"member:{member}")
    for place in used:
        await communities.use_for(ctx.db, place, QUESTIONS)
    words: list[Span] = [Bold(community.name), " lives here, too, now. "]
    if used:
        words += ["What is asked there and here is shown in both from now on."]
    else:
        words += ["Next, choose a channel for questions: ", Typed("facilitate channels")]
    return (Reply(say(*words)),)
