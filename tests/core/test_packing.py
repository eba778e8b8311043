"""Several texts in one file, as a member is given their own data."""

from __future__ import annotations

import io
import zipfile

from bot.core.packing import zipped


def test_what_is_packed_can_be_unpacked() -> None:
    files = {"questions.txt": "How do you prevent falls? 夜間", "answers.json": "[]"}
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as unpacked:
        assert unpacked.testzip() is None
        assert {name: unpacked.read(name).decode() for name in unpacked.namelist()} == files


def test_what_is_packed_is_smaller() -> None:
    assert len(zipped({"answers.txt": "A hoist. " * 1000})) < 1000
