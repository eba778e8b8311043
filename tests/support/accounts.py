"""For tests that must not run as root, though the tests themselves may."""

import os
import pwd
from pathlib import Path
from typing import TypedDict


class Account(TypedDict, total=False):
    """As whom a program runs, in subprocess's words; empty means as ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def unprivileged() -> Account:
    """Ourselves, or nobody where we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def hand_over(path: Path, account: Account) -> None:
    """Make a path the account's own."""
    if account:
        os.chown(path, account["user"], account["group"])
