"""Which single lines of a module could be changed, and into what.

A change is one that a tired author might make: another operator, comparison, sign or constant,
the other of two functions that go by pairs, a term or an argument left out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

OPERATORS: dict[type, tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.Pow: ("**", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
"""As they are written, and what takes their place."""

PAIRS = (
    ("minimum", "maximum"),
    ("min", "max"),
    ("argmin", "argmax"),
    ("any", "all"),
    ("floor", "ceil"),
    ("mean", "sum"),
    ("cumsum", "cumprod"),
    ("zeros", "ones"),
)
OTHER = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}

WORDS = (ast.Raise, ast.Assert, ast.JoinedStr, ast.Import, ast.ImportFrom)
"""What stands in these is said, not computed."""


@dataclass(frozen=True)
class Change:
    """One line, and what becomes of it."""

    path: str
    line: int
    before: str
    after: str


def changes_of(path: str, source: str) -> list[Change]:
    """Every change of every line, in the order of the file.

    Parameters
    ----------
    path : str
        As it is to stand in the changes.
    source : str
    """
    lines = source.splitlines()
    result = []
    for node in _computing(ast.parse(source)):
        for line, start, end, text in _edits(node, lines):
            before = lines[line - 1]
            # Columns are counted in bytes.
            raw = before.encode()
            after = (raw[:start] + text.encode() + raw[end:]).decode()
            if after != before and _reads("\n".join([*lines[: line - 1], after, *lines[line:]])):
                result.append(Change(path, line, before, after))
    return sorted(set(result), key=lambda change: (change.line, change.after))


def _reads(source: str) -> bool:
    """Whether it is Python still: a term may have taken a bracket with it."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


Edit = tuple[int, int, int, str]
"""Line, first column, column behind the last, what is to stand there."""


def _computing(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes that compute something: no annotation, decorator, docstring, message or import."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for node in value if isinstance(value, list) else [value]:
            # A place in a tuple or an array that is not there would be noticed by anything.
            place = field == "slice" and isinstance(node, ast.Constant)
            # `zip(…, strict=True)` asserts that lists are equally long, as `assert` would.
            asserts = isinstance(node, WORDS) or getattr(node, "arg", None) == "strict"
            if isinstance(node, ast.AST) and not asserts and not place:
                yield node
                yield from _computing(node)


def _edits(node: ast.AST, lines: list[str]) -> Iterator[Edit]:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if not _text(left, right):
            yield from _between(left, op, right, lines)
            if isinstance(op, ast.Add | ast.Sub) and left.end_lineno == right.end_lineno:
                # The second term left out.
                yield _place(left, right, _end(left), "")
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield from _between(left, op, right, lines)
        case ast.BoolOp(op=op, values=values):
            for left, right in pairwise(values):
                yield from _between(left, op, right, lines)
        case ast.UnaryOp(op=ast.USub() | ast.Not(), operand=operand):
            if node.lineno == operand.lineno:
                yield node.lineno, node.col_offset, operand.col_offset, ""
        case ast.Constant(value=bool(value)):
            yield _whole(node, str(not value))
        case ast.Constant(value=int(value)):
            yield _whole(node, str(value + 1 if value < 10 else 2 * value))
        case ast.Constant(value=float(value)):
            yield _whole(node, repr(2 * value if value else 1.0))
        case ast.Call(func=ast.Name(id=name) as called) if name in OTHER:
            yield _whole(called, OTHER[name])
        case ast.Attribute(attr=name) if name in OTHER:
            end = _end(node)
            yield node.end_lineno or 0, end - len(name), end, OTHER[name]
        case ast.Call(keywords=[*_, ast.keyword(value=ast.Name()) as last], args=[_, *_]):
            # The last argument left out, with the comma before it.
            given = [*node.args, *node.keywords][-2]
            if given.end_lineno == last.end_lineno:
                yield _place(given, last, _end(given), "")
        case ast.If(test=test) | ast.IfExp(test=test) if test.lineno == test.end_lineno:
            said = lines[test.lineno - 1].encode()[test.col_offset : _end(test)].decode()
            yield _whole(test, f"(not ({said}))")


def _between(left: ast.expr, op: ast.AST, right: ast.expr, lines: list[str]) -> Iterator[Edit]:
    """The operator, where it stands on one line with both of its sides."""
    if type(op) not in OPERATORS or left.end_lineno != right.lineno:
        return
    written, other = OPERATORS[type(op)]
    inside = lines[right.lineno - 1].encode()[_end(left) : right.col_offset].decode()
    if inside.count(written) == 1:
        start = _end(left) + inside.index(written)
        yield right.lineno, start, start + len(written), other


def _text(*sides: ast.expr) -> bool:
    """Whether text or a path is put together."""
    return any(
        isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
        for side in sides
        for node in ast.walk(side)
    )


def _end(node: ast.expr | ast.keyword) -> int:
    assert node.end_col_offset is not None
    return node.end_col_offset


def _place(left: ast.AST, right: ast.expr | ast.keyword, start: int, text: str) -> Edit:
    return right.end_lineno or 0, start, _end(right), text


def _whole(node: ast.expr, text: str) -> Edit:
    return node.lineno, node.col_offset, _end(node), text
