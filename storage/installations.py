"""What a platform's workspaces gave us to talk to them with. Encrypted before it comes here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from storage.base import Base
from storage.upsert import insert_for


class Installation(Base):
    """``sealed`` outgrows any length one would think of once it is encrypted, so it is Text."""

    __tablename__ = "installation"
    platform: Mapped[str] = mapped_column(primary_key=True)
    workspace: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


async def keep(db: AsyncSession, platform: str, workspace: str, sealed: str, now: datetime) -> None:
    values = {"sealed": sealed, "at": now}
    statement = insert_for(db, Installation).values(platform=platform, workspace=workspace, **values)
    await db.execute(statement.on_conflict_do_update(index_elements=["platform", "workspace"], set_=values))


async def find(db: AsyncSession, platform: str, workspace: str) -> str | None:
    mine = Installation.platform == platform, Installation.workspace == workspace
    return await db.scalar(select(Installation.sealed).where(*mine))


async def remove(db: AsyncSession, platform: str, workspace: str) -> None:
    mine = Installation.platform == platform, Installation.workspace == workspace
    await db.execute(delete(Installation).where(*mine))


async def workspaces(db: AsyncSession, platform: str) -> list[str]:
    query = select(Installation.workspace).where(Installation.platform == platform)
    return list(await db.scalars(query.order_by(Installation.workspace)))
