"""Errors and warnings of rule files: codes, places, snippets, and how they are printed as text and as JSON.

Codes, item types, places (lines and columns from 0, in bytes, as YAML marks count them) and the shape of both outputs
are Falco's (docs/reference/falco-rules.md 7). Two things differ on purpose: the caret of a problem inside a condition stands
under the place itself, and a hint may follow the message.
"""

from __future__ import annotations

from typing import Any, NamedTuple

FILE_READ, YAML_PARSE, YAML_VALIDATE = "LOAD_ERR_FILE_READ", "LOAD_ERR_YAML_PARSE", "LOAD_ERR_YAML_VALIDATE"
COMPILE_CONDITION, COMPILE_OUTPUT = "LOAD_ERR_COMPILE_CONDITION", "LOAD_ERR_COMPILE_OUTPUT"
VALIDATE = "LOAD_ERR_VALIDATE"

ERROR_TEXTS = {
    FILE_READ: "File read error",
    YAML_PARSE: "YAML parse error",
    YAML_VALIDATE: "Error validating internal structure of YAML file",
    COMPILE_CONDITION: "Error compiling condition",
    COMPILE_OUTPUT: "Error compiling output",
    VALIDATE: "Error validating rule/macro/list/exception objects",
}

UNKNOWN_SOURCE, UNSAFE_NA_CHECK, NO_EVTTYPE = "LOAD_UNKNOWN_SOURCE", "LOAD_UNSAFE_NA_CHECK", "LOAD_NO_EVTTYPE"
UNKNOWN_FILTER, UNUSED_MACRO, UNUSED_LIST = "LOAD_UNKNOWN_FILTER", "LOAD_UNUSED_MACRO", "LOAD_UNUSED_LIST"
UNKNOWN_ITEM, DEPRECATED_ITEM, APPEND_NO_VALUES = "LOAD_UNKNOWN_ITEM", "LOAD_DEPRECATED_ITEM", "LOAD_APPEND_NO_VALUES"
EXCEPTION_NAME_NOT_UNIQUE = "LOAD_EXCEPTION_NAME_NOT_UNIQUE"
INVALID_MACRO_NAME, INVALID_LIST_NAME = "LOAD_INVALID_MACRO_NAME", "LOAD_INVALID_LIST_NAME"
COMPILE_WARNING, UNKNOWN_KEY = "LOAD_COMPILE_CONDITION", "LOAD_UNKNOWN_KEY"

# code -> (short text, description)
WARNING_TEXTS = {
    UNKNOWN_SOURCE: (
        "Unknown event source",
        "A rule has a unknown event source. This can occur when reading rules content without having a corresponding "
        "plugin loaded, etc. The rule will be silently ignored.",
    ),
    UNSAFE_NA_CHECK: (
        "Unsafe <NA> comparison in condition",
        "Comparing a field value with <NA> is unsafe and can lead to unpredictable behavior of the rule condition. If "
        "you need to check for the existence of a field, consider using the 'exists' operator instead.",
    ),
    NO_EVTTYPE: (
        "Condition has no event-type restriction",
        "A rule condition matches too many evt.type values. This has a significant performance penalty. Make the "
        "condition more specific by adding an evt.type field or further restricting the number of evt.type values in "
        "the condition.",
    ),
    UNKNOWN_FILTER: (
        "Unknown field or event-type in condition or output",
        "A rule condition or output refers to a field or evt.type that does not exist. This is normally an error, but "
        "if a rule has a skip-if-unknown-filter property, the error is downgraded to a warning.",
    ),
    UNUSED_MACRO: (
        "Unused macro",
        "A macro is defined in the rules content but is not used by any other macro or rule.",
    ),
    UNUSED_LIST: (
        "Unused list",
        "A list is defined in the rules content but is not used by any other list, macro, or rule.",
    ),
    UNKNOWN_ITEM: (
        "Unknown rules file item",
        "An unknown top-level object is in the rules content. It will be ignored.",
    ),
    DEPRECATED_ITEM: ("Used deprecated item", "A deprecated item is employed by lists, macros, or rules."),
    APPEND_NO_VALUES: ("Overriding/appending with no values", "A rule exception is overriding/appending with no values"),
    EXCEPTION_NAME_NOT_UNIQUE: (
        "Multiple exceptions defined with the same name",
        "A rule is defining multiple exceptions with the same name",
    ),
    INVALID_MACRO_NAME: ("Invalid macro name", "A macro is defined with an invalid name"),
    INVALID_LIST_NAME: ("Invalid list name", "A list is defined with an invalid name"),
    COMPILE_WARNING: ("Warning in rule condition", "A rule condition or output have been parsed with a warning"),
    UNKNOWN_KEY: (
        "Unknown key in item definition",
        "An item in the rules content contains an unrecognized key. The key will be ignored. This may indicate a typo "
        "or a property placed on the wrong item type.",
    ),
}

