"""Modules whose weights nobody has set: in all but these as any others."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from auditor.models.hollow import hollow
from auditor.profiling.measure import inspect


def made() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, groups=1), nn.BatchNorm2d(8), nn.LSTM(8, 4), nn.Embedding(5, 2))


def test_hollow_modules_hold_what_others_hold() -> None:
    with hollow():
        model = made()
    assert inspect(model) == inspect(made())
    assert [value.shape for value in model.state_dict().values()] == [v.shape for v in made().state_dict().values()]


def test_only_what_is_made_meanwhile_is_hollow() -> None:
    functions = {name: getattr(nn.init, name) for name in vars(nn.init)}
    with hollow():
        assert nn.init.ones_(torch.zeros(2)).sum() == 0
    with pytest.raises(ZeroDivisionError), hollow():
        1 / 0  # noqa: B018
    assert {name: getattr(nn.init, name) for name in vars(nn.init)} == functions
    assert nn.init.ones_(torch.zeros(2)).sum() == 2
