"""A spec with some of its settings changed, as the command line asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import yaml

from auditor.errors import AuditError, Mark, hint
from auditor.spec import Spec, Stage
from auditor.spec.tree import Entry, Node

OFF = "off"
"""Said of a stage, leaves it out."""

BLOCK = "block"
"""Said of a stage's block, replaces it."""


@dataclass(frozen=True)
class Setting:
    """One setting of a stage and its value, as written: `fpn.channels=32`, `fpn.block=bifpn`, `shuffle=off`."""

    stage: str
    argument: str
    value: str

    def __str__(self) -> str:
        return f"{self.stage}.{self.argument}={self.value}" if self.argument else f"{self.stage}={self.value}"


def parse_setting(text: str, option: str) -> Setting:
    """Read a setting; an AuditError says what is wrong with it."""
    subject, equals, value = text.partition("=")
    stage, dot, argument = subject.strip().partition(".")
    if not equals or not stage or not value.strip() or (dot and not argument):
        raise AuditError(
            f"{option} {text}: say a stage's argument and its value, such as fpn.channels=32, or shuffle=off"
        )
    return Setting(stage, argument, value.strip())


def changed(spec: Spec, settings: Iterable[Setting]) -> Spec:
    """The spec with the settings; claims and assumptions stay as they are, for they speak of the original."""
    model: dict[str, Stage] = dict(spec.model)
    for setting in settings:
        if setting.stage not in spec.model:
            raise AuditError(f"{setting}: the spec has no such stage" + hint(setting.stage, spec.model, "stages"))
        if not setting.argument:
            if setting.value not in (OFF, "on"):
                raise AuditError(f"{setting}: a stage is on or off")
            if setting.value == OFF:
                model.pop(setting.stage, None)
        elif setting.stage in model:
            model[setting.stage] = _with(model[setting.stage], setting)
    components = {
        name: kept
        for name, paths in spec.components.items()
        if (kept := tuple(p for p in paths if _is_left(p.text, model)))
    }
    return replace(spec, model=model, components=components, assumptions={})


def _is_left(path: str, model: Mapping[str, Stage]) -> bool:
    return path.partition(".")[0] in model


def _with(stage: Stage, setting: Setting) -> Stage:
    mark = Mark(f"--set {setting}", 1, 1)
    if setting.argument == BLOCK:
        return Stage(setting.value, {}, mark)
    value = yaml.safe_load(setting.value)
    node = Node(mark, tuple(value) if isinstance(value, list) else value, setting.value)
    return replace(stage, arguments={**stage.arguments, setting.argument: Entry(mark, node)})
