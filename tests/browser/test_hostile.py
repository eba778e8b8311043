"""Strangers are kept out, and whatever people write does nothing but stand there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from tests.browser.conftest import EVIL
from tests.browser.window import Window, Windows
from tests.support.world import World

HOSTILE = (
    "<script>window.__pwned=1</script><img src=x onerror=window.__pwned=1><svg onload=window.__pwned=1>"
    '"\' autofocus onfocus=window.__pwned=1 x="</p></textarea></dialog>{{7*7}}${7*7}<!channel> @everyone'
    " [x](javascript:window.__pwned=1) \u202egnp.exe"
)
SHORT = "<svg onload=window.__pwned=1>\"' \u202egnp.exe"
# Everything that a page of another site can try against an address whose answers it may not read.
ATTACK = """
<form id=form method=post enctype=text/plain action="%(url)s/api/as/ada/type" target=sent>
  <input name='{"place":"questions","text":"forged by a form","x":"' value='"}'></form>
<form id=exact method=post enctype=text/plain action="%(url)s/api/as/ada/type" target=sent>
  <input name='{"place":"questions","text":"forged","dm":false,"thread":null}' value=''></form>
<iframe name=sent></iframe>
<iframe id=framed src="%(url)s/as/ada/questions"></iframe>
<script src="%(url)s/static/page.js" onload="window.ran = true"></script>
<script>
window.attacks = (async () => {
  const url = "%(url)s", body = JSON.stringify({place: "questions", text: "forged by a script"});
  const tries = {
    post: () => fetch(url + "/api/as/ada/type", {method: "POST", body}),
    blind: () => fetch(url + "/api/as/ada/type", {method: "POST", body, mode: "no-cors"}),
    json: () => fetch(url + "/api/as/ada/type", {method: "POST", body, headers: {"Content-Type": "application/json"}}),
    change: () => fetch(url + "/api/people/ada", {method: "PATCH", body: '{"name": "forged"}'}),
    read: () => fetch(url + "/api/as/ada/view").then((answer) => answer.text()),
    page: () => fetch(url + "/as/ada/questions").then((answer) => answer.text()),
    beacon: async () => { navigator.sendBeacon(url + "/api/as/ada/type", body); throw Error("sent blindly"); },
  };
  const outcome = {};
  for (const [name, attempt] of Object.entries(tries)) {
    outcome[name] = await attempt().then((got) => typeof got === "string" ? got : got.type, () => "refused");
  }
  document.getElementById("form").submit();
  await new Promise((done) => setTimeout(done, 300));
  document.getElementById("exact").submit();
  await new Promise((done) => setTimeout(done, 300));
  return outcome;
})();
</script>
"""


@pytest_asyncio.fixture(loop_scope="session")
async def other_site(world: World) -> AsyncIterator[str]:
    """The address of a page that means harm, on this machine, too, but another port."""

    async def attack(_: web.Request) -> web.Response:
        return web.Response(text=ATTACK % {"url": world.service.url}, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", attack)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def test_another_site_can_neither_act_nor_look(world: World, windows: Windows, other_site: str) -> None:
    ada = await windows.opens("ada")
    await ada.types("a secret")
    stranger = await (await windows.profile()).new_page()
    await stranger.goto(other_site)
    outcome = await stranger.evaluate("window.attacks")
    assert set(outcome.values()) == {"refused"}, outcome  # what was sent blindly could not be read, nor did it act
    assert not await stranger.evaluate("window.ran === true"), "its script was loaded by another site"
    assert "secret" not in "".join([await frame.content() for frame in stranger.frames[1:]]), "it can be framed"
    await ada.sees_not("forged")
    assert "forged" not in json.dumps(await world.api.request("GET", "/api/as/ada/view"))
    await ada.types("still here")
    await ada.sees("still here")
    ada.has_stayed()


async def test_another_name_for_this_machine_is_refused(world: World, windows: Windows) -> None:
    """A site whose name is made to lead here (DNS rebinding) would be of the same origin as the page."""
    port = world.service.url.rsplit(":", 1)[1]
    page = await (await windows.profile()).new_page()
    for path in ("/", "/as/ada/questions", "/api/directory"):
        answer = await page.goto(f"http://{EVIL}:{port}{path}")
        assert answer is not None
        assert answer.status == 403
    posted = """fetch("/api/as/ada/type", {method: "POST", body: '{"place": "questions", "text": "forged"}'})"""
    assert await page.evaluate(f"{posted}.then((answer) => answer.status)") == 403
    assert "forged" not in json.dumps(await world.api.request("GET", "/api/as/ada/view"))


async def test_hostile_words_in_every_field_do_nothing(world: World, windows: Windows) -> None:
    await world.api.add_person("eve", SHORT)
    await world.api.change_place("questions", name=SHORT)
    await world.joins("chidi", can_help="falls")
    await world.settles()
    eve, chidi = await windows.opens("eve"), await windows.opens("chidi", "dm-chidi")
    await eve.types(HOSTILE)
    await eve.sees(HOSTILE[:60])

    await eve.types("/rounds me")
    await eve.presses("Join", on="You have not joined")
    await eve.fills({"Your time zone": HOSTILE[:60], "What can you help with": SHORT, "What do you want": SHORT})
    await eve.presses("Save")
    await eve.sees("I don't know this time zone.")
    await eve.submits("Save", {"Your time zone": "UTC"})
    await eve.sees("You joined.")

    await eve.types(f"/ask {HOSTILE[:100]}")
    await eve.submits("Ask", {"What have you tried": HOSTILE, "Tags": f"falls, {SHORT[:30]}"})
    await eve.sees("I asked 1 person")
    await chidi.sees("Can you help?")
    await chidi.presses("Answer")
    await chidi.submits("Send answer", {"Your answer": HOSTILE})
    await eve.sees("Did one help?")
    await eve.presses("This helped")
    await eve.submits("This helped")
    await eve.sees("Solved: what helped came from")
    await eve.types("/find script")
    await eve.types("/" + HOSTILE)

    thread = next(seen for seen in await world.person("eve").everything() if "Solved" in seen.text)
    await world.person("eve").says(HOSTILE, thread_of=thread.id)
    for path in ("eve/questions", f"eve/questions?thread={thread.id}", "chidi/dm-chidi", "ada/questions"):
        who, place = path.split("/", 1)
        await windows.opens(who, place)
    await windows.opens("")
    dana = await windows.opens("dana")
    await dana.types("/ask")
    await dana.form.get_by_label("Tags").press_sequentially("svg")  # what others have used is offered
    await dana.page.get_by_role("option").filter(has_text="svg").first.wait_for()
    for window in windows.opened:
        await _is_inert(window)


async def _is_inert(window: Window) -> None:
    """Nothing ran, nothing was even refused, and right-to-left marks turn around nothing beside their own words."""
    await window.page.wait_for_load_state()
    assert await window.page.evaluate("window.__pwned === undefined")
    assert await window.page.evaluate("document.querySelectorAll('img, svg[onload], [onfocus], [onerror]').length") == 0
    spilling = await window.page.evaluate(
        """() => {
            const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const holder = walker.currentNode.parentElement, style = getComputedStyle(holder);
                const kept = /isolate|plaintext/.test(style.unicodeBidi) || /^(OPTION|SCRIPT)$/.test(holder.tagName)
                    || holder.offsetWidth < 2;  // for screen readers only
                if (walker.currentNode.data.includes("\\u202e") && !kept) found.push(holder.outerHTML.slice(0, 200));
            }
            return found;
        }"""
    )
    assert not spilling, spilling
    window.is_calm()


async def test_a_link_that_is_a_script_is_no_link(world: World, windows: Windows) -> None:
    ben = await windows.opens("ben")
    await ben.types("javascript:window.__pwned=1 and <a href='javascript:window.__pwned=1'>this</a>")
    links = await ben.page.get_by_role("link").evaluate_all("all => all.map(one => one.href)")
    assert all(link.startswith(world.service.url) for link in links), links


@pytest.mark.parametrize("name", ["Content-Security-Policy", "Cross-Origin-Resource-Policy"])
async def test_every_answer_carries_the_policies(world: World, windows: Windows, name: str) -> None:
    page = await (await windows.profile()).new_page()
    for path in ("/", "/as/ada/questions", "/static/page.js", "/nowhere"):
        answer = await page.goto(world.service.url + path)
        assert answer is not None
        assert "unsafe" not in (await answer.all_headers())[name.lower()]
