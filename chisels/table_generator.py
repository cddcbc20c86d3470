"""table_generator: a table of any field by any others."""

from __future__ import annotations

from pysysdig.chisel import FIELD, FILTER, INT, Arg, ChiselError, TopChisel


class TableGenerator(TopChisel):
    """Makes a table of sums: the fields to group by, their titles, the field to sum up, its title, a filter, the number of
    rows (0 for all) and the unit. -c table_generator "proc.name,fd.name Process,File evt.rawarg.res Bytes 'evt.is_io=true' 5
    bytes"."""

    category = "Filter"
    summary = "Sums of one field by others"
    hidden = True
    keys_given = Arg("fields to group by, with commas between them", type=FIELD, label="string")
    titles = Arg("their titles, with commas between them")
    value_field = Arg("the field to sum up", type=FIELD, label="string")
    value_title = Arg("its title")
    filter_text = Arg("the filter, '' for none", type=FILTER)
    top_number = Arg("the number of rows, 0 for all", type=INT)
    value_units = Arg("how sums are shown", choices=("none", "bytes", "time", "timepct"))

    def configure(self) -> None:
        names, titles = self.keys_given.split(","), self.titles.split(",")
        if len(names) != len(titles):
            raise ChiselError("there must be as many titles as fields to group by")
        self.keys = tuple(zip(names, titles))
        self.value = (self.value_field, self.value_title)
        self.filter = self.filter_text
        self.top = int(self.top_number)
        self.unit = self.value_units
        super().configure()
