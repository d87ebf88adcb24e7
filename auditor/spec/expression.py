"""The small language in which a spec says what is measured: `1 - params() / params(v1)`.

    expression = comparison { "and" comparison }
    comparison = sum [ ( "=" | "<" | "<=" | ">" | ">=" ) sum ]
    sum        = product { ("+" | "-") product }
    product    = factor { ("*" | "/") factor }
    factor     = "-" factor | number | quantity | "(" sum ")"
    quantity   = word "(" [ argument { "," argument } ] ")"
    argument   = name | number
    name       = word { "." ( word | "*" ) }

In a name, `*` stands for any one step of a module path. Nothing else can be written: no
attributes, no powers, no calls but the quantities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.errors import Mark, SpecError

MAX_LENGTH = 500
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*(?:\.(?:\w+|\*))*)|(?P<sign><=|>=|[-+*/(),=<>])|(?P<end>$))"
)


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Name:
    """A component, a module path or another variant, as written between a quantity's brackets."""

    text: str
    mark: Mark


@dataclass(frozen=True)
class Quantity:
    """Something measurable of the model, over all of it or over the parts named."""

    word: str
    arguments: tuple[Argument, ...]
    mark: Mark

    @property
    def names(self) -> tuple[Name, ...]:
        return tuple(argument for argument in self.arguments if isinstance(argument, Name))


@dataclass(frozen=True)
class Negation:
    term: Term


@dataclass(frozen=True)
class Operation:
    sign: str
    left: Term
    right: Term
    mark: Mark


@dataclass(frozen=True)
class Comparison:
    sign: str
    left: Term
    right: Term
    mark: Mark


@dataclass(frozen=True)
class Conjunction:
    """Several comparisons of which each must hold."""

    comparisons: tuple[Comparison, ...]


Argument = Name | Number
Term = Number | Quantity | Negation | Operation
Statement = Comparison | Conjunction


@dataclass(frozen=True)
class Expression:
    """A parsed expression with its text."""

    text: str
    root: Term | Statement
    mark: Mark

    @staticmethod
    def parse(text: str, mark: Mark) -> Expression:
        return _Parser(text, mark).parse()

    @property
    def is_statement(self) -> bool:
        """Whether it is true or false, rather than a number."""
        return isinstance(self.root, Comparison | Conjunction)

    def quantities(self) -> Iterator[Quantity]:
        """Every quantity in the expression, left to right."""
        return _quantities(self.root)


def _quantities(term: Term | Statement) -> Iterator[Quantity]:
    match term:
        case Quantity():
            yield term
        case Negation():
            yield from _quantities(term.term)
        case Operation() | Comparison():
            yield from _quantities(term.left)
            yield from _quantities(term.right)
        case Conjunction():
            for comparison in term.comparisons:
                yield from _quantities(comparison)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    mark: Mark


class _Parser:
    """Recursive descent over the tokens, one method per line of the grammar."""

    def __init__(self, text: str, mark: Mark) -> None:
        if len(text) > MAX_LENGTH:
            raise SpecError(mark, f"expression longer than {MAX_LENGTH} characters")
        self.text = text
        self.mark = mark
        self.tokens = list(_tokens(text, mark))
        self.at = 0
        self.depth = 0

    def parse(self) -> Expression:
        root = self.expression()
        if self.token.kind != "end":
            raise self.unexpected("an operator")
        return Expression(self.text, root, self.mark)

    def expression(self) -> Term | Statement:
        first = self.comparison()
        comparisons = [first]
        while self.token.text == "and":
            self.at += 1
            comparisons.append(self.comparison())
        if len(comparisons) == 1:
            return first
        for comparison in comparisons:
            if not isinstance(comparison, Comparison):
                raise SpecError(self.mark, f"'and' joins comparisons such as a = 1 in expression '{self.text}'")
        return Conjunction(tuple(c for c in comparisons if isinstance(c, Comparison)))

    def comparison(self) -> Term | Comparison:
        left = self.sum()
        if sign := self.take("=", "<", "<=", ">", ">="):
            return Comparison(sign.text, left, self.sum(), sign.mark)
        return left

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def unexpected(self, wanted: str) -> SpecError:
        got = f"'{self.token.text}'" if self.token.text else "its end"
        return SpecError(self.token.mark, f"expected {wanted} but found {got} in expression '{self.text}'")

    def take(self, *texts: str) -> _Token | None:
        if self.token.kind == "sign" and self.token.text in texts:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.unexpected(f"'{text}'")

    def sum(self) -> Term:
        term = self.product()
        while sign := self.take("+", "-"):
            term = Operation(sign.text, term, self.product(), sign.mark)
        return term

    def product(self) -> Term:
        term = self.factor()
        while sign := self.take("*", "/"):
            term = Operation(sign.text, term, self.factor(), sign.mark)
        return term

    def factor(self) -> Term:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise SpecError(self.token.mark, f"expression nested deeper than {MAX_DEPTH}")
        term = self.unit()
        self.depth -= 1
        return term

    def unit(self) -> Term:
        if self.take("-"):
            return Negation(self.factor())
        if self.take("("):
            term = self.sum()
            self.expect(")")
            return term
        token = self.token
        if token.kind == "number":
            self.at += 1
            return Number(Fraction(token.text))
        if token.kind == "name":
            self.at += 1
            return self.quantity(token)
        raise self.unexpected("a number or a quantity such as params()")

    def quantity(self, word: _Token) -> Quantity:
        if not self.take("("):
            raise SpecError(
                word.mark,
                f"'{word.text}' lacks brackets: {word.text}() if it is a quantity, params({word.text}) if it is a part",
            )
        arguments: list[Argument] = []
        while not self.take(")"):
            if arguments and not self.take(","):
                raise self.unexpected("',' or ')'")
            arguments.append(self.argument("a component's name" + ("" if arguments else " or ')'")))
        return Quantity(word.text, tuple(arguments), word.mark)

    def argument(self, wanted: str) -> Argument:
        token = self.token
        if token.kind not in ("name", "number"):
            raise self.unexpected(wanted)
        self.at += 1
        return Name(token.text, token.mark) if token.kind == "name" else Number(Fraction(token.text))


def _tokens(text: str, mark: Mark) -> Iterator[_Token]:
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if not match:
            bad = len(text) - len(text[at:].lstrip())
            raise SpecError(mark.shifted(bad), f"unexpected character '{text[bad]}' in expression '{text}'")
        kind = match.lastgroup or "end"
        yield _Token(kind, match[kind], mark.shifted(match.start(kind)))
        if kind == "end":
            return
        at = match.end()
