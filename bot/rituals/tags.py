"""Tags: which there are, which mean the same. A facilitator merges two, or gives one another name."""

from __future__ import annotations

from pydantic import Field

from bot.context import Context
from bot.core.errors import Fixable
from bot.core.forms import Form, Line, Prefill
from bot.core.people import Role
from bot.core.replies import Effect, Redraw, Reply
from bot.core.ritual import Ritual
from bot.core.tags import normalised_tag
from bot.core.text import Bold, Span
from bot.core.ui import Action, Button, Card, Section, say
from storage import audit, questions, retagging, tags

ritual = Ritual("tags")
SHOWN = 8
TAG_LENGTH = 50


class TagPage(Action, prefix="tags.page"):
    skip: int


class Rename(Action, prefix="tags.rename"):
    tag: str = ""


class SameTag(Form, title="Merge or rename a tag", submit="Save"):
    old: Line = Field(title="This tag", max_length=TAG_LENGTH)
    new: Line = Field(
        title="means, or shall be called",
        description="A tag that is there already, or a new one",
        max_length=TAG_LENGTH,
    )


@ritual.command("facilitate tags", "See the tags, merge or rename them", role=Role.FACILITATOR, reads=True)
async def list_tags(ctx: Context, text: str) -> Reply:
    return await _page(ctx, 0)


@ritual.click(role=Role.FACILITATOR, reads=True)
async def tag_page(ctx: Context, click: TagPage) -> Reply:
    return await _page(ctx, click.skip)


async def _page(ctx: Context, skip: int) -> Reply:
    found = await tags.all_of(ctx.db, ctx.community.id, skip=skip, limit=SHOWN + 1)
    meaning = await tags.synonyms(ctx.db, ctx.community.id, [tag.name for tag in found])
    lines = []
    for tag in found[:SHOWN]:
        words: list[Span] = [Bold(tag.name), f" · used {tag.uses} {'time' if tag.uses == 1 else 'times'}"]
        words += [f" · also: {', '.join(meaning[tag.name])}"] if tag.name in meaning else []
        lines.append(Section(tuple(words), _rename(tag.name)))
    below = [Button("Merge or rename", Rename())]
    if len(found) > SHOWN:
        below.insert(0, Button("Next page", TagPage(skip=skip + SHOWN)))
    if not lines:
        return Reply(say("No tags are in use yet."))
    return Reply(Card("Tags, the most used first", sections=tuple(lines), buttons=tuple(below)))


def _rename(tag: str) -> tuple[Button, ...]:
    """A button for this tag, where it is short enough for one; the button below serves every tag."""
    rename = Rename(tag=tag)
    try:
        rename.pack()
    except ValueError:
        return ()
    return (Button("Merge or rename", rename),)


async def which_tag(ctx: Context, click: Rename) -> Prefill:
    return Prefill({"old": click.tag}, note=("What has the first gets the second; whoever types the first means it.",))


@ritual.click(role=Role.FACILITATOR, form=SameTag, prefill=which_tag)
async def rename(ctx: Context, click: Rename, form: SameTag) -> tuple[Effect, ...]:
    old, new = normalised_tag(form.old), normalised_tag(form.new)
    for name, field in ((old, "old"), (new, "new")):
        if not name:
            raise Fixable("This is no tag: it needs letters or digits.", field)
    if old == new:
        raise Fixable("These are the same tag already.", "new")
    if await tags.meant(ctx.db, ctx.community.id, [old]) == (new,):
        raise Fixable("This means that already.", "new")
    if not await tags.is_known(ctx.db, ctx.community.id, old):
        raise Fixable("Nobody has used this tag.", "old")
    changed = await retagging.merge(ctx.db, ctx.community.id, old, new)
    audit.note(ctx.db, ctx.community.id, ctx.member.id, ctx.now, "tag.merged", f"tag:{old}", new)
    drawn = [Redraw("question" if kind == questions.KIND else "item", id) for kind, id in changed]
    return (*drawn, Reply(say("From now on ", Bold(old), " means ", Bold(new), ".")))
