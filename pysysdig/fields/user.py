"""user.*: the account an event's thread runs under."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.events.arrays import Sel
from pysysdig.events.column import Column
from pysysdig.events.table import OLD
from pysysdig.fields.lineage import thread_rows
from pysysdig.fields.registry import FieldRef, field
from pysysdig.state.accounts import Accounts
from pysysdig.state.levels import THREAD
from pysysdig.state.table import RowAttribute
from pysysdig.state.threads import NO_ID, UNSET, UNTOLD, ThreadInfo

if TYPE_CHECKING:
    from pysysdig.state.view import EventView

UNKNOWN = "<NA>"
_UID: RowAttribute[ThreadInfo] = RowAttribute(lambda t: t.uid & NO_ID, reads=("uid",))


def _login_uid(t: ThreadInfo) -> int:
    if t.loginuid == UNTOLD:
        return 0
    return -1 if t.loginuid & NO_ID == NO_ID else t.loginuid


_LOGINUID: RowAttribute[ThreadInfo] = RowAttribute(_login_uid, reads=("loginuid",))


def account_version(view: EventView) -> int:
    """What accounts' texts depend on besides the row: OLD keeps the account as it was when the thread got it, CURRENT looks it up
    anew."""
    return 0 if view.generation == OLD else view.users.version


def _user_text(t: ThreadInfo, users: Accounts, version: int, old: bool, uid: str, attribute: str, of_root: str) -> str:
    if old and t.of_container:
        return t.account if attribute == "name" and uid == "uid" else ""
    number = getattr(t, uid)
    if number in (UNSET, UNTOLD) and old:
        return ""
    user = users.user(number & NO_ID, t.container_id)
    if user is None:
        return of_root if number == 0 else UNKNOWN
    return str(getattr(user, attribute))


def _attach(name: str, uid: str, attribute: str, of_root: str) -> None:
    """A text of the user with the id in attribute `uid`; `of_root` where uid 0 is not in the list of users."""

    @field(name, THREAD)
    def get(view: EventView, sel: Sel, ref: FieldRef) -> Column:
        context = (view.users, account_version(view), view.generation == OLD)
        return view.threads.text(thread_rows(view, sel), RowAttribute(_user_text, *context, uid, attribute, of_root))


_attach("user.name", "uid", "name", "root")
_attach("user.homedir", "uid", "home", "/root")
_attach("user.shell", "uid", "shell", UNKNOWN)
_attach("user.loginname", "loginuid", "name", "root")


@field("user.uid", THREAD)
def user_uid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The user id."""
    return view.threads.number(thread_rows(view, sel), _UID)


@field("user.loginuid", THREAD)
def user_loginuid(view: EventView, sel: Sel, ref: FieldRef) -> Column:
    """The audit user id, -1 if it was never set; in OLD 0 of threads that an unknown one made, until an event tells it."""
    return view.threads.number(thread_rows(view, sel), _LOGINUID)
