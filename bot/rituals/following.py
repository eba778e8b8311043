"""Following tags: who follows one hears of what is new with it, a few times a day at most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.context import Context
from bot.core.people import Role, Viewer
from bot.core.replies import Direct, Kind, Reply
from bot.core.ritual import Ritual
from bot.core.text import Bold, Span
from bot.core.ui import Action, Button, Card, Section, say
from bot.services.links import links_to
from storage import follows, items, questions, tags, visibility
from storage.ledger import inbox
from storage.members import Member

ritual = Ritual("following")
TOLD_A_DAY = 3  # messages on tags that somebody is sent; what is beyond them is found, and stands in digests
SHOWN = 5


class FollowTag(Action, prefix="tag.follow"):
    tag: str


class UnfollowTag(Action, prefix="tag.unfollow"):
    tag: str


def follow_buttons(tag: str, *, follows_it: bool) -> tuple[Button, ...]:
    """Follow, or stop following; none where the tag is too long for a button."""
    action = UnfollowTag(tag=tag) if follows_it else FollowTag(tag=tag)
    try:
        action.pack()
    except ValueError:
        return ()
    return (Button("Stop following" if follows_it else "Follow this tag", action),)


@ritual.click(role=Role.MEMBER)
async def follow_tag(ctx: Context, click: FollowTag) -> Reply:
    (tag,) = await tags.meant(ctx.db, ctx.community.id, [click.tag])
    await follows.follow_tag(ctx.db, ctx.member.id, tag)
    words = say("You follow ", Bold(tag), f": I tell you of what is new with it, {TOLD_A_DAY} times a day at most.")
    return Reply(Card(body=words.body, buttons=follow_buttons(tag, follows_it=True)))


@ritual.click(role=Role.MEMBER)
async def unfollow_tag(ctx: Context, click: UnfollowTag) -> Reply:
    for tag in {click.tag, *await tags.meant(ctx.db, ctx.community.id, [click.tag])}:
        await follows.unfollow_tag(ctx.db, ctx.member.id, tag)
    return Reply(say("You don't follow ", Bold(click.tag), " any more."))


async def told_to_followers(
    ctx: Context, kind: str, subject: int, space_id: int, tagged: Sequence[str]
) -> tuple[Direct, ...]:
    """To those who follow one of its tags and can see it: that it is there. Not to who wrote it."""
    following = await follows.followers_of_tags(ctx.db, ctx.community.id, tagged)
    following.pop(ctx.member.id, None)
    can_see = set(await visibility.readers(ctx.db, space_id, ctx.now)) if following else set()
    card = "question_news" if kind == questions.KIND else "item_news"
    told = []
    for member_id in sorted(following.keys() & can_see):
        if await _not_too_often(ctx, member_id):
            told.append(
                Direct(card, subject, member_id, Kind.ASKED_FOR, about=space_id, after=(card.split("_")[0], subject))
            )
    return tuple(told)


async def _not_too_often(ctx: Context, member_id: int) -> bool:
    for number in range(TOLD_A_DAY):
        if await inbox.claim(ctx.db, "tag news", f"{member_id}:{ctx.now.date()}:{number}", ctx.now):
            return True
    return False


@ritual.card("question_news")
async def question_news(db: AsyncSession, question_id: int, viewer: Viewer, now: datetime) -> Card | None:
    question = await questions.get(db, question_id, viewer, now)
    return await _news(db, "question", question, viewer, now) if question else None


@ritual.card("item_news")
async def item_news(db: AsyncSession, item_id: int, viewer: Viewer, now: datetime) -> Card | None:
    item = await items.get(db, item_id, viewer, now)
    return await _news(db, "item", item, viewer, now) if item else None


async def _news(
    db: AsyncSession, card: str, it: questions.Question | items.Item, viewer: Viewer, now: datetime
) -> Card | None:
    if viewer.member is None:
        return None
    theirs = [tag for tag in await follows.tags_of(db, viewer.member) if tag in it.tags]
    links = await links_to(db, card, [it.id], "Open", viewer, now)
    words: list[Span] = ["A new question: " if card == "question" else f"A new {_named(it)}: ", Bold(it.title)]
    words += [" · ", links[it.id]] if it.id in links else []
    words += [f"\nYou follow {', '.join(theirs)}."] if theirs else []
    return Card(body=tuple(words), buttons=follow_buttons(theirs[0], follows_it=True) if theirs else ())


def _named(it: questions.Question | items.Item) -> str:
    return it.kind if isinstance(it, items.Item) else "question"


async def tags_i_follow(db: AsyncSession, member: Member) -> tuple[Section, ...]:
    """A line for each of the first few, with a way out."""
    followed = (await follows.tags_of(db, member.id))[:SHOWN]
    return tuple(Section(("You follow ", Bold(tag)), follow_buttons(tag, follows_it=True)) for tag in followed)
