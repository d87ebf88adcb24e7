"""A spec with some of its settings changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import yaml

from auditor.errors import AuditError, Mark, hint
from auditor.spec.factory import ARGS, Factory
from auditor.spec.parse import parse_tree
from auditor.spec.settings import BLOCK, OFF, Setting
from auditor.spec.tree import Entry, Node
from auditor.spec.types import Spec, Stage


def changed(spec: Spec, settings: Iterable[Setting]) -> Spec:
    """The spec with the settings, blocks first. Assumptions are left out, for they speak of the original."""
    if spec.factory:
        return replace(spec, factory=_called_with(spec.factory, settings), assumptions={})
    model: dict[str, Stage] = dict(spec.model)
    for setting in sorted(settings, key=lambda setting: setting.argument != BLOCK):
        if setting.stage not in spec.model:
            raise AuditError(f"{setting}: the spec has no such stage" + hint(setting.stage, spec.model, "stages"))
        if setting.argument and setting.stage in model:
            model[setting.stage] = _with(model[setting.stage], setting)
        elif not setting.argument and setting.value not in (OFF, "on"):
            raise AuditError(f"{setting}: a stage is on or off")
        elif setting.value == OFF:
            model.pop(setting.stage, None)
    left = {name: tuple(p for p in paths if _is_left(p.text, model)) for name, paths in spec.components.items()}
    components = {name: paths for name, paths in left.items() if paths}
    return replace(spec, model=model, components=components, assumptions={})


def _called_with(factory: Factory, settings: Iterable[Setting]) -> Factory:
    arguments = dict(factory.arguments)
    for setting in settings:
        if setting.stage != ARGS or not setting.argument:
            raise AuditError(f"{setting}: the model has no stages, but a factory; set its arguments: {ARGS}.NAME=VALUE")
        node = parse_tree(setting.value, f"--set {setting}")
        arguments[setting.argument] = Entry(node.mark, node)
    return replace(factory, arguments=arguments)


def _is_left(path: str, model: Mapping[str, Stage]) -> bool:
    return path.partition(".")[0] in model


def _with(stage: Stage, setting: Setting) -> Stage:
    mark = Mark(f"--set {setting}", 1, 1)
    if setting.argument == BLOCK:
        return stage if setting.value == stage.block else Stage(setting.value, {}, mark)
    value = yaml.safe_load(setting.value)
    node = Node(mark, tuple(value) if isinstance(value, list) else value, setting.value)
    return replace(stage, arguments={**stage.arguments, setting.argument: Entry(mark, node)})
