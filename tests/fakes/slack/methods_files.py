"""files.*: the three steps of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.fakes.slack import events
from tests.fakes.slack.calls import Call, method
from tests.fakes.slack.errors import Invalid, SlackError
from tests.fakes.slack.model import Json

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@method("files.getUploadURLExternal", "filename length alt_txt alt_text snippet_type", "files:write")
async def begin(call: Call) -> Json:
    id = call.slack.id("F")
    length = call.text("length")
    if not length.isdigit() or int(length) < 1:
        raise Invalid("invalid_arguments", ["length: must be a positive number"])
    name = call.required("filename")
    call.team.files[id] = {"id": id, "name": name, "title": name, "size": int(length), "content": None}
    return {"upload_url": f"{call.slack.url}/upload/{id}", "file_id": id}


async def upload(slack: FakeSlack, request: web.Request) -> web.Response:
    """The bytes, as a multipart form's file or as the plain body."""
    for team in slack.teams.values():
        file = team.files.get(request.match_info["file"])
        if file is not None:
            if request.content_type.startswith("multipart/"):
                parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
                content = parts[0].file.read() if parts else b""
            else:
                content = await request.read()
            file["content"] = content
            if slack.faults.takes("upload_fails", "upload"):
                file["content"] = None
                return web.Response(status=500)
            if len(content) != file["size"]:
                slack.violation("upload", [f"{len(content)} bytes came, {file['size']} were announced"])
            return web.Response(text=f"OK - {len(content)}")
    return web.Response(status=404)


@method("files.completeUploadExternal", "files channel_id channels thread_ts initial_comment blocks", "files:write")
async def complete(call: Call) -> Json:
    given = call.args.get("files")
    if not isinstance(given, list) or not given:
        raise Invalid("invalid_arguments", ["files: must be an array"])
    done = []
    for one in given:
        file = call.team.files.get(one.get("id", ""))
        if file is None or file["content"] is None or file.get("done"):
            raise SlackError("file_not_found")
        if len(file["content"]) != file["size"]:
            raise SlackError("invalid_file_size")
        file["done"] = True
        file["title"] = one.get("title", file["title"])
        done.append({key: file[key] for key in ("id", "name", "title", "size")})
    if call.args.get("channel_id"):
        channel = call.channel("channel_id")
        if call.team.install.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        if call.text("thread_ts") and channel.find(call.text("thread_ts")) is None:
            raise SlackError("invalid_thread_ts")
        made = call.slack.bot_message(call.team, call.text("initial_comment"), None, files=done)
        made.thread_ts = call.text("thread_ts") or None
        channel.messages.append(made)
        events.message(call.slack, call.team, channel, made)
    return {"files": done}
