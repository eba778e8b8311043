"""My data: a copy of all that is kept of me, and the end of it."""

from bot.rituals.mydata import erasing, exporting
from bot.rituals.mydata.declared import MyData, ritual

__all__ = ["MyData", "erasing", "exporting", "ritual"]
