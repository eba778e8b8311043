"""A file that comes with a message can be kept."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from tests.browser.window import Windows
from tests.support.world import World


async def test_a_copy_of_ones_data_is_a_file_to_keep(world: World, windows: Windows) -> None:
    chidi = await world.joins("chidi", can_help="falls")
    await chidi.types("/rounds me")
    await chidi.presses("My data", on="Profile")
    await chidi.presses("Give me a copy", on="My data")
    await world.settles()
    window = await windows.opens("chidi", "dm-chidi")
    async with window.page.expect_download() as begun:
        await window.page.get_by_role("link", name="my-data.zip").last.click()
    download = await begun.value
    assert download.suggested_filename == "my-data.zip"
    with zipfile.ZipFile(io.BytesIO(Path(await download.path()).read_bytes())) as packed:
        assert sorted(packed.namelist()) == ["data.json", "index.html"]
    window.has_stayed()
