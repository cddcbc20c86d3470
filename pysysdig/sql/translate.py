"""Filters and rule conditions as SQL, from the same syntax tree that the engine compiles, for tables as export.schema has them.

sysdig's logic has two values: a check of a missing value is false, its negation true. SQL's has three. So each check below a
`not` is wrapped in coalesce(check, false); elsewhere it stays bare (in WHERE, NULL counts as false), which lets engines skip row
groups.

What cannot be said exactly is never approximated. A term of the outermost conjunction that cannot be said is left out and told:
the SQL then accepts more than the filter, and the residual has to be applied to what it accepts, by a replay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from pysysdig.errors import UsageError
from pysysdig.events.table import CURRENT
from pysysdig.events.text import from_user, lower, to_display
from pysysdig.export.schema import ADDRESSES, INTS, LONG_TEXT, MAP, TEXT, TEXTS, TIME, Leaf, leaves, with_structs
from pysysdig.filter.ast import And, Check, Expr, FieldExpr, Not, Or, Transformer, Value, check_depth, walk
from pysysdig.filter.checker import DOMAIN_FIELDS, Checker
from pysysdig.filter.glob import NeverMatches
from pysysdig.filter.operands import FieldOperand, Operand
from pysysdig.filter.parser import parse
from pysysdig.filter.unparse import to_text
from pysysdig.filter.values import Network
from pysysdig.sql.dialects import DIALECTS
from pysysdig.sql.patterns import Unsayable, display, of_glob, of_paths

_ORDER = ("<", "<=", ">", ">=")
_EQUAL = ("=", "==", "!=")
_UNSIGNED = ("UINT64", "ABSTIME", "RELTIME")
_ENDS = {"fd.ip": "fd.ips", "fd.net": "fd.ips", "fd.port": "fd.ports", "fd.proto": "fd.ports"}
_PACKED = {f"fd.{end}": f"fd.{end}b" for end in ("cip", "sip", "lip", "rip")} | {
    f"fd.{end}net": f"fd.{end}ipb" for end in ("c", "s", "l", "r")
}
_TEXT_FUNCTIONS = {"tolower": "lower", "toupper": "upper"}


class Predicate(NamedTuple):
    """A filter as SQL; str() is the SQL.

    sql       a condition on the table `events`
    columns   of the table that it uses
    exact     it accepts exactly what the filter accepts; else more: `residual` (a filter) is to be applied to that
    reasons   why not, a line a term
    """

    sql: str
    columns: tuple[str, ...]
    exact: bool
    residual: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return self.sql


def to_sql(filter: str, dialect: str = "duckdb", *, columns: Collection[str] | None = None) -> Predicate:
    """A filter of sysdig's language as a condition of DuckDB's or Spark's SQL on the table `events`.

    columns   those that the table has (`proc.name`), None: all there can be

    Addresses are compared as the current libraries do. Raises FilterError with the place for what is no filter, UsageError for
    an unknown dialect."""
    text = from_user(filter)
    return tree_to_sql(parse(text), dialect, columns=columns, text=text)


def tree_to_sql(tree: Expr, dialect: str, *, columns: Collection[str] | None = None, text: str = "") -> Predicate:
    """The same for a syntax tree, macros and lists replaced: of the condition of a rule, say."""
    if dialect not in DIALECTS:
        raise UsageError(f"unknown dialect {dialect}; there are {', '.join(DIALECTS)}")
    check_depth(tree)
    asked = (node.text for node in walk(tree) if isinstance(node, FieldExpr)) if columns is None else columns
    known = leaves() | with_structs(path.partition(".")[0] for path in asked)
    if columns is not None:
        known = {path: leaf for path, leaf in known.items() if path in columns}
    writer = _Writer(dialect, known, Checker(text, CURRENT))
    said: list[str] = []
    left: list[Expr] = []
    reasons: list[str] = []
    for term in _terms(tree):
        writer.check(term)  # what is wrong is wrong, whether or not it can be said
        used = set(writer.used)
        try:
            said.append(writer.node(term, False))
        except Unsayable as error:
            writer.used = used
            left.append(term)
            reasons.append(str(error))
    residual = "" if not left else to_text(left[0] if len(left) == 1 else And(tuple(left)))
    named = tuple(path for path in known if path in writer.used)
    return Predicate(" and ".join(said) or "true", named, not left, to_display(residual), tuple(reasons))


def _terms(tree: Expr) -> list[Expr]:
    if isinstance(tree, And):
        return [inner for term in tree.terms for inner in _terms(term)]
    return [tree]


def _comparable(leaf: Leaf) -> bool:
    """Whether comparisons of a column mean what those of its field do; lists of other sources of events are sets."""
    return leaf.kind not in (ADDRESSES, TIME, "bytes") and (leaf.kind != TEXTS or leaf.path in leaves())


class _Writer:
    """Writes conditions; `used` are the columns."""

    def __init__(self, dialect: str, known: dict[str, Leaf], checker: Checker) -> None:
        self._d = DIALECTS[dialect]
        self._known = known
        self._fields = {leaf.field: leaf for leaf in reversed(known.values()) if _comparable(leaf)}
        self._checker = checker
        self.used: set[str] = set()

    def check(self, tree: Expr) -> None:
        """Raises FilterError if the engine would."""
        from pysysdig.filter.compiler import Compiler

        Compiler(self._checker).node(tree)

    def node(self, expr: Expr, negated: bool) -> str:
        """Any expression; negated: below a `not`. Raises Unsayable."""
        if isinstance(expr, And):
            return "(" + " and ".join(self.node(t, negated) for t in expr.terms) + ")"
        if isinstance(expr, Or):
            return "(" + " or ".join(self.node(t, negated) for t in expr.terms) + ")"
        if isinstance(expr, Not):
            return f"(not {self.node(expr.term, True)})"
        assert isinstance(expr, Check)
        made = self._check(expr)
        return f"coalesce({made}, false)" if negated else made

    # --- checks

    def _check(self, check: Check) -> str:
        left = self._checker.left(check)
        if isinstance(check.right, Transformer):
            return self._fields_both(check, left)
        constants = self._checker.constants(check, left) if check.right is not None else []
        name = left.ref.field.name if isinstance(left, FieldOperand) else ""
        if name in DOMAIN_FIELDS:
            raise Unsayable(f"{name} asks for names in the network")
        if name == "evt.around":
            assert isinstance(left, FieldOperand) and isinstance(left.ref.arg, int)
            reach = constants[0] * 1_000_000
            return f"{self._column('evt.rawtime')} between {max(left.ref.arg - reach, 0)} and {left.ref.arg + reach}"
        if check.modifier:
            parts = [self._one(check, left, name, [constant]) for constant in constants]
            if not parts:
                return "false"
            if check.modifier == "oneof":
                return "(" + " + ".join(f"cast(coalesce({part}, false) as int)" for part in parts) + " = 1)"
            return "(" + (" or " if check.modifier == "anyof" else " and ").join(parts) + ")"
        return self._one(check, left, name, constants)

    def _one(self, check: Check, left: Operand, name: str, constants: Sequence[Any]) -> str:
        op = "=" if check.op == "==" else check.op
        if name in _ENDS:
            return self._ends(self._column(_ENDS[name]), op, left.type, constants)
        if name in _PACKED:
            return self._packed(self._column(_PACKED[name]), op, constants)
        assert check.left is not None
        if isinstance(check.left, FieldExpr) and isinstance(left, FieldOperand) and left.ref.arg is None:
            leaf = self._fields.get(name)
            if leaf is not None and leaf.kind in (TEXTS, INTS):
                return self._listed(self._column(leaf.path), op, left.type, constants)
        if left.is_list:
            raise Unsayable(f"{name or 'a list'} is a list")
        return self._scalar(self._value(check.left, left), op, left.type, constants)

    def _scalar(self, x: str, op: str, type_: str, constants: Sequence[Any]) -> str:
        if op == "exists":
            return f"({x} is not null)"
        if type_ == "BYTEBUF":
            raise Unsayable("data buffers are compared by a replay only")
        text = type_ in ("CHARBUF", "FSPATH", "FSRELPATH")
        if text:
            constants = [display(c) if op not in ("glob", "iglob", "pmatch") else c for c in constants]
        literal = self._d.literal
        if op in ("=", "!="):
            return f"{x} {'<>' if op == '!=' else '='} {literal(constants[0])}"
        if op in ("in", "intersects"):
            return f"{x} in ({', '.join(map(literal, constants))})" if constants else f"({x} is not null and false)"
        if op in _ORDER:
            return self._ordered(x, op, type_, constants[0])
        if not text:
            raise Unsayable(f"the operator {op} on values of type {type_}")
        if op in ("contains", "startswith", "endswith"):
            function = {"contains": self._d.contains, "startswith": self._d.starts, "endswith": self._d.ends}[op]
            return f"{function}({x}, {literal(constants[0])})"
        if op == "icontains":
            return f"{self._d.contains}({self._d.lower(x)}, {literal(lower(constants[0]))})"
        return self._pattern(x, op, constants)

    def _pattern(self, x: str, op: str, constants: Sequence[Any]) -> str:
        if op in ("glob", "iglob"):
            try:
                return self._d.matches(x, rf"(?s)\A(?:{of_glob(constants[0], fold=op == 'iglob')})\z")
            except NeverMatches:
                return f"({x} is not null and false)"
        if op == "regex":
            if not self._d.regex(constants[0]):
                raise Unsayable(f"a regular expression that {self._d.name} may read otherwise")
            return self._d.matches(x, rf"(?m)\A(?:{constants[0]})\z")
        if op == "pmatch":
            try:
                pattern = of_paths(constants)
            except NeverMatches:
                raise Unsayable("a path with a pattern that matches nothing") from None
            if not constants:
                return f"({x} is not null and false)"
            return f"({x} is not null)" if pattern is None else self._d.matches(x, pattern)
        raise Unsayable(f"the operator {op}")

    def _ordered(self, x: str, op: str, type_: str, constant: Any) -> str:
        if isinstance(constant, str):
            raise Unsayable("the order of texts")
        if type_ not in _UNSIGNED:
            return f"{x} {op} {self._d.literal(constant)}"
        if constant >= 1 << 63:
            raise Unsayable("a number above 2^63")
        # above 2^63 the table has numbers below zero
        return f"({x} {op} {constant} {'and' if op[0] == '<' else 'or'} {x} {'>=' if op[0] == '<' else '<'} 0)"

    def _listed(self, x: str, op: str, type_: str, constants: Sequence[Any]) -> str:
        """Any of the values."""
        if op == "exists":
            return f"({x} is not null and {self._d.size(x)} > 0)"
        if op in ("=", "in", "intersects") and constants:
            shown = [display(c) if isinstance(c, str) else c for c in constants]
            return self._d.one_of(x, list(map(self._d.literal, shown)))
        return self._d.some(x, self._scalar("x", op, type_, constants))

    def _ends(self, x: str, op: str, type_: str, constants: Sequence[Any]) -> str:
        """Both ends of a connection: one of them equals, all of them differ."""
        if op == "exists":
            return f"({x} is not null and {self._d.size(x)} > 0)"
        if type_ == "IPNET":
            inner = " or ".join(self._network("x", n) for n in constants) or "false"
        else:
            inner = self._scalar("x", "=" if op == "!=" else op, "PORT" if type_ == "IPADDR" else type_, constants)
        found = self._d.some(x, inner)
        return f"({x} is not null and {self._d.size(x)} > 0 and not {found})" if op == "!=" else found

    def _packed(self, x: str, op: str, constants: Sequence[Any]) -> str:
        """An address, as bytes."""
        if op == "exists":
            return f"({x} is not null)"
        tests = [self._network(x, c) if isinstance(c, Network) else f"{x} = {self._d.literal(c)}" for c in constants]
        inner = "(" + (" or ".join(tests) or f"{x} is not null and false") + ")"
        if op == "!=":
            return f"(not {inner})"
        if op not in ("=", "in", "intersects"):
            raise Unsayable(f"the operator {op} on addresses")
        return inner

    def _network(self, x: str, network: Network) -> str:
        width = 8 * network.size
        last = network.prefix | (~network.mask & ((1 << width) - 1))
        low, high = (self._d.literal(n.to_bytes(network.size, "big")) for n in (network.prefix, last))
        return f"({x} >= {low} and {x} <= {high} and octet_length({x}) = {network.size})"

    def _fields_both(self, check: Check, left: Operand) -> str:
        """A field or call on either side."""
        assert isinstance(check.right, Transformer) and check.left is not None
        right = self._checker.right(check, left)
        if left.is_list or right.is_list or left.type in ("IPADDR", "IPNET", "BYTEBUF"):
            raise Unsayable(f"{check.op} between two such fields")
        a, b = self._value(check.left, left), self._value(check.right, right)
        if check.op in (*_EQUAL, "in", "intersects"):
            return f"{a} {'<>' if check.op == '!=' else '='} {b}"
        if check.op in _ORDER and left.type not in _UNSIGNED and left.type != "CHARBUF":
            return f"{a} {check.op} {b}"
        if check.op in ("contains", "startswith", "endswith"):
            function = {"contains": self._d.contains, "startswith": self._d.starts, "endswith": self._d.ends}[check.op]
            return f"{function}({a}, {b})"
        raise Unsayable(f"{check.op} between two fields")

    # --- values

    def _value(self, expr: Expr, operand: Operand) -> str:
        """One value. Raises Unsayable."""
        if isinstance(expr, FieldExpr):
            assert isinstance(operand, FieldOperand)
            return self._field(operand)
        if isinstance(expr, Value):
            return self._d.literal(display(expr.text))
        if isinstance(expr, Transformer):
            parts = [self._value(arg, self._checker.operand(arg)) for arg in expr.args] if expr.name != "len" else []
            if expr.name == "val":
                return parts[0]
            if expr.name in _TEXT_FUNCTIONS:
                return str(getattr(self._d, _TEXT_FUNCTIONS[expr.name])(parts[0]))
            if expr.name == "basename":
                return f"regexp_replace({parts[0]}, {self._d.text('(?s)^.*/')}, '')"
            if expr.name == "concat":
                return "(" + " || ".join(parts) + ")"
            raise Unsayable(f"the transformer {expr.name}")
        raise Unsayable("such an operand")

    def _field(self, operand: FieldOperand) -> str:
        ref = operand.ref
        name, arg = ref.field.name, ref.arg
        if name == "evt.arg" and isinstance(arg, str):
            return f"{self._column('evt.arg')}[{self._d.text(arg)}]"
        if arg is not None:
            leaf = self._fields.get(name)
            if leaf is not None and leaf.kind in (TEXTS, INTS) and isinstance(arg, int) and arg > 0:
                return self._d.item(self._column(leaf.path), arg - 1)
            raise Unsayable(f"{ref.text} is not in the table")
        leaf = self._fields.get(name)
        if leaf is None or leaf.kind == MAP:
            raise Unsayable(f"{name} is not in the table")
        if leaf.kind in (TEXTS, INTS):
            raise Unsayable(f"{name} is a list")
        if name == "evt.info" or (leaf.kind not in (TEXT, LONG_TEXT) and operand.type == "CHARBUF"):
            raise Unsayable(f"{name} is shown otherwise than it is compared")
        return self._column(leaf.path)

    def _column(self, path: str) -> str:
        if path not in self._known:
            raise Unsayable(f"{path} is not in the table")
        self.used.add(path)
        return path
