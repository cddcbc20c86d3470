"""What is chosen and typed on the main screen: views, columns, what rows and events must have, anything by its name."""

from __future__ import annotations

from textual.binding import ActiveBinding
from textual.events import Click

from pysysdig.errors import UsageError
from pysysdig.events.text import from_user, to_display
from pysysdig.ui.chooser import Chooser, Entry
from pysysdig.ui.columns import column
from pysysdig.ui.prompt import Prompt, problem
from pysysdig.ui.table_screen import TableScreen, described
from pysysdig.ui.text import harmless
from pysysdig.views.loader import every_view
from pysysdig.views.model import SPECTROGRAM, View, layout

_SELDOM = ("mesos", "marathon")  # views that no capture of today has rows for: found by name (:), not in the list
ROWS, EVENTS, COLUMN, SEARCH = "rows", "events", "column", "search"  # what is typed


class Choosing(TableScreen):
    """The table with what narrows and changes it."""

    _wanted = ""  # that is searched for
    _before = 0  # index of the row that the search began at

    def action_views(self) -> None:
        """Choose a view: of the selection, if one has come here by one, else of the machine."""

        def chosen(id_: str | None) -> None:
            if id_ is not None:
                self._change(id_)

        self.app.push_screen(Chooser("Views", self._views(self.level.by), self.level.view, "f2"), chosen)

    def _views(self, by: str) -> list[Entry]:
        """The views of a selection by a field."""
        return view_entries(by, self._about.containers)

    def action_sort(self) -> None:
        """Choose the column to sort by."""
        columns = layout(self.view, self._about.containers).shown
        grid = self.grid
        entries = [
            Entry(str(i), c.title + (" (V)" if i == grid.sort else ""), f"Field: {c.field}") for i, c in enumerate(columns)
        ]

        def chosen(id_: str | None) -> None:
            if id_ is not None:
                self.action_column(int(id_))

        self.app.push_screen(Chooser("Sort by", entries, str(grid.sort), "f9"), chosen)

    def action_column(self, column: int) -> None:
        """Sort by a column; again: the other way round."""
        if column < len(layout(self.view, self._about.containers).shown):
            self.grid.sort_by(column)

    def action_sort_by(self, by: int) -> None:
        """Sort by a column beside the present one."""
        grid = self.grid
        grid.order_by((grid.sort + by) % len(layout(self.view, self._about.containers).shown), False, grid.rows)

    def action_add_column(self) -> None:
        """Have a field typed that becomes a column."""
        self.query_one(Prompt).ask(COLUMN, "Add a column, a field", "", wrong_field)

    def action_remove_column(self) -> None:
        """Choose a column that was added, to be taken away."""
        fields = self._saved.of(self.level.view)
        if not fields:
            self.notify("no columns were added to this view; + adds one", markup=False)
            return

        def chosen(field: str | None) -> None:
            if field is not None:
                self._put_columns(tuple(f for f in fields if f != field))

        self.app.push_screen(Chooser("Take away", [Entry(f, f) for f in fields], "", "minus"), chosen)

    def _put_columns(self, fields: tuple[str, ...]) -> None:
        try:
            self._saved.put(self.level.view, fields)
        except UsageError as error:
            self.notify(harmless(str(error)), severity="warning", markup=False)
        self.trail[-1] = self._kept()._replace(sort=None)
        self._ask()

    def action_commands(self) -> None:
        """Choose from all that can be done here, and all views."""
        commands: dict[str, ActiveBinding] = {}
        for active in self.active_bindings.values():
            if active.enabled and active.binding.description and not active.binding.system:
                commands.setdefault(active.binding.description, active)
        entries = [Entry(what, what) for what in commands]
        by = self.level.by
        fits = _fitting(by)
        entries += [Entry(f"view {v.id}", f"View: {v.name}", v.description) for v in fits]

        async def chosen(what: str | None) -> None:
            if what in commands:
                await self.app.run_action(commands[what].binding.action, commands[what].node)
            elif what is not None:
                self._change(what.removeprefix("view "))

        self.app.push_screen(Chooser("Commands", entries, "", "colon"), chosen)

    def action_rows(self) -> None:
        """Have a text typed that rows must hold, as one types; F2: a filter of events."""
        self.query_one(Prompt).ask(ROWS, "Rows with (! without), F2: events", self.grid.rows)

    def on_click(self, event: Click) -> None:
        """A click on the filter: have it typed."""
        if event.widget is not None and event.widget.id == "source":
            self._ask_filter()

    def _ask_filter(self) -> None:
        self.query_one(Prompt).ask(EVENTS, "Filter, F2: rows", to_display(self.level.filter), problem)

    def action_search(self) -> None:
        """Go to a row that holds a text, as one types."""
        self._before = self.grid.cursor
        self.query_one(Prompt).ask(SEARCH, "Search", "")

    def action_next(self) -> None:
        """The next row that does."""
        if self._wanted and not self.grid.seek(self._wanted, self.grid.cursor + 1):
            self.notify("not found", timeout=2)

    def on_prompt_other(self, event: Prompt.Other) -> None:
        """From rows to events, and back."""
        if event.what in (COLUMN, SEARCH):
            return
        if event.what == ROWS:
            self._ask_filter()
        else:
            self.action_rows()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Rows follow what is typed."""
        if event.what == ROWS:
            self._narrow(event.text)
        if event.what == SEARCH:
            self._wanted = event.text
            if not self.grid.seek(event.text, self._before):
                self.notify("not found", timeout=2)

    def on_prompt_done(self, event: Prompt.Done) -> None:
        """Take what was typed."""
        self.grid.focus()
        if event.what == COLUMN and event.text.strip():
            known = self._saved.of(self.level.view)
            field = from_user(event.text.strip())
            self._put_columns(known if field in known else (*known, field))
        if event.what == EVENTS and from_user(event.text.strip()) != self.level.filter:
            self.trail[-1] = self._kept()._replace(filter=from_user(event.text.strip()))
            self._ask()

    def on_prompt_cleared(self, event: Prompt.Cleared) -> None:
        """All rows again; the filter of events stays."""
        self.grid.focus()
        if event.what == ROWS:
            self._narrow("")
        if event.what == SEARCH:
            self.grid.action_move(self._before - self.grid.cursor)

    def _narrow(self, text: str) -> None:
        grid = self.grid
        self.trail[-1] = self.level._replace(rows=text)
        grid.order_by(grid.sort, grid.reverse, text)


def view_entries(by: str, containers: bool) -> list[Entry]:
    """The views of a selection by a field, "" = of the whole machine, to choose from."""
    fits = [v for v in _fitting(by) if by or not v.id.startswith(_SELDOM)]
    return [Entry(v.id, v.name, described(v, containers)) for v in fits]


def _fitting(by: str) -> list[View]:
    """The views of a selection by a field, "" = of the whole machine."""
    return [v for v in every_view() if by in v.applies_to and v.kind != SPECTROGRAM and "nocsysdig" not in v.tags]


def wrong_field(text: str) -> str:
    """What is wrong with a field that was typed, "" = nothing."""
    try:
        if text.strip():
            column(from_user(text.strip()))
    except UsageError as error:
        return harmless(str(error))
    return ""