SNIPPET_WIDTH = 160
# of one file; what comes after them is not looked for (errors) or not noted
MAX_ERRORS = 50
MAX_WARNINGS = 10_000
# warnings of one kind that are printed in full, and of how many others the lines are told
_IN_FULL, _PLACES = 3, 20


class Position(NamedTuple):
    """A place in a file: bytes, all from 0."""

    line: int = 0
    column: int = 0
    offset: int = 0


class Location(NamedTuple):
    """One step of the way to a place: the item that contains the next one."""

    name: str  # of the file, or the beginning of a condition in quotes
    item_type: str
    item_name: str
    position: Position


class Context:
    """Where something is: locations from the file down to the place.

    text, at   for a place inside a condition: the condition (UTF-8) that is shown, and the index in it
    """

    __slots__ = ("at", "locations", "text")

    def __init__(self, locations: tuple[Location, ...], text: bytes | None = None, at: int = 0) -> None:
        self.locations = locations
        self.text = text
        self.at = at

    def inside(self, item_type: str, item_name: str, position: Position) -> Context:
        """A place in this place."""
        return Context((*self.locations, Location(self.locations[0].name, item_type, item_name, position)))

    def in_condition(self, condition: str, place: Position, text: bytes, at: int) -> Context:
        """A place inside a condition, which follows this place.

        condition  as written, which names the location
        place      line and column (from 1, 0 = none) and offset, relative to this place
        text, at   the text that is shown, and the index in it
        """
        raw = condition.encode("utf-8", "surrogateescape")
        shown = raw[:17] + b"..." if len(raw) > 20 else raw
        name = '"' + shown.decode("utf-8", "replace").replace("\n", " ").replace("\r", " ") + '"'
        base = self.locations[-1].position
        position = Position(*(a + b for a, b in zip(place, base)))
        return Context((*self.locations, Location(name, "condition expression", "", position)), text, at)

    def as_text(self) -> str:
        """One line for each location."""
        lines: list[str] = []
        for loc in self.locations:
            item = f"{loc.item_type} '{loc.item_name}'" if loc.item_name else loc.item_type
            lead = "    " if lines else "In "
            lines.append(f"{lead}{item}: ({loc.name}:{loc.position.line}:{loc.position.column})\n")
        return "".join(lines)

    def snippet(self, contents: dict[str, bytes]) -> str:
        """The line at the place, and a caret under it; `contents` are the files by name."""
        if self.text is not None:
            return snippet(self.text, self.at)
        last = self.locations[-1]
        return snippet(contents.get(last.name, b""), last.position.offset)

    def as_json(self, contents: dict[str, bytes]) -> dict[str, Any]:
        """As Falco's JSON has it."""
        locations = [
            {
                "item_type": loc.item_type,
                "item_name": loc.item_name,
                "position": {
                    "name": loc.name,
                    "line": loc.position.line,
                    "column": loc.position.column,
                    "offset": loc.position.offset,
                },
            }
            for loc in self.locations
        ]
        return {"locations": locations, "snippet": self.snippet(contents)}


def file_context(name: str) -> Context:
    """The file as a whole."""
    return Context((Location(name, "rules content", "", Position()),))


def snippet(content: bytes, at: int) -> str:
    """The line of `content` (UTF-8) around a place, at most SNIPPET_WIDTH bytes of it, and a line with a caret."""
    half = SNIPPET_WIDTH // 2
    at = min(at, len(content) - 1)
    while at > 0 and content[at] == 0x0A:
        at -= 1
    start = content.rfind(b"\n", max(0, at - half), max(at, 0)) + 1 or max(0, at - half)
    newline = content.find(b"\n", max(at, 0), at + half + 1)
    end = newline if newline >= 0 else min(len(content), at + half + 1)
    line = content[start:end]
    if not line:
        return "<No context available>\n"
    lead, tail = line[: at - start], line[at - start :]
    if at - start >= half:
        lead = b"..." + lead[3:]
    if end - 1 - at >= half:
        tail = tail[:-3] + b"..."
    shown = lead.decode("utf-8", "replace")
    return f"{shown}{tail.decode('utf-8', 'replace')}\n{' ' * len(shown)}^\n"


