"""The query language: a statement read by a real grammar, or the fault the real parser gives (api 3.1, 3.5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from simulator import refusals
from simulator.refusals import Fault

GRAMMAR = r"""
    start: SELECT projection FROM NAME where? order? page*
    projection: "*" ("," path)*            -> everything
              | COUNT "(" "*" ")"          -> count
              | path ("," path)*           -> everything
    where: WHERE condition (AND condition)*
    condition: path (EQ | NE | LT | GT | LE | GE) value      -> compare
             | path IN "(" value ("," value)* ")"            -> within
             | path LIKE STRING                              -> like
    order: (ORDERBY | ORDER BY) sort ("," sort)*
    sort: path (ASC | DESC)?
    page: STARTPOSITION number -> start_at
        | MAXRESULTS number    -> at_most
    number: INT | STRING
    path: NAME ("." NAME)*
    value: STRING | TRUE | FALSE

    SELECT.2: /select\b/i
    COUNT.2: /count\b/i
    FROM.2: /from\b/i
    WHERE.2: /where\b/i
    AND.2: /and\b/i
    IN.2: /in\b/i
    LIKE.2: /like\b/i
    ORDERBY.2: /orderby\b/i
    ORDER.2: /order\b/i
    BY.2: /by\b/i
    ASC.2: /asc\b/i
    DESC.2: /desc\b/i
    STARTPOSITION.2: /startposition\b/i
    MAXRESULTS.2: /maxresults\b/i
    TRUE.2: /true\b/i
    FALSE.2: /false\b/i
    EQ: "="
    NE: "!="
    LE: "<="
    GE: ">="
    LT: "<"
    GT: ">"
    INT: /-?\d+/
    NAME: /[A-Za-z_][A-Za-z0-9_]*/
    STRING: /'(?:\\.|[^'\\])*'/
    %ignore /\s+/
"""
AFTER_PROPERTY = (
    "<EOF>", '"."', "<AND>", '"between"', '"contains"', '"="', '"in"', '"iterator"', '"like"', '"maxresults"', '"!="',
    "<NOT>", "<OR>", '"order"', '"orderby"', '"startposition"',
)  # fmt: skip
INEQUALITIES = {"LT", "GT", "LE", "GE"}


@dataclass(frozen=True, slots=True)
class Condition:
    """`path` as written; `operator` is one of = != < > <= >= in like; booleans are bool, all else text."""

    path: str
    operator: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT."""

    entity: str
    count: bool = False
    fields: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    order: tuple[tuple[str, bool], ...] = field(default=())  # (path, descending)
    start: int = 1
    limit: int | None = None


class _Reader(Transformer[Token, Any]):
    """From the parse tree to a Statement."""

    def path(self, names: list[Token]) -> str:
        return ".".join(names)

    def value(self, tokens: list[Token]) -> str | bool:
        token = tokens[0]
        return unquoted(token) if token.type == "STRING" else token.lower() == "true"

    def number(self, tokens: list[Token]) -> int:
        text = unquoted(tokens[0]) if tokens[0].type == "STRING" else str(tokens[0])
        try:
            return int(text)
        except ValueError:
            raise refusals.query_invalid(f"value {text} is not a number") from None

    def compare(self, parts: list[Any]) -> Condition:
        path, operator, value = parts
        return Condition(path, str(operator), (value,))

    def within(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "in", tuple(parts[2:]))

    def like(self, parts: list[Any]) -> Condition:
        return Condition(parts[0], "like", (unquoted(parts[2]),))

    def where(self, parts: list[Any]) -> dict[str, Any]:
        return {"conditions": tuple(part for part in parts if isinstance(part, Condition))}

    def sort(self, parts: list[Any]) -> tuple[str, bool]:
        return parts[0], len(parts) > 1 and parts[1].type == "DESC"

    def order(self, parts: list[Any]) -> dict[str, Any]:
        return {"order": tuple(part for part in parts if isinstance(part, tuple))}

    def everything(self, parts: list[Any]) -> dict[str, Any]:
        return {"fields": tuple(part for part in parts if not isinstance(part, Token))}

    def count(self, parts: list[Any]) -> dict[str, Any]:
        return {"count": True}

    def start_at(self, parts: list[Any]) -> dict[str, Any]:
        return {"start": _at_least_one(parts[1])}

    def at_most(self, parts: list[Any]) -> dict[str, Any]:
        return {"limit": _at_least_one(parts[1])}

    def start(self, parts: list[Any]) -> Statement:
        clauses: dict[str, Any] = {}
        for part in parts:
            if isinstance(part, dict):
                clauses |= part
        entity = next(part for part in parts if isinstance(part, Token) and part.type == "NAME")
        return Statement(str(entity), **clauses)


