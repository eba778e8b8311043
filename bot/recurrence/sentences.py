"""What people write to ask for dates, "last Thursday of the month except August", understood, asked back or refused.

Where a sentence has two meanings each is worked out, and the person is shown both with their dates. Whatever is not
understood is said: a word that is passed over could be the one that mattered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from bot.recurrence.dates import Ask, read_date, read_day_and_month, read_single
from bot.recurrence.rule import Recurrence, instant, local_wall, rule_text, slots_after
from bot.recurrence.saying import CODES, WORKDAYS, in_words, plain_date
from bot.recurrence.words import DAYS, MONTH_NAMES, MONTHS, NotKnown, read_words
