"""The language of quantities: what can be written, how it groups, and where a mistake is shown."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import Mark, SpecError
from auditor.spec.expression import (
    MAX_DEPTH,
    MAX_LENGTH,
    Argument,
    Comparison,
    Conjunction,
    Expression,
    Name,
    Negation,
    Number,
    Operation,
    Quantity,
    Statement,
    Term,
)

START = Mark("spec.yaml", 3, 10)


def parse(text: str) -> Expression:
    return Expression.parse(text, START)


def argument(value: Argument) -> str:
    return value.text if isinstance(value, Name) else grouped(value)


def grouped(term: Term | Statement) -> str:
    """Write a term with every bracket that is implied."""
    match term:
        case Number():
            return f"{float(term.value):g}"
        case Quantity():
            return f"{term.word}({', '.join(map(argument, term.arguments))})"
        case Negation():
            return f"(-{grouped(term.term)})"
        case Operation() | Comparison():
            return f"({grouped(term.left)} {term.sign} {grouped(term.right)})"
        case Conjunction():
            return " and ".join(grouped(comparison) for comparison in term.comparisons)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 * 2 + 3", "((1 * 2) + 3)"),
        ("(1 + 2) * 3", "((1 + 2) * 3)"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("1 - (2 - 3)", "(1 - (2 - 3))"),
        ("8 / 4 / 2", "((8 / 4) / 2)"),
        ("8 / 4 * 2", "((8 / 4) * 2)"),
        ("-1 + 2", "((-1) + 2)"),
        ("-2 * 3", "((-2) * 3)"),
        ("2 * -3", "(2 * (-3))"),
        ("1--1", "(1 - (-1))"),
        ("--1", "(-(-1))"),
        ("-(1 + 2)", "(-(1 + 2))"),
        ("((7))", "7"),
        ("0.250", "0.25"),
        ("params()", "params()"),
        ("params( fpn ,context )", "params(fpn, context)"),
        ("params(attention.0.channel_gate)", "params(attention.0.channel_gate)"),
        ("params(attention.*.channel_gate)", "params(attention.*.channel_gate)"),
        ("params(fpn.*) * 2", "(params(fpn.*) * 2)"),
        ("1-params()/params(v1)", "(1 - (params() / params(v1)))"),
        ("-macs(fpn)", "(-macs(fpn))"),
        (" params()\n+ 1 ", "(params() + 1)"),
        ("size(input, 0) + 1 = 2 * 2", "((size(input, 0) + 1) = (2 * 2))"),
        ("1 < 2 and params() >= 3", "(1 < 2) and (params() >= 3)"),
    ],
)
def test_operators_bind_as_in_arithmetic(text: str, expected: str) -> None:
    assert grouped(parse(text).root) == expected


@pytest.mark.parametrize(("text", "value"), [("592371", 592_371), ("0.1", Fraction(1, 10)), ("1.50", Fraction(3, 2))])
def test_a_number_is_exact(text: str, value: int | Fraction) -> None:
    assert parse(text).root == Number(Fraction(value))


def test_every_quantity_and_name_knows_its_place() -> None:
    text = "1 - params() / (macs(fpn.0, context) + -flops(v1))"
    quantities = list(parse(text).quantities())
    names = [name for quantity in quantities for name in quantity.names]
    assert [quantity.word for quantity in quantities] == ["params", "macs", "flops"]
    assert [name.text for name in names] == ["fpn.0", "context", "v1"]
    assert all(quantity.mark == START.shifted(text.index(quantity.word)) for quantity in quantities)
    assert all(name.mark == START.shifted(text.index(name.text)) for name in names)


MISTAKES = {
    # Incomplete, or one thing too many.
    "": (1, "expected a number or a quantity such as params() but found its end"),
    "1 +": (4, "expected a number or a quantity such as params() but found its end"),
    "1 2": (3, "expected an operator but found '2'"),
    "(1 + 2": (7, "expected ')' but found its end"),
    "1 + 2)": (6, "expected an operator but found ')'"),
    "()": (2, "expected a number or a quantity such as params() but found ')'"),
    "1 + * 2": (5, "expected a number or a quantity such as params() but found '*'"),
    "params(fpn": (11, "but found its end"),
    "params(fpn context)": (12, "expected ',' or ')' but found 'context'"),
    "params(,fpn)": (8, "but found ','"),
    "params(fpn,)": (12, "expected a component's name"),
    "params(-1)": (8, "expected a component's name or ')' but found '-'"),
    "params(*)": (8, "expected a component's name or ')' but found '*'"),
    "params(fpn*)": (11, "expected ',' or ')' but found '*'"),
    "params(fpn.*x)": (13, "expected ',' or ')' but found 'x'"),
    # What other languages have and this one does not.
    "+1": (1, "found '+'"),
    "2 ** 3": (4, "found '*'"),
    "2 ^ 3": (3, "unexpected character '^'"),
    "7 // 2": (4, "found '/'"),
    "1 < 2 < 3": (7, "expected an operator but found '<'"),
    "1 and 2 = 2": (1, "'and' joins comparisons"),
    "1 = 2 and": (10, "expected a number or a quantity such as params() but found its end"),
    ".5": (1, "unexpected character '.'"),
    "1e5": (2, "expected an operator but found 'e5'"),
    "1,000": (2, "expected an operator but found ','"),
    "489K": (4, "expected an operator but found 'K'"),
    "params().real": (9, "unexpected character '.'"),
    "params()[0]": (9, "unexpected character '['"),
    "params('fpn')": (8, "unexpected character '''"),
    'f"{1}"': (2, "unexpected character '\"'"),
    "params(params())": (14, "expected ',' or ')' but found '('"),
    "params()()": (9, "expected an operator but found '('"),
    "params(a=1)": (9, "expected ',' or ')' but found '='"),
    "lambda: 1": (7, "unexpected character ':'"),
    "1 if params() else 2": (3, "expected an operator but found 'if'"),
    "é": (1, "unexpected character 'é'"),
}


@pytest.mark.parametrize("text", MISTAKES, ids=repr)
def test_a_mistake_is_shown_at_its_column_with_the_expression(text: str) -> None:
    column, message = MISTAKES[text]
    with pytest.raises(SpecError) as error:
        parse(text)
    assert error.value.mark == START.shifted(column - 1)
    assert message in error.value.message
    assert error.value.message.endswith(f" in expression '{text}'")


def test_a_name_on_its_own_is_told_how_to_be_measured() -> None:
    with pytest.raises(SpecError) as error:
        parse("1 - fpn.0")
    assert (
        str(error.value)
        == "spec.yaml:3:14: 'fpn.0' lacks brackets: fpn.0() if it is a quantity, params(fpn.0) if it is a part"
    )


@pytest.mark.parametrize(("opening", "closing"), [("-", ""), ("(", ")"), ("-(", ")"), ("1 - (", ")")])
def test_nesting_has_a_limit(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        return opening * levels + "1" + closing * levels

    parse(nested(MAX_DEPTH // 2 - 1))
    with pytest.raises(SpecError, match=f"nested deeper than {MAX_DEPTH}"):
        parse(nested(MAX_DEPTH))


def test_length_has_a_limit() -> None:
    longest = "1" + "+1" * (MAX_LENGTH // 2 - 1) + " "
    assert len(longest) == MAX_LENGTH
    assert hash(parse(longest)) == hash(parse(longest))
    with pytest.raises(SpecError, match=f"spec.yaml:3:10: expression longer than {MAX_LENGTH} characters"):
        parse(longest + " ")


WORDS = st.sampled_from(["params", "macs", "fpn.0", "v1", "a_b.c"])
NUMBERS = st.integers(0, 999).map(str) | st.decimals(0, 99, places=2).map(str)
QUANTITIES = st.builds("{}({})".format, WORDS, st.lists(WORDS, max_size=3).map(",".join))


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.builds("{}{}{}".format, inner, st.sampled_from(["+", "-", "*", "/", " + ", " - "]), inner)
        | inner.map("-{}".format)
        | inner.map("({})".format)
    )


EXPRESSIONS = st.recursive(NUMBERS | QUANTITIES, combined, max_leaves=12)


@given(EXPRESSIONS)
def test_writing_out_every_implied_bracket_changes_nothing(text: str) -> None:
    written_out = grouped(parse(text).root)
    assert grouped(parse(written_out).root) == written_out


PIECES = st.sampled_from([*"0123456789+-*/(),. \n_'\"[]=^%:", "params", "macs(", "fpn.0", "v1", "é", "٣"])


def outcome(text: str) -> Expression | SpecError:
    try:
        return parse(text)
    except SpecError as error:
        return error


@given(st.text(max_size=80) | st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_an_expression_or_a_mistake_at_a_place_in_it(text: str) -> None:
    result = outcome(text)
    if isinstance(result, SpecError):
        assert result.mark == START.shifted(result.mark.column - START.column)
        assert 0 <= result.mark.column - START.column <= len(text)
    else:
        assert result.text == text
