"""Matrix products: by closed formula, as PyTorch's counter finds them, and alike for every kernel."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import work_of
from specimens import Does, macs_by_torch, profile_function, several
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling.formulas import Kind, Work

SIZE = st.integers(1, 4)
LONGER = st.integers(2, 5)


def work(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Work:
    """What a function of random tensors costs, all of which must have a formula."""
    measured = profile_function(function, *shapes)
    assert not measured.uncounted
    return measured.total.work


@several
@given(st.lists(SIZE, max_size=3), SIZE, SIZE, st.booleans())
def test_a_linear_layer_counts_its_weights_once_per_row_of_an_input_of_any_rank(
    rows: list[int], inputs: int, outputs: int, bias: bool
) -> None:
    module, x = nn.Linear(inputs, outputs, bias), torch.randn(*rows, inputs)
    measured = profile(module, x)
    assert measured.total.macs == prod(rows) * inputs * outputs == macs_by_torch(module, x)
    assert measured.total.flops == 2 * measured.total.macs + bias * prod(rows) * outputs


def test_a_linear_layer_lists_nothing_as_uncounted_when_it_gets_a_single_vector() -> None:
    assert not profile(nn.Linear(3, 2, bias=False), torch.randn(3)).uncounted


@pytest.mark.parametrize(
    ("function", "shapes", "macs"),
    [
        pytest.param(F.linear, [(2, 3), (4, 3), (4,)], 2 * 3 * 4, id="F.linear"),
        pytest.param(lambda x, weight: F.linear(input=x, weight=weight), [(2, 3), (4, 3)], 2 * 3 * 4, id="keywords"),
        pytest.param(torch.matmul, [(2, 3), (3, 4)], 2 * 3 * 4, id="x @ P"),
        pytest.param(torch.matmul, [(5, 6, 2, 3), (3, 4)], 5 * 6 * 2 * 3 * 4, id="matrix for many"),
        pytest.param(torch.matmul, [(5, 1, 2, 3), (6, 3, 4)], 5 * 6 * 2 * 3 * 4, id="broadcast batches"),
        pytest.param(torch.matmul, [(2, 3), (3,)], 2 * 3, id="matrix by vector"),
        pytest.param(torch.dot, [(3,), (3,)], 3, id="dot"),
        pytest.param(torch.inner, [(2, 3), (4, 3)], 2 * 4 * 3, id="inner"),
        pytest.param(torch.bmm, [(5, 2, 3), (5, 3, 4)], 5 * 2 * 3 * 4, id="bmm"),
        pytest.param(lambda x, a, b: torch.baddbmm(b, x, a), [(5, 2, 3), (5, 3, 4), (4,)], 5 * 2 * 3 * 4, id="baddbmm"),
        pytest.param(lambda x, a, b: torch.addmm(b, x, a), [(2, 3), (3, 4), (4,)], 2 * 3 * 4, id="addmm"),
        pytest.param(lambda x, a, b: torch.addbmm(b, x, a), [(5, 2, 3), (5, 3, 4), (4,)], 5 * 2 * 3 * 4, id="addbmm"),
        pytest.param(lambda x, a, b: torch.addmv(b, x, a), [(2, 3), (3,), (2,)], 2 * 3, id="addmv"),
        pytest.param(lambda x, a, b: torch.addr(b, x, a), [(2,), (3,), (2, 3)], 2 * 3, id="addr"),
        pytest.param(lambda x, a: torch.tensordot(x, a, 2), [(2, 3, 4), (3, 4, 5)], 2 * 3 * 4 * 5, id="tensordot"),
        pytest.param(
            lambda *xs: torch.linalg.multi_dot(xs), [(2, 3), (3, 4), (4, 5)], 2 * 3 * 4 + 2 * 4 * 5, id="multi_dot"
        ),
        pytest.param(lambda x: torch.linalg.matrix_power(x, 5), [(3, 3)], 3 * 3**3, id="matrix_power"),
        pytest.param(lambda x, a: x.unflatten(0, (1, 2)) @ a.mT, [(2, 3), (4, 3)], 2 * 3 * 4, id="views"),
        pytest.param(F.bilinear, [(2, 3), (2, 4), (5, 3, 4), (5,)], 2 * 5 * 4 * (3 + 1), id="bilinear"),
    ],
)
def test_products_with_parameters_that_belong_to_no_layer_are_counted(
    function: Callable[..., Tensor], shapes: list[tuple[int, ...]], macs: int
) -> None:
    first, *others = (torch.randn(shape) for shape in shapes)
    model = Does(lambda self, x: function(x, *self.own), own=nn.ParameterList(others))
    measured = profile(model, first)
    assert measured.total.macs == macs
    assert not measured.uncounted
    assert not measured.unused


@pytest.mark.parametrize(
    ("function", "shapes"),
    [(torch.outer, [(3,), (4,)]), (torch.kron, [(3, 1), (1, 4)]), (lambda a, b: a[:, None] * b, [(3,), (4,)])],
    ids=["outer", "kron", "by element"],
)
def test_products_that_sum_nothing_are_single_operations(
    function: Callable[..., Tensor], shapes: list[tuple[int, ...]]
) -> None:
    assert work(function, *shapes) == Work(other=3 * 4)


@several
@given(st.lists(LONGER, max_size=2), st.lists(LONGER, max_size=2), st.lists(LONGER, min_size=1, max_size=2), LONGER)
def test_einsum_counts_the_product_of_all_its_index_sizes(
    shared: list[int], rows: list[int], summed: list[int], columns: int
) -> None:
    # Indices of size 1 are left out: there einsum multiplies element by element, and sums nothing.
    s, r, k, c = "ab"[: len(shared)], "cd"[: len(rows)], "ef"[: len(summed)], "g"
    measured = profile_function(
        lambda x, y: torch.einsum(f"{s}{r}{k},{k}{c}{s}->{r}{s}{c}", x, y),
        (*shared, *rows, *summed),
        (*summed, columns, *shared),
    )
    assert measured.total.macs == prod(shared) * prod(rows) * prod(summed) * columns


SUMS: dict[str, Callable[..., Tensor]] = {
    "addmm": lambda bias, a, b, **factors: torch.addmm(bias, a[0], b[0], **factors),
    "baddbmm": torch.baddbmm,
    "addbmm": torch.addbmm,
    "addmv": lambda bias, a, b, **factors: torch.addmv(bias[0], a[0], b[0, :, 0], **factors),
    "addr": lambda bias, a, b, **factors: torch.addr(bias, a[0, :, 0], b[0, 0], **factors),
}


@pytest.mark.parametrize("sum_up", SUMS.values(), ids=SUMS)
@pytest.mark.parametrize(
    ("factors", "per_result"),
    # The bias is added, or not at all; and each factor but one is a multiplication.
    [({}, 1), ({"beta": 0}, 0), ({"beta": 2}, 2), ({"alpha": 3}, 2), ({"beta": 0, "alpha": 3}, 1)],
    ids=["plain", "no bias", "scaled bias", "scaled product", "scaled product alone"],
)
def test_a_bias_added_to_a_product_counts_unless_it_is_left_out(
    sum_up: Callable[..., Tensor], factors: dict[str, int], per_result: int
) -> None:
    a, b = torch.randn(2, 3, 4), torch.randn(2, 4, 3)
    results = sum_up(torch.randn(3), a, b).numel()
    measured = profile(Does(lambda _, *inputs: sum_up(*inputs, **factors)), torch.randn(3), a, b)
    assert measured.total.work.other == per_result * results
    assert measured.total.macs > 0


@several
@given(st.integers(0, 4), SIZE, SIZE, SIZE, SIZE)
def test_a_bilinear_layer_contracts_one_input_after_the_other(
    rows: int, more: int, left: int, right: int, outputs: int
) -> None:
    measured = profile(nn.Bilinear(left, right, outputs), torch.randn(rows, more, left), torch.randn(rows, more, right))
    per_row = outputs * right * left + outputs * right
    assert measured.total.work == Work(rows * more * per_row, rows * more * outputs)


@several
@given(st.integers(1, 60), st.integers(1, 60), SIZE, st.sampled_from([1, 2, 3]), st.integers(1, 2))
def test_distances_are_a_product_where_pytorch_computes_them_as_one(
    rows: int, columns: int, width: int, power: int, batch: int
) -> None:
    pairs = batch * rows * columns
    by_product = power == 2 and max(rows, columns) > 25
    # Squares and sums for norms, and rows times -2; then roots of what is kept from being negative.
    expected = Work(
        pairs * (width + 2) if by_product else 0,
        batch * width * (3 * rows + 2 * columns) + 2 * pairs if by_product else pairs * (3 * width + 1),
    )
    shapes = (batch, rows, width), (batch, columns, width)
    assert work(lambda a, b: torch.cdist(a, b, power), *shapes) == expected


def test_the_way_to_compute_distances_can_be_chosen() -> None:
    shapes = (2, 3), (4, 3)
    always, never = (f"{word}use_mm_for_euclid_dist" for word in ("", "donot_"))
    assert work(lambda a, b: torch.cdist(a, b, compute_mode=always), *shapes).macs == 2 * 4 * (3 + 2)
    assert work(lambda a, b: torch.cdist(a, b, compute_mode=never), *shapes).macs == 0


@pytest.mark.parametrize(("shape", "entries"), [((2, 3, 4, 5), 2 * 3), ((2, 3, 4, 5, 6), 3 * 4)])
def test_an_affine_grid_is_a_product_with_every_position(shape: tuple[int, ...], entries: int) -> None:
    theta = (shape[0], len(shape) - 2, len(shape) - 1)
    expected = shape[0] * prod(shape[2:]) * entries
    assert work(lambda x: F.affine_grid(x, list(shape), align_corners=False), theta) == Work(expected)


def test_products_of_bytes_count_like_any_others() -> None:
    measured = profile(Does(lambda _, x: torch._int_mm(x.to(torch.int8), x.to(torch.int8))), torch.ones(32, 32))
    assert measured.total.macs == 32**3


@pytest.mark.parametrize(
    ("operator", "arguments", "extra"),
    [
        # What is done for every one of the 2 × 4 results beside the product.
        ("aten.linear", [(2, 3), (4, 3), (4,)], 1),
        ("aten.mkldnn_linear", [(2, 3), (4, 3), (4,)], 1),
        ("aten.linear", [(2, 3), (4, 3)], 0),
        ("aten._addmm_activation", [(4,), (2, 3), (3, 4)], 2),
        ("aten._scaled_mm", [(2, 3), (3, 4), (), ()], 1),
        ("aten._scaled_mm", [(2, 3), (3, 4), (), (), (4,)], 2),
        ("aten._scaled_mm_v2", [(2, 3), (3, 4), [()], [0], [0], [()], [0], [0], (4,), None], 2),
        ("aten._weight_int8pack_mm", [(2, 3), (4, 3), (4,)], 1),
        ("aten._grouped_mm", [(2, 3), (5, 3, 4), (5,)], 0),
        ("aten._scaled_grouped_mm", [(2, 3), (5, 3, 4), (), (), (5,)], 1),
        ("aten._foreach_mm", [[(1, 3), (1, 3)], [(3, 4), (3, 4)]], 0),
    ],
)
def test_a_product_that_only_some_devices_know_counts_like_a_product(
    operator: str, arguments: list[Any], extra: int
) -> None:
    assert work_of(operator, *arguments, out=(2, 4)) == work(torch.mm, (2, 3), (3, 4)) + Work(other=extra * 2 * 4)


def test_weights_of_half_a_byte_are_scaled_and_shifted_once() -> None:
    for operator, arguments in (
        ("aten._weight_int4pack_mm", [(2, 64), (1, 2, 32, 4), 32, (2, 8, 2)]),
        ("aten._weight_int4pack_mm_for_cpu", [(2, 64), (8, 32), 32, (2, 8, 2)]),
        ("aten._dyn_quant_matmul_4bit", [(2, 64), (300,), 32, 64, 8]),
    ):
        assert work_of(operator, *arguments, out=(2, 8)) == Work(2 * 64 * 8, 2 * 64 * 8)


@several
@given(SIZE, SIZE, SIZE, st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_products_in_groups_count_every_group_by_its_own_size(
    rows: int, inner: int, columns: int, groups: list[int]
) -> None:
    n, total = len(groups), sum(groups)
    macs = sum(group * inner * columns for group in groups)
    assert work_of("aten._grouped_mm", (total, inner), (n, inner, columns), (n,), out=(total, columns)).macs == macs
    assert work_of("aten._grouped_mm", (n, columns, inner), (inner, total), (n,), out=(columns, total)).macs == macs
    summed = sum(rows * group * columns for group in groups)
    assert work_of("aten._grouped_mm", (rows, total), (total, columns), (n,), out=(n, rows, columns)).macs == summed
    each = work_of("aten._grouped_mm", (n, rows, inner), (n, inner, columns), out=(n, rows, columns)).macs
    assert each == n * rows * inner * columns


@pytest.mark.parametrize(
    ("operator", "shapes", "kind", "macs"),
    [
        ("_addmm_activation", [(4,), (2, 3), (3, 4)], torch.float32, 2 * 3 * 4),
        ("_scaled_mm", [(16, 16), (16, 16), (), ()], torch.float8_e4m3fn, 16**3),
        ("_grouped_mm", [(16, 16), (3, 16, 16), (3,)], torch.bfloat16, 16**3),
        ("_grouped_mm", [(16, 48), (48, 16), (3,)], torch.bfloat16, 16 * 48 * 16),
    ],
)
def test_a_product_that_is_called_by_name_is_counted_as_it_gets_its_arguments(
    operator: str, shapes: list[tuple[int, ...]], kind: torch.dtype, macs: int
) -> None:
    kinds = {(): torch.float32, (3,): torch.int32}
    given = [torch.empty(shape, device="meta", dtype=kinds.get(shape, kind)) for shape in shapes]
    if operator == "_scaled_mm":
        given[1] = given[1].mT
    measured = profile(Does(lambda _: getattr(torch.ops.aten, operator)(*given)))
    assert [operation.operator for operation in measured.operations] == [f"aten.{operator}"]
    assert measured.total.macs == macs


def test_a_product_is_told_from_other_work() -> None:
    for function, shapes in ((torch.mv, [(2, 3), (3,)]), (torch.cdist, [(2, 3), (4, 3)])):
        assert set(profile_function(function, *shapes).by_kind) == {Kind.MATRIX}
