"""Rows for tests, and transactions that leave nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from storage.base import Base
from storage.communities import Community, Place, Space, Workspace
from storage.engine import Database
from storage.members import Account, Member
from storage.questions import Question

NOW = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
Row = TypeVar("Row", bound=Base)
_numbers = count(1)


class Undone(Exception):
    """Everything was tried; nothing is to stay."""


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction that is rolled back at its end, so that the next example finds an empty database."""
    try:
        async with database.write() as db:
            yield db
            raise Undone
    except Undone:
        pass


async def add(db: AsyncSession, row: Row) -> Row:
    db.add(row)
    await db.flush()
    return row


async def a_community(db: AsyncSession, name: str = "Ward") -> Community:
    return await add(db, Community(name=name, created_at=NOW))


async def a_space(db: AsyncSession, community: Community, purpose: str = "questions") -> Space:
    return await add(db, Space(community_id=community.id, purpose=purpose))


async def a_workspace(db: AsyncSession, community: Community, platform: str = "slack", id: str = "T1") -> Workspace:
    return await add(db, Workspace(community_id=community.id, platform=platform, remote_id=id, name=id))


async def a_place(
    db: AsyncSession, community: Community, space: Space, *, platform: str = "slack", workspace: str = "T1", **more: Any
) -> Place:
    number = next(_numbers)
    given = {"closed": False, "name": f"place-{number}", "remote_id": f"C{number}", **more}
    return await add(
        db, Place(community_id=community.id, space_id=space.id, platform=platform, workspace=workspace, **given)
    )


async def a_member(db: AsyncSession, community: Community, **more: Any) -> Member:
    return await add(db, Member(community_id=community.id, name=f"Sample: Person {next(_numbers)}", **more))


async def an_account(
    db: AsyncSession, member: Member, platform: str = "slack", workspace: str = "T1", **more: Any
) -> Account:
    given = {"remote_id": f"U{next(_numbers)}", **more}
    return await add(db, Account(member_id=member.id, platform=platform, workspace=workspace, **given))


async def a_question(db: AsyncSession, community: Community, space: Space, asker: Member, **more: Any) -> Question:
    given = {"title": "How do you prevent falls?", "tags": [], "state": "new", "created_at": NOW, **more}
    return await add(db, Question(community_id=community.id, space_id=space.id, asker_id=asker.id, **given))
