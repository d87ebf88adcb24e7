"""Fourier transforms and eliminations: by the closed formulas of the textbook."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log2
from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import on_meta
from specimens import Does, several
from torch import Tensor

from auditor import profile
from auditor.profiling.formulas import Kind

SIZE = st.integers(1, 9)


def other(function: Callable[..., Any], *inputs: Tensor) -> int:
    """The arithmetic of a function without multiply-accumulates, all of which must have a formula."""
    measured = profile(Does(lambda _, *xs: function(*xs)), *inputs)
    assert not measured.uncounted
    assert measured.total.macs == 0
    assert on_meta(function, *inputs).total == measured.total
    return measured.total.flops


def halvings(*sizes: int) -> int:
    return sum(ceil(log2(size)) for size in sizes)


@several
@given(SIZE, SIZE, SIZE)
def test_a_fourier_transform_counts_five_operations_for_each_value_and_halving(
    batch: int, height: int, width: int
) -> None:
    real = torch.randn(batch, height, width)
    values = batch * height * width
    of_rows, of_both = 5 * values * halvings(width), 5 * values * halvings(height, width)
    assert other(torch.fft.fft, real.to(torch.complex64)) == of_rows
    assert other(torch.fft.ifft, real.to(torch.complex64)) == of_rows
    assert other(torch.fft.fft2, real.to(torch.complex64)) == of_both
    assert other(torch.fft.fftn, real.to(torch.complex64)) == 5 * values * halvings(batch, height, width)
    # Real values take half of that, and so do those whose transform is real.
    assert other(torch.fft.fft, real) == other(torch.fft.rfft, real) == of_rows // 2
    assert other(torch.fft.rfft2, real) == of_both // 2
    assert other(lambda x: torch.fft.irfft(x, width), torch.fft.rfft(real)) == of_rows // 2


def test_a_fourier_transform_of_a_power_of_two_counts_what_the_fast_algorithm_is_known_for() -> None:
    assert other(torch.fft.fft, torch.randn(1024, dtype=torch.complex64)) == 5 * 1024 * 10


def test_a_spectrogram_weighs_windows_and_transforms_them() -> None:
    x, window = torch.randn(2, 64), torch.hann_window(16)
    windows = 2 * (64 // 4 + 1)
    measured = profile(Does(lambda _, x: torch.stft(x, 16, hop_length=4, window=window, return_complex=True)), x)
    assert measured.total.flops == windows * (16 + 5 * 16 * 4 // 2)
    assert not measured.uncounted


def test_a_spectrogram_is_turned_back_by_transforming_and_adding_up_windows() -> None:
    spectrum = torch.stft(torch.randn(64), 16, hop_length=4, window=torch.hann_window(16), return_complex=True)
    measured = profile(Does(lambda _, x: torch.istft(x, 16, 4, window=torch.hann_window(16))), spectrum)
    windows = 64 // 4 + 1
    work = {(operation.operator, operation.work.other) for operation in measured.operations}
    assert ("aten._fft_c2r", windows * 5 * 16 * 4 // 2) in work
    assert ("aten.unfold_backward", 2 * windows * 16) in work  # of what they show, and of how often
    assert not measured.uncounted


def eliminate(rows: int, columns: int) -> int:
    """Divisions below each pivot, product and difference for what lies to its lower right, one by one."""
    operations = 0
    for pivot in range(min(rows, columns)):
        for _row in range(pivot + 1, rows):
            operations += 1
            for _column in range(pivot + 1, columns):
                operations += 2
    return operations


def cholesky(size: int) -> int:
    """For each element of the lower triangle the products before it, then a division or a root, one by one."""
    return sum(2 * column + 1 for row in range(size) for column in range(row + 1))


def substitute(size: int, unit: bool = False) -> int:
    """For each value the products with those that are known, then a division, one by one."""
    return sum(2 * known + (not unit) for known in range(size))


def regular(*shape: int) -> Tensor:
    """Matrices far from singular, and positive definite."""
    x = torch.randn(shape)
    return x @ x.mT + torch.eye(shape[-1])


@several
@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
def test_a_factorisation_by_elimination_counts_its_loops(batch: int, rows: int, columns: int) -> None:
    x = torch.randn(batch, rows, columns)
    assert other(torch.linalg.lu, x) == other(torch.linalg.lu_factor, x) == batch * eliminate(rows, columns)
    assert other(torch.linalg.cholesky, regular(batch, rows, rows)) == batch * cholesky(rows)


@several
@given(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))
def test_a_system_counts_its_factors_and_a_substitution_either_way_for_every_column(
    batch: int, size: int, columns: int
) -> None:
    x, right = regular(batch, size, size), torch.randn(batch, size, columns)
    factors, solved = eliminate(size, size), substitute(size, unit=True) + substitute(size)
    assert other(torch.linalg.solve, x, right) == batch * (factors + columns * solved)
    assert other(torch.linalg.solve, x, right[..., 0]) == batch * (factors + solved)
    assert other(torch.linalg.inv, x) == batch * (factors + size * solved)
    assert other(torch.linalg.lu_solve, *torch.linalg.lu_factor(x), right) == batch * columns * solved
    assert other(torch.cholesky_solve, right, torch.linalg.cholesky(x)) == batch * columns * 2 * substitute(size)
    assert other(torch.cholesky_inverse, torch.linalg.cholesky(x)) == batch * size * 2 * substitute(size)
    for unit in (False, True):
        triangle = batch * columns * substitute(size, unit)
        assert (
            other(lambda a, b, unit=unit: torch.linalg.solve_triangular(a, b, upper=True, unitriangular=unit), x, right)
            == triangle
        )


@several
@given(st.integers(1, 3), st.integers(1, 6))
def test_a_determinant_multiplies_the_diagonal_and_its_logarithm_adds_logarithms(batch: int, size: int) -> None:
    x = regular(batch, size, size)
    assert other(torch.linalg.det, x) == batch * (eliminate(size, size) + size)
    # The sign: that of each, and their product. The logarithm: that of each magnitude, and their sum.
    assert other(torch.linalg.slogdet, x) == batch * (eliminate(size, size) + (2 + 3) * size)


def test_transforms_and_eliminations_are_told_from_other_work() -> None:
    for function, kind in ((torch.fft.rfft, Kind.FOURIER), (torch.linalg.inv, Kind.ELIMINATION)):
        measured = profile(Does(lambda _, x, function=function: function(x)), torch.eye(4))
        assert set(measured.by_kind) == {kind}