def unquoted(text: str) -> str:
    r"""The value of a literal: `\'` is a quote, `\\` a backslash (api 3.2)."""
    inside, result, escaped = text[1:-1], [], False
    for character in inside:
        if character == "\\" and not escaped:
            escaped = True
            continue
        result.append(character)
        escaped = False
    return "".join(result)


def _at_least_one(number: int) -> int:
    if number < 1:
        raise refusals.query_invalid(f"value {number} is too small. Min allowed value is 1")
    return number


_parser = Lark(GRAMMAR, parser="lalr", transformer=_Reader(), propagate_positions=False)
_lexer = Lark(GRAMMAR, parser="lalr")


@lru_cache(maxsize=1024)
def parse(text: str, *, unicode: bool = False) -> Statement:
    """The statement, or Fault 4000/4001. Characters beyond ISO-8859-1 fail in the lexer unless `unicode` (api 3.2)."""
    if not unicode:
        _refuse_foreign(text)
    try:
        statement = _parser.parse(text)
    except UnexpectedInput as error:
        raise _fault(text, error) from None
    return statement  # type: ignore[return-value]  # the transformer makes a Statement of the tree


def _refuse_foreign(text: str) -> None:
    for position, character in enumerate(text):
        if ord(character) > 0xFF:
            raise _lexical(text, position)


def _lexical(text: str, position: int) -> Fault:
    before = text[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    character = text[position]
    shown = character if ord(character) < 0x80 else f"\\u{ord(character):04x}"
    return refusals.query_syntax(
        f"Invalid content. Lexical error at line {line}, column {column}.  "
        f'Encountered: "{shown}" ({ord(character)}), after : "{before[before.rfind(" ") + 1 :]}"'
    )


def _fault(text: str, error: UnexpectedInput) -> Fault:
    if isinstance(error, UnexpectedCharacters):
        return _lexical(text, error.pos_in_stream or 0)
    if isinstance(error, UnexpectedToken):
        glued = _operator_before(text, error)
        token = glued or error.token
        expected = AFTER_PROPERTY if glued else _expected(error)
        return _encountered(token, expected)
    if isinstance(error, UnexpectedEOF):
        return refusals.query_syntax('Encountered "<EOF>".')
    return refusals.query_syntax(str(error))


def _operator_before(text: str, error: UnexpectedToken) -> Token | None:
    """Without a quoted value behind it, the real parser stumbles over the inequality itself (api 3.5)."""
    before = text if error.token.type == "$END" else text[: error.token.start_pos or 0]
    tokens = list(_lexer.lex(before))
    last = tokens[-1] if tokens else None
    return last if last is not None and last.type in INEQUALITIES else None


def _encountered(token: Token, expected: Iterable[str]) -> Fault:
    where = f"at line {token.line or 1}, column {token.column or 1}"
    what = '"<EOF>"' if token.type == "$END" else f'" {_kind(token)} "{token} ""'
    listed = list(expected)
    head = "Was expecting:" if len(listed) == 1 else "Was expecting one of:"
    lines = "".join(f"\n    {each} {'' if each == '<EOF>' else '...'}" for each in listed)
    return refusals.query_syntax(f"Encountered {what} {where}.\n{head}{lines}")


def _kind(token: Token) -> str:
    if token.type == "NAME":
        return "<IDENTIFIER>"
    if token.type == "STRING":
        return "<QUOTED_STRING>"
    if token.type == "INT":
        return "<INTEGER>"
    return f'"{token.lower()}"'


def _expected(error: UnexpectedToken) -> list[str]:
    names = {
        "$END": "<EOF>", "NAME": "<IDENTIFIER>", "STRING": "<QUOTED_STRING>", "AND": "<AND>", "LPAR": '"("',
        "RPAR": '")"', "COMMA": '","', "DOT": '"."', "STAR": '"*"', "EQ": '"="', "NE": '"!="', "LT": '"<"',
        "GT": '">"', "LE": '"<="', "GE": '">="',
    }  # fmt: skip
    return sorted(names.get(each, f'"{each.lower()}"') for each in error.accepts or error.expected)
