"""Rules of outlines: what they say of a result is what PyTorch's own operators give."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import torch
from arguments import Arguments, arguments, attentions
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from auditor.profiling.operators import WHOLE
from auditor.profiling.outlines import outlined
from auditor.profiling.outlines.elementwise import elementwise
from auditor.profiling.outlines.rules import RULES


def ruled() -> dict[str, list[Any]]:
    """All of PyTorch's operators that have a rule, by the rule's name."""
    found = defaultdict[str, list[Any]](list)
    for packet in (getattr(torch.ops.aten, name) for name in dir(torch.ops.aten)):
        for func in (getattr(packet, overload) for overload in getattr(packet, "overloads", list)()):
            rule = RULES.get(str(func)) or elementwise(func)
            if rule and any(str(result.type) == "Tensor" for result in func._schema.returns):
                found[rule.__qualname__].append((func, rule))
    return found


RULED = ruled()


def described(result: Any) -> list[tuple[Any, ...]]:
    """Shapes and types, and how far apart neighbours are in memory where there are any."""
    return [
        (
            tuple(x.shape),
            x.dtype,
            [step for size, step in zip(x.shape, x.stride(), strict=True) if size > 1 and x.numel()],
        )
        for x in ([result] if isinstance(result, Tensor) else result)
    ]


def really(func: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """What an operator gives; nothing if it raises, unless it is for a value, which no rule can know."""
    try:
        return func(*args, **kwargs)
    except IndexError as error:
        assume("index out of range in self" not in str(error))
        return []
    except Exception:
        return []


def test_every_rule_is_one_for_operators_that_there_are() -> None:
    assert set(RULES) - {*WHOLE.values()} <= {str(func) for pairs in RULED.values() for func, _ in pairs}


@pytest.mark.parametrize("pairs", RULED.values(), ids=RULED)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_a_rule_answers_is_what_pytorch_gives(pairs: list[Any], data: st.DataObject) -> None:
    func, rule = data.draw(st.sampled_from(pairs))
    args, kwargs = data.draw(arguments(func))
    answer = rule(*outlined(args), **outlined(kwargs))
    if answer is not None:
        assert described(answer) == described(really(func, args, kwargs))


@settings(max_examples=150, deadline=None)
@given(attentions())
def test_what_the_rule_for_attention_answers_is_what_pytorch_gives(case: Arguments) -> None:
    args, kwargs = case
    answer = RULES["aten.scaled_dot_product_attention"](*outlined(args), **outlined(kwargs))
    if answer is not None:
        assert described(answer) == described(really(F.scaled_dot_product_attention, args, kwargs))
