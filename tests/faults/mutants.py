"""Mutants: small changes of a Python source, one at a time, that some test should notice.

Changed are comparisons, conditions, operators, constants and statements. Left alone are places
whose change nobody could notice or that only document: docstrings, type annotations, `__all__`,
log messages, decorators, sentences for developers. Does not run anything: `mutation.py` does.
"""

from __future__ import annotations

import ast
import copy
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.faults.catalogue import SOURCE

_LOGGERS: Final = frozenset({"log", "logger", "_log"})

_DOCUMENTING: Final = frozenset({"description", "examples", "summary", "title"})
"""Keywords whose text describes a field or route."""

_UNSEEN: Final = frozenset({"frozen", "kw_only", "slots"})
"""Keywords that keep a class from being misused and change nothing else."""

_TYPING: Final = frozenset({"Annotated", "Literal", "NewType", "TypeVar", "cast"})
_WAITS: Final = re.compile(r"(?:^|_)(?:seconds|timeout|delay|pace)(?:_|$)", re.IGNORECASE)
"""Names of times: a second more or less shows to nobody, and a test would have to wait for it."""

_EXHAUSTIVE: Final = frozenset({"assert_never"})
_SENTENCE: Final = re.compile(r"[A-Z].* .*[.!?:]", re.DOTALL)
_OPENING: Final = re.compile(rb"[A-Za-z]*(?:\"\"\"|'''|\"|')")

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""Operator → its neighbour at the limit, if it has one, and its negation."""

_OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
"""Division is missing: in this code it mostly joins paths."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: Path below `src/special_channel`.
        inside: Qualified name of the function or class, empty at a module's level.
        lines: First and last line of the changed text.
        span: First and last byte of the changed text.
        before: The text as it is, on one line.
        after: The text that replaces it.
        copy: Number of equal changes before it in the same function.
    """

    file: str
    inside: str
    lines: tuple[int, int]
    span: tuple[int, int]
    before: str
    after: str
    copy: int = 0

    @property
    def key(self) -> str:
        """Name of the change that stays the same when other lines move."""
        return "\t".join((self.file, self.inside, self.before, self.after, str(self.copy)))

    def changed(self, source: bytes) -> bytes:
        """Return the source with the change."""
        start, end = self.span
        return source[:start] + self.after.encode() + source[end:]


Place = tuple[Mutant, ...]
"""The changes that can be made at one place; all of them start on the same line."""


def sample(root: Path, package: str, count: int, seed: int) -> list[Mutant]:
    """Draw mutants of a package evenly over its lines, in the order of files and lines.

    A line counts once, however many places it has: otherwise a table of constants would be drawn
    more often than the condition that guards it. Only when each line was drawn is one drawn again.

    Args:
        root: The project's folder.
        package: Folder or module below `src/special_channel`, such as `desk` or `web/priority`.
        count: How many; all places if there are fewer.
        seed: The same seed draws the same mutants from the same source; the mutants of a smaller
            count are among those of a larger one, and an edit changes the draw of its lines alone.

    Raises:
        LookupError: There is no such package.
    """
    ranked = [
        (turn, _rank(seed, line), number, place)
        for number, line in enumerate(_lines_of(root, package))
        for turn, place in enumerate(sorted(line, key=lambda each: _rank(seed, [each])))
    ]
    drawn = sorted(ranked, key=lambda each: each[:2])[:count]
    ordered = sorted(drawn, key=lambda each: (each[2], each[3][0].span))
    return [_one_of(place, seed) for *_, place in ordered]


def _lines_of(root: Path, package: str) -> list[list[Place]]:
    """Return the places of each line of a package."""
    lines: dict[tuple[str, int], list[Place]] = {}
    for file in sources(root, package):
        for place in mutants_of(file, (root / SOURCE / file).read_bytes()):
            lines.setdefault((file, place[0].lines[0]), []).append(place)
    return list(lines.values())


def _rank(seed: int, line: Sequence[Place]) -> bytes:
    """Return the random rank of a line or place, which edits elsewhere do not change."""
    keys = "\0".join(place[0].key for place in line)
    return sha256(f"{seed}\0{keys}".encode()).digest()


def sources(root: Path, package: str) -> list[str]:
    """Return a package's Python files, as paths below `src/special_channel`.

    Raises:
        LookupError: There is no such package.
    """
    place = root / SOURCE / package
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    if not files or not files[0].is_file():
        raise LookupError(package)
    return [str(file.relative_to(root / SOURCE)) for file in files]


def mutants_of(file: str, source: bytes) -> list[Place]:
    """Return the mutants of one file: for each place the changes that can be made there."""
    walk = _Walk(file, source)
    walk.visit(ast.parse(source))
    copies: Counter[str] = Counter()
    places = []
    for place in walk.places:
        numbered = []
        for mutant in place:
            numbered.append(replace(mutant, copy=copies[mutant.key]))
            copies[mutant.key] += 1
        places.append(tuple(numbered))
    return places


def _one_of(place: Place, seed: int) -> Mutant:
    return random.Random(f"{seed} {place[0].key}").choice(place)  # noqa: S311 - as above


class _Walk(ast.NodeVisitor):
    """Collects the places of a file and the changes that can be made there."""

    def __init__(self, file: str, source: bytes) -> None:
        self.places: list[Place] = []
        self._file = file
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._names: list[str] = []

    def _add(self, node: ast.expr | ast.stmt, *afters: str) -> None:
        """Note a place with the texts that can replace it."""
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        before = " ".join(self._source[start:end].decode().split())
        mutants = (
            Mutant(
                self._file,
                ".".join(self._names),
                (node.lineno, node.end_lineno or node.lineno),
                (start, end),
                before,
                after,
            )
            for after in afters
        )
        self.places.append(tuple(mutants))

    def _text(self, node: ast.expr) -> bytes:
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        return self._source[start:end]

    def _each(self, nodes: Sequence[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # ------------------------------------------------------------ definitions

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Visit default values and the body; annotations and decorators stay."""
        if any(_name(decorator) == "overload" for decorator in node.decorator_list):
            return
        self._names.append(node.name)
        self._each([*node.args.defaults, *node.args.kw_defaults])
        self._annotations(node.args)
        self._each(node.body)
        self._names.pop()

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - a name of ast

    def _annotations(self, arguments: ast.arguments) -> None:
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self._checks_in(argument.annotation)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Visit the body of a class that is no protocol."""
        if any(_name(base) == "Protocol" for base in node.bases):
            return
        self._names.append(node.name)
        self._each(node.body)
        self._names.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        """Visit a value; drop what is assigned to an attribute or an item."""
        if any(_name(target) in {"__all__", "__slots__"} for target in node.targets):
            return
        if any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
            self._add(node, "pass")
        if not _is_wait(node.targets[0], node.value):
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Visit a value, and of the annotation the checks that pydantic makes of it."""
        self._checks_in(node.annotation)
        if isinstance(node.target, ast.Attribute | ast.Subscript) and node.value:
            self._add(node, "pass")
        if not _is_wait(node.target, node.value):
            self._each([node.value])

    def _checks_in(self, annotation: ast.expr | None) -> None:
        """Visit limits inside an annotation, such as those of `Field(max_length=64)`."""
        for node in ast.walk(annotation) if annotation else ():
            if isinstance(node, ast.Call) and _name(node.func) == "Field":
                self.visit(node)

    # ------------------------------------------------------------ statements

    def visit_Expr(self, node: ast.Expr) -> None:
        """Drop a call made for its effect; leave docstrings, log calls and generators."""
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and not _is_log(call) and _name(call.func) not in _EXHAUSTIVE:
            self._add(node, "pass")
            self.generic_visit(node)
        elif isinstance(call, ast.Yield | ast.YieldFrom):
            self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Drop a change in place."""
        self._add(node, "pass")
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Drop the raising of an error."""
        self._add(node, "pass")
        self.generic_visit(node)

    def visit_Delete(self, node: ast.Delete) -> None:
        """Drop a deletion, unless it only marks arguments as unused."""
        if not all(isinstance(target, ast.Name) for target in node.targets):
            self._add(node, "pass")

    def visit_Return(self, node: ast.Return) -> None:
        """Return nothing instead of a value; constants are changed by themselves."""
        if node.value is not None and not isinstance(node.value, ast.Constant):
            self._add(node, "return None")
        self.generic_visit(node)

    def visit_Break(self, node: ast.Break) -> None:
        """Go on with a loop that would end."""
        self._add(node, "continue")

    def visit_Continue(self, node: ast.Continue) -> None:
        """End a loop that would go on."""
        self._add(node, "break")

    # ------------------------------------------------------------ conditions

    def visit_If(self, node: ast.If) -> None:
        """Negate a condition, unless it is for type checkers or the start of a program."""
        if _name(node.test) == "TYPE_CHECKING" or "__name__" in ast.unparse(node.test):
            self._each(node.orelse)
            return
        self._condition(node.test)
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        """Negate a condition."""
        if not isinstance(node.test, ast.Constant):
            self._condition(node.test)
            self.visit(node.test)
        self._each(node.body)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """Negate a condition."""
        self._condition(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """Negate the conditions."""
        for test in node.ifs:
            self._condition(test)
        self.generic_visit(node)

    def _condition(self, test: ast.expr) -> None:
        # Comparisons and the like have changes of their own.
        if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp | ast.NamedExpr):
            self._add(test, f"(not {ast.unparse(test)})")

    # ------------------------------------------------------------ expressions

    def visit_Compare(self, node: ast.Compare) -> None:
        """Move a limit by one, or negate."""
        for number, operator in enumerate(node.ops):
            afters = []
            for other in _COMPARED[type(operator)]:
                changed = copy.deepcopy(node)
                changed.ops[number] = other()
                afters.append(ast.unparse(changed))
            self._add(node, *afters)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """Exchange `and` and `or`."""
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self._add(node, f"({ast.unparse(ast.BoolOp(other, node.values))})")
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Drop a negation; a negative number is a constant."""
        if isinstance(node.op, ast.Not):
            self._add(node, f"({ast.unparse(node.operand)})")
        elif isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            self._add(node, f"({ast.unparse(node)} + 1)")
            return
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Exchange an operator, unless an operand is text or a display of items."""
        other = _OPERATORS.get(type(node.op))
        if other and not any(_joined(operand) for operand in (node.left, node.right)):
            self._add(node, f"({ast.unparse(ast.BinOp(node.left, other(), node.right))})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Change a number by one, prefix a text, exchange True and False."""
        value = node.value
        if isinstance(value, bool):
            self._add(node, str(not value))
        elif isinstance(value, int):
            self._add(node, str(value + 1), *([str(value - 1)] if value > 0 else []))
        elif isinstance(value, float):
            self._add(node, repr(value + 1))
        elif isinstance(value, str | bytes):
            self._prefixed(node, value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Prefix a text; visit the values, not the pieces between them."""
        self._prefixed(node, ast.unparse(node))
        self._each([part.value for part in node.values if isinstance(part, ast.FormattedValue)])

    def _prefixed(self, node: ast.Constant | ast.JoinedStr, value: str | bytes) -> None:
        if isinstance(value, str) and _SENTENCE.fullmatch(value.removeprefix("f'").rstrip("'")):
            return
        text = self._text(node)
        opening = _OPENING.match(text)
        if opening:
            at = opening.end()
            self._add(node, (text[:at] + b"XX" + text[at:]).decode())

    def visit_Call(self, node: ast.Call) -> None:
        """Visit a call's arguments, without those that only document."""
        if _is_log(node) or _name(node.func) in _TYPING:
            return
        self.visit(node.func)
        if _name(node.func) in {"isinstance", "issubclass"}:
            self._each(node.args[:1])
            return
        self._each(node.args)
        # `strict=True` finds errors of ours; no input makes it matter.
        left_out = _DOCUMENTING | _UNSEEN | ({"strict"} if _name(node.func) == "zip" else set())
        self._each([each.value for each in node.keywords if each.arg not in left_out
                    if not _is_wait(ast.Name(each.arg or ""), each.value)])  # fmt: skip

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Visit an item, not the arguments of a type."""
        if _name(node.value) in _TYPING:
            self._checks_in(node)
            return
        self.generic_visit(node)


def _name(node: ast.expr) -> str:
    """Return the last name of a dotted name or of a call."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function) | ast.Subscript(value=function):
            return _name(function)
        case _:
            return ""


def _is_wait(target: ast.expr, value: ast.expr | None) -> bool:
    """Tell whether a number says how long something waits."""
    return isinstance(value, ast.Constant) and bool(_WAITS.search(_name(target)))


def _is_log(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=name)):
            return name in _LOGGERS
        case _:
            return False


def _joined(operand: ast.expr) -> bool:
    """Tell whether an operand of `+` is text or a display, so that `-` fails at once."""
    displays = (ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.ListComp)
    text = isinstance(operand, ast.Constant) and isinstance(operand.value, str | bytes)
    return text or isinstance(operand, displays)