class Problem:
    """An error or a warning.

    hint              what may help, beyond the reference's message; "" if nothing does
    deprecated_field  the field that a warning about a deprecated one is about
    """

    __slots__ = ("code", "context", "deprecated_field", "hint", "message")

    def __init__(self, code: str, message: str, context: Context, hint: str = "", deprecated_field: str = "") -> None:
        self.code = code
        self.message = message
        self.context = context
        self.hint = hint
        self.deprecated_field = deprecated_field

    @property
    def title(self) -> str:
        """The short text of the code."""
        if self.code in ERROR_TEXTS:
            return ERROR_TEXTS[self.code]
        title = WARNING_TEXTS[self.code][0]
        return f"{title}: field '{self.deprecated_field}'" if self.deprecated_field else title

    def as_text(self, contents: dict[str, bytes]) -> str:
        """Place, snippet, code and message."""
        place = f"{self.context.as_text()}------\n{self.context.snippet(contents)}------\n"
        hint = f"    hint: {self.hint}\n" if self.hint else ""
        return f"{place}{self.code} ({self.title}): {self.message}\n{hint}"

    def as_json(self, contents: dict[str, bytes]) -> dict[str, Any]:
        """As Falco's JSON has it, and "hint" if there is one."""
        described = ERROR_TEXTS[self.code] if self.code in ERROR_TEXTS else WARNING_TEXTS[self.code][1]
        out = {
            "context": self.context.as_json(contents),
            "code": self.code,
            "codedesc": described,
            "message": self.message,
        }
        if self.hint:
            out["hint"] = self.hint
        if self.deprecated_field:
            out["deprecated_field"] = self.deprecated_field
        return out


class LoadError(Exception):
    """Stops the reading or compiling of one item."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class FileResult:
    """What came of loading one file.

    errors     at most one: loading a file stops at the first one
    further    what else is wrong with it, found by going on nevertheless
    warnings   in the order in which they were found
    schema     None: the file was not validated; else its deviations from the schema of rule files
    contents   texts of this file and the ones before it, by name (places may be in any of them)
    """

    __slots__ = ("contents", "errors", "further", "name", "schema", "warnings")

    def __init__(self, name: str, contents: dict[str, bytes]) -> None:
        self.name = name
        self.contents = contents
        self.errors: list[Problem] = []
        self.further: list[Problem] = []
        self.warnings: list[Problem] = []
        self.schema: list[str] | None = None

    @property
    def successful(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    @property
    def hopeless(self) -> bool:
        """Whether there are so many errors that no more are looked for."""
        return len(self.further) >= MAX_ERRORS

    @property
    def room(self) -> int:
        """How many more warnings are noted."""
        return MAX_WARNINGS - len(self.warnings)

    def error(self, problem: Problem) -> None:
        """Note an error."""
        (self.further if self.errors else self.errors).append(problem)

    def warn(self, code: str, message: str, context: Context, deprecated_field: str = "", hint: str = "") -> None:
        """Note a warning."""
        if self.room > 0:
            self.warnings.append(Problem(code, message, context, hint, deprecated_field))

    @property
    def unread(self) -> bool:
        """Whether the file could not be read."""
        return bool(self.errors) and self.errors[0].code == FILE_READ

    def as_text(self) -> str:
        """Everything in words, as `falco -V` prints it; of a file that could not be read only why."""
        if self.unread:
            return f"Error: {self.errors[0].message}\n"
        state = "Invalid" if self.errors else "Ok, with warnings" if self.warnings else "Ok"
        out = [f"{self.name}: {state}"]
        if self.schema:
            out.append(f"\n{len(self.schema)} Schema warnings:\n")
            out += [f"------\n{text}\n" for text in self.schema]
            out.append("------\n")
        if self.errors:
            out.append(f"\n{len(self.errors)} Errors:\n")
            out += [p.as_text(self.contents) for p in self.errors]
        if self.warnings:
            out.append(f"\n{len(self.warnings)} Warnings:\n")
            out += self._warnings()
        return "".join(out)

    def _warnings(self) -> list[str]:
        """The first few of each kind in full; of the others only where they are."""
        out: list[str] = []
        more: dict[str, list[Problem]] = {}
        for problem in self.warnings:
            kind = f"{problem.code} ({problem.title})"
            same = more.setdefault(kind, [])
            same.append(problem)
            if len(same) <= _IN_FULL:
                out.append(problem.as_text(self.contents))
        for kind, same in more.items():
            rest = same[_IN_FULL:]
            if rest:
                places = ", ".join(dict.fromkeys(str(p.context.locations[-1].position.line) for p in rest[:_PLACES]))
                dots = ", ..." if len(rest) > _PLACES else ""
                out.append(f"and {len(rest)} more {kind}: lines {places}{dots}\n")
        return out

    def further_text(self) -> str:
        """The further errors in words; "" if there are none."""
        if not self.further:
            return ""
        count = f"more than {MAX_ERRORS}" if self.hopeless else str(len(self.further))
        errors = "error" if count == "1" else "errors"
        return f"{self.name}: {count} further {errors}:\n" + "".join(p.as_text(self.contents) for p in self.further)

    def as_json(self) -> dict[str, Any]:
        """An element of falco_load_results; further errors are in "further_errors", if there are any."""
        out: dict[str, Any] = {
            "name": self.name,
            "successful": self.successful,
            "errors": [p.as_json(self.contents) for p in self.errors],
            "warnings": [p.as_json(self.contents) for p in self.warnings],
        }
        if self.schema is not None:
            out["schema_valid"] = not self.schema
            out["schema_warnings"] = self.schema
        if self.further:
            out["further_errors"] = [p.as_json(self.contents) for p in self.further]
        return out
