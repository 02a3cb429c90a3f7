"""The forms of an import's columns: what each holds, how numbers and dates are written, how the file is read."""

from typing import Any

from django import forms

from buddy.hub import imports as hub
from buddy.hub.imports import Import, Kind
from buddy.hub.imports.delimited import DELIMITERS, ENCODINGS
from buddy.hub.imports.limits import HEADING_WITHIN

NOT_USED = ("", "Leave out")
UNSAID = ("", "Choose")


class ColumnsForm(forms.Form):
    """A choice for each column, and the formats. `columns` are its rows for the page: column, field, samples."""

    blanks_clear = forms.ChoiceField(
        label="An empty cell",
        choices=[("", "leaves the value as it is"), ("yes", "empties the field")],
        required=False,
        widget=forms.RadioSelect,
    )
    numbers = forms.ChoiceField(label="Numbers are written", choices=[UNSAID, *hub.NUMBERS.items()], required=False)
    dates = forms.ChoiceField(label="Dates are written", choices=[UNSAID, *hub.DATES.items()], required=False)

    def __init__(self, batch: Import, data: Any) -> None:
        styles = hub.styles(batch, batch.mapping)
        super().__init__(data, initial={**styles, "blanks_clear": "yes" if batch.blanks_clear else ""})
        self.batch = batch
        choices = [NOT_USED, *hub.labels(batch.kind).items()]
        for position, column in enumerate(batch.columns):
            label = f"Column {hub.column_name(position)}, {column['heading'] or 'without a heading'}"
            self.fields[f"column-{position}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=batch.mapping.get(str(position), "")
            )
        self.open = [name for name, style in styles.items() if not style]
        self.unclear = [text for column in batch.columns for text in column["unclear"]][:4]
        self._drop_unneeded()

    def _drop_unneeded(self) -> None:
        """Formats are asked for only where some column looks like it has them; orders have nothing to empty."""
        for name in ("numbers", "dates"):
            if not any(column[name] for column in self.batch.columns):
                del self.fields[name]
        if self.batch.kind == Kind.ORDERS:
            del self.fields["blanks_clear"]

    @property
    def columns(self) -> list[dict[str, Any]]:
        headings = [column["heading"].casefold() for column in self.batch.columns]
        return [
            {
                "name": hub.column_name(position),
                "heading": column["heading"],
                "samples": column["samples"],
                "again": headings.count(headings[position]) > 1 and bool(headings[position]),
                "field": self[f"column-{position}"],
            }
            for position, column in enumerate(self.batch.columns)
        ]

    def agreed(self) -> dict[str, Any]:
        """As `imports.agree` takes it; what makes no sense is left out, and said to be missing."""
        self.is_valid()
        given = self.cleaned_data
        positions = range(len(self.batch.columns))
        mapping = {str(each): given[f"column-{each}"] for each in positions if given.get(f"column-{each}")}
        formats = {name: given[name] for name in ("numbers", "dates") if given.get(name)}
        return {"mapping": mapping, "formats": formats, "blanks_clear": given.get("blanks_clear") == "yes"}


class ReadingForm(forms.Form):
    """How the file was read, to be changed where it was guessed wrong."""

    sheet = forms.ChoiceField(label="Sheet", required=False)
    encoding = forms.ChoiceField(label="Encoding", required=False)
    delimiter = forms.ChoiceField(label="Columns are separated by", choices=list(DELIMITERS.items()), required=False)
    heading = forms.TypedChoiceField(
        label="Headings are in row", coerce=int, choices=[(n, str(n)) for n in range(1, HEADING_WITHIN + 6)]
    )

    def __init__(self, batch: Import, data: Any = None) -> None:
        found = batch.found
        super().__init__(data, initial=found)
        sheets, encoding = found.get("sheets", []), found.get("encoding", "")
        known = {**ENCODINGS, **({encoding: ENCODINGS.get(encoding, encoding)} if encoding else {})}
        self.fields["sheet"] = forms.ChoiceField(label="Sheet", choices=[(n, n) for n in sheets], required=False)
        self.fields["encoding"] = forms.ChoiceField(label="Encoding", choices=list(known.items()), required=False)
        unused = ("encoding", "delimiter") if found.get("workbook") else ("sheet",)
        for name in unused:
            del self.fields[name]

    def wanted(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}
