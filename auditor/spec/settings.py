"""Settings of stages as the command line gives them: `fpn.channels=32`, `fpn.block=bifpn`, `shuffle=off`."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from auditor.errors import AuditError

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
    try:
        yaml.safe_load(value)
    except yaml.YAMLError:
        raise AuditError(f"{option} {text}: '{value.strip()}' is no value") from None
    return Setting(stage, argument, value.strip())
