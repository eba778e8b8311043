"""The profile: what one says of oneself, and which of it others see and find one by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from bot.context import Context
from bot.core.forms import Choices, Form, Line, Option, Options, Prefill
from bot.core.people import Role
from bot.core.replies import Reply
from bot.core.ritual import Ritual
from bot.core.text import Person, Span
from bot.core.ui import Action, Button, Card, Section
from storage import members, profiles
from storage.profiles import EVERYTHING, Shown

ritual = Ritual("profiles")
LENGTH, MOST_TAGS = 60, 5
SHOWN = (
    Option(profiles.PROFESSION, "Profession"),
    Option(profiles.SITE, "Where you work"),
    Option(profiles.COHORT, "Cohort"),
    Option(members.HELP, "What you can help with"),
    Option(members.LEARN, "What you want to learn"),
)


class Profile(Form, title="Your profile", submit="Save"):
    profession: Line = Field(default="", title="Your profession", max_length=LENGTH)
    site: Line = Field(default="", title="Where you work", description="A site or a ward", max_length=LENGTH)
    cohort: Line = Field(
        default="", title="Your cohort", description="The group you began with, like Spring 2026", max_length=LENGTH
    )
    shown: Annotated[Choices, Options(SHOWN)] = Field(
        default=(), title="What others see", description="They find you by it. Nothing chosen: nobody does."
    )


class ChangeProfile(Action, prefix="profile.change"):
    """Open the form."""


async def as_it_is(ctx: Context, click: ChangeProfile) -> Prefill:
    mine = await profiles.of(ctx.db, ctx.member.id)
    if mine is None:
        return Prefill({"shown": list(EVERYTHING)})
    said = {"profession": mine.profession, "site": mine.site, "cohort": mine.cohort}
    return Prefill({**said, "shown": [name for name in EVERYTHING if name not in mine.hidden]})


@ritual.click(role=Role.MEMBER, form=Profile, prefill=as_it_is)
async def change_profile(ctx: Context, click: ChangeProfile, form: Profile) -> Reply:
    hidden = [name for name in EVERYTHING if name not in form.shown]
    said = {"profession": form.profession, "site": form.site, "cohort": form.cohort}
    await profiles.put(ctx.db, ctx.member.id, **said, hidden=hidden)
    named = [option.label.lower() for option in SHOWN if option.value in form.shown]
    words = f"Saved. Others see: {', '.join(named)}." if named else "Saved. Others see nothing of it."
    if ctx.member.joined_at is None:
        words += " They find you once you have joined."
    return Reply(Card(body=(words,), buttons=(Button("Change profile", ChangeProfile()),)))


async def found_people(
    ctx: Context, words: str, tagged: Sequence[str], most: int, skip: int = 0, *, others: bool = False
) -> list[Section]:
    """A line for each of the people who show what is looked for, with why. ``others``: than the one who looks."""
    found = await profiles.found(ctx.db, words, tagged, ctx.viewer)
    found = [shown for shown in found if not others or shown.member.id != ctx.member.id]
    found = found[skip : skip + most]
    people = await members.as_people(ctx.db, [shown.member.id for shown in found])
    return [Section(_said_of(shown, people[shown.member.id])) for shown in found]


def _said_of(shown: Shown, person: Person) -> tuple[Span, ...]:
    parts: list[Span] = [person]
    for begin, tags in (("can help with", shown.can_help), ("wants to learn", shown.wants_to_learn)):
        if tags:
            parts.append(f" · {begin} {', '.join(tags[:MOST_TAGS])}")
    parts += [f" · {', '.join(shown.about)}"] if shown.about else []
    return tuple(parts)
