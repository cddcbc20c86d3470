"""user.*: the account an event's thread runs under."""

from __future__ import annotations

from typing import Any

from pysysdig.events.column import Column
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import thread_rows
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state.levels import THREAD
from pysysdig.state.threads import NO_ID, UNSET

UNKNOWN = "<NA>"


def account_key(view: Any, name: str) -> str:
    """The cache name of an account's text: OLD keeps the account as it was when the thread got it, CURRENT looks it up anew."""
    return name if view.generation == OLD else f"{name}/{view.users.version}"


def _attach(name: str, uid: str, attribute: str, of_root: str) -> None:
    """A text of the user with the id in attribute `uid`; `of_root` where uid 0 is not in the list of users."""

    @field(name, THREAD)
    def get(view: Any, sel: Any, ref: FieldRef) -> Column:
        old = view.generation == OLD

        def text(t: Any) -> str:
            if old and t.of_container:
                return str(t.account) if name == "user.name" else ""
            number = getattr(t, uid)
            if number == UNSET and old:
                return ""
            user = view.users.user(number & NO_ID, t.container_id)
            if user is None:
                return of_root if number == 0 else UNKNOWN
            return str(getattr(user, attribute))

        return view.threads.text(thread_rows(view, sel), account_key(view, name), text)


_attach("user.name", "uid", "name", "root")
_attach("user.homedir", "uid", "home", "/root")
_attach("user.shell", "uid", "shell", UNKNOWN)
_attach("user.loginname", "loginuid", "name", "root")


@field("user.uid", THREAD)
def user_uid(view: Any, sel: Any, ref: FieldRef) -> Column:
    """The user id."""
    return view.threads.number(thread_rows(view, sel), "user.uid", lambda t: t.uid & NO_ID)


@field("user.loginuid", THREAD)
def user_loginuid(view: Any, sel: Any, ref: FieldRef) -> Column:
    """The audit user id, -1 if it was never set."""
    rows = thread_rows(view, sel)
    return view.threads.number(rows, "user.loginuid", lambda t: -1 if t.loginuid & NO_ID == NO_ID else t.loginuid)
