"""The quantities an expression can use: each one function from a call to a number.

The names in a call are looked up in the scope of the spec; adding a quantity is adding one
decorated function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from torch import nn

from auditor.claims.scope import Part, Scope
from auditor.errors import SpecError, hint
from auditor.models import blocks
from auditor.profiling import Totals
from auditor.profiling.facts import Module
from auditor.spec.expression import Name, Number, Quantity

Measure = Callable[["Call"], int | Fraction]

QUANTITIES: dict[str, Measure] = {}


def quantity(measure: Measure) -> Measure:
    """Register a function as the quantity of its name."""
    QUANTITIES[measure.__name__] = measure
    return measure


@dataclass(frozen=True)
class Call:
    """A quantity as written in an expression, with the scope to look its names up in."""

    quantity: Quantity
    scope: Scope

    def error(self, message: str) -> SpecError:
        return SpecError(self.quantity.mark, f"{self.quantity.word}: {message}")

    def names(self, start: int = 0) -> tuple[Name, ...]:
        """The arguments from `start` on, all of which must be names."""
        names = [argument for argument in self.quantity.arguments[start:] if isinstance(argument, Name)]
        if len(names) != len(self.quantity.arguments[start:]):
            raise self.error("takes names here, not numbers")
        return tuple(names)

    def name(self, at: int, what: str) -> Name:
        """The argument at a place, which must be a name."""
        argument = self.quantity.arguments[at] if at < len(self.quantity.arguments) else None
        if not isinstance(argument, Name):
            raise self.error(f"lacks {what}")
        return argument

    def numbers(self, start: int, what: str) -> tuple[int, ...]:
        """The arguments from `start` on, all of which must be whole numbers."""
        numbers = tuple(argument.value for argument in self.quantity.arguments[start:] if isinstance(argument, Number))
        whole = tuple(int(number) for number in numbers if number.denominator == 1)
        if len(whole) != len(self.quantity.arguments[start:]):
            raise self.error(f"takes {what} here")
        return whole

    def part(self, start: int = 0) -> Part:
        """The part of a model that the names from `start` on stand for; without any, the whole."""
        return self.scope.part(self.names(start), self.quantity.mark)

    def totals(self) -> Totals:
        part = self.part()
        return part.variant.profile.under(part.paths)

    def modules(self, at: int) -> tuple[Module, ...]:
        """The modules that the name at a place stands for."""
        part = self.scope.part((self.name(at, "the path of a module"),), self.quantity.mark)
        found = tuple(module for module in part.modules if module.path in part.paths)
        if not found:
            raise self.error(f"'{self.name(at, '').text}' is no module")
        return found

    def module(self, at: int) -> Module:
        """The one module that the name at a place stands for."""
        found = self.modules(at)
        if len(found) > 1:
            raise self.error(f"'{self.name(at, '').text}' is {len(found)} modules; name one of them")
        return found[0]

    def work(self) -> Totals:
        """Totals of what only modules have; a parameter by itself does no work."""
        part = self.part()
        parameters = {name for parameter in part.variant.profile.parameters for name in parameter.names}
        for path in part.paths:
            if path in parameters:
                raise self.error(f"'{path}' is a parameter; name the module that holds it")
        return self.totals()


@quantity
def params(call: Call) -> int:
    """Distinct parameters."""
    return call.totals().params


@quantity
def trainable(call: Call) -> int:
    """Distinct parameters that are trained."""
    return call.totals().trainable


@quantity
def buffers(call: Call) -> int:
    """Values in buffers, such as the running statistics of a norm."""
    return call.work().buffers


@quantity
def macs(call: Call) -> int:
    """Multiply-accumulates of convolutions, linear layers and matrix products."""
    return call.work().macs


@quantity
def flops(call: Call) -> int:
    """Twice the multiply-accumulates plus every other arithmetic operation."""
    return call.work().flops


@quantity
def rank(call: Call) -> int:
    """The place of a part among the components by parameters, the largest first."""
    part = call.part()
    profile = part.variant.profile
    own = profile.under(part.paths).params
    return 1 + sum(profile.under(other.paths).params > own for other in part.others)


@quantity
def count(call: Call) -> int:
    """How many distinct modules of a class there are: count(Conv2d, heads)."""
    wanted = call.name(0, "the class to count")
    part = call.part(1)
    profile = part.variant.profile
    classes = {module.type for module in profile.modules}
    known = classes | {block.module.__name__ for block in blocks().values()} | set(vars(nn))
    if wanted.text not in known:
        raise SpecError(wanted.mark, f"unknown class '{wanted.text}'" + hint(wanted.text, classes, "classes"))
    return len({module.identity for module in part.modules if module.type == wanted.text})


@quantity
def attr(call: Call) -> Fraction:
    """A module's setting, the same in all modules named: attr(fpn.*.depthwise, kernel_size)."""
    setting = call.name(1, "the setting's name")
    index = call.numbers(2, "the place in the setting")
    values: set[int | float | str] = set()
    for module in call.modules(0):
        value = module.settings.get(setting.text)
        if value is None:
            message = f"'{module.path}' has no setting '{setting.text}'"
            raise SpecError(setting.mark, message + hint(setting.text, module.settings, "settings"))
        if isinstance(value, tuple):
            values.update(value[index[0] : index[0] + 1] if index else value)
        else:
            values.add(value)
    numbers = [value for value in values if not isinstance(value, str)]
    if len(values) != 1 or not numbers:
        shown = ", ".join(str(found) for found in sorted(values, key=str))
        raise SpecError(setting.mark, f"'{setting.text}' is no single number here, but {shown}")
    return Fraction(str(numbers[0])) if isinstance(numbers[0], float) else Fraction(numbers[0])


@quantity
def size(call: Call) -> int:
    """A dimension of a module's result, the batch left out: size(backbone, 2, 0), size(input, 1)."""
    name = call.name(0, "the path of a module, or 'input'")
    places = call.numbers(1, "the number of the result and of the dimension")
    is_input = name.text == "input"
    if is_input:
        shapes: tuple[tuple[int, ...], ...] = tuple(tensor.shape for tensor in call.scope.variant.spec.input.tensors)
    else:
        shapes = tuple(shape[1:] for shape in call.module(0).outputs)
    if len(places) == 1 and not (is_input and len(shapes) > 1):
        places = (0, *places)
    result, dimension = places if len(places) == 2 else (-1, -1)
    if not (0 <= result < len(shapes) and 0 <= dimension < len(shapes[result])):
        shown = ", ".join("×".join(map(str, shape)) or "one number" for shape in shapes)
        one = "an input" if is_input else "a result"
        raise call.error(f"'{name.text}' gives {shown or 'nothing'}; name {one} and a dimension of it from 0")
    return shapes[result][dimension]


@quantity
def levels(call: Call) -> int:
    """How many results a module gives."""
    return len(call.module(0).outputs)


@quantity
def calls(call: Call) -> int:
    """How often an operator runs: calls(relu, context)."""
    operator = call.name(0, "the operator")
    part = call.part(1)
    return sum(o.calls for o in part.operations if o.operator == f"aten.{operator.text}")


@quantity
def order(call: Call) -> int:
    """1 if the parts first run in the order named, else 0."""
    starts = []
    for at in range(len(call.names())):
        started = [module.started for module in call.modules(at) if module.started is not None]
        if not started:
            return 0
        starts.append(min(started))
    return int(starts == sorted(starts))


@quantity
def reported(call: Call) -> int:
    """A figure that only documents give: reported(v2.hard_map). No model shows it."""
    raise call.error("only documents give this figure, it cannot be measured")
