"""The parameters of events by name, as `evt.arg.NAME` gives each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.export.cells import plain_text
from pysysdig.render.args import groups
from pysysdig.render.params import texts_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pysysdig.render.options import RenderOptions
    from pysysdig.state.view import EventView

    Ints = npt.NDArray[np.int64]


def arguments(view: EventView, sel: Ints, options: RenderOptions) -> list[dict[str, str | None]]:
    """One dict an event: name -> text, in the order of the event table; of two parameters of one name the first counts."""
    out: list[dict[str, str | None]] = [{} for _ in range(len(sel))]
    for where, group in groups(view, sel, options):
        rows = [out[i] for i in where.tolist()]
        for i, param in enumerate(group.info.params[: len(group.spans.start)]):
            for row, text in zip(rows, texts_of(group, i, param, False)):
                row.setdefault(param.name, None if text is None else plain_text(text))
    return out
