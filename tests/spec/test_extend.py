"""`extends`: what a spec takes over from another, what it changes, and where mistakes in either are shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.errors import Mark, SpecError
from auditor.spec import Spec, load, load_all

BASE = """\
name: base
title: The base
input: [3, 32, 32]
model:
  backbone: {block: mobilenet_v1, width: 0.25}
  attention: {block: cbam, reduction: 8}
  fpn: {block: bifpn, channels: 16, repeats: 1}
assumptions:
  attention.reduction: a usual ratio
  fpn.channels: closes the total
  input: a usual size
documents: {doc: {title: A document}}
claims:
  - {doc: doc, says: 5, of: params()}
budgets: {params(): 500K}
"""
CHILD = "name: child\ntitle: The child\nextends: base.yaml\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files of a folder and return the path of the last one."""

    def write(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / f"{name}.yaml"
            path.write_text(text, encoding="utf-8")
        return path

    return write


def reasons(spec: Spec) -> dict[str, str]:
    return {subject.text: reason for subject, reason in spec.assumptions.items()}


def stages(spec: Spec) -> str:
    """The pipeline on one line: `backbone(mobilenet_v1, width=0.25) attention(eca)`."""
    return " ".join(
        f"{name}({', '.join([stage.block, *(f'{key}={entry.node.text}' for key, entry in stage.arguments.items())])})"
        for name, stage in spec.model.items()
    )


BACKBONE, ATTENTION, FPN = (
    "backbone(mobilenet_v1, width=0.25)",
    "attention(cbam, reduction=8)",
    "fpn(bifpn, channels=16, repeats=1)",
)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param("{}", f"{BACKBONE} {ATTENTION} {FPN}", id="nothing"),
        pytest.param("{attention: {block: eca}}", f"{BACKBONE} attention(eca) {FPN}", id="another block"),
        pytest.param("{attention: {block: cbam}}", f"{BACKBONE} attention(cbam) {FPN}", id="the same block anew"),
        pytest.param(
            "{fpn: {repeats: 2}}", f"{BACKBONE} {ATTENTION} fpn(bifpn, channels=16, repeats=2)", id="one argument"
        ),
        pytest.param(
            "{attention: {}, fpn: {channels: 8, repeats: 3}}",
            f"{BACKBONE} {ATTENTION} fpn(bifpn, channels=8, repeats=3)",
            id="several arguments",
        ),
        pytest.param("{attention: ~}", f"{BACKBONE} {FPN}", id="a stage left out"),
        pytest.param("{attention: ~, fpn: }", BACKBONE, id="two stages left out"),
        pytest.param("{new: {block: eca}}", f"new(eca) {BACKBONE} {ATTENTION} {FPN}", id="inserted before all"),
        pytest.param(
            "{backbone: {}, new: {block: eca}}", f"{BACKBONE} new(eca) {ATTENTION} {FPN}", id="inserted after a stage"
        ),
        pytest.param(
            "{fpn: {}, new: {block: eca}, last: {block: ssh}}",
            f"{BACKBONE} {ATTENTION} {FPN} new(eca) last(ssh)",
            id="two inserted after the last",
        ),
        pytest.param(
            "{backbone: {}, new: {block: eca}, attention: {}, other: {block: ssh}}",
            f"{BACKBONE} new(eca) {ATTENTION} other(ssh) {FPN}",
            id="inserted in two places",
        ),
        pytest.param(
            "{attention: ~, new: {block: eca}}", f"{BACKBONE} new(eca) {FPN}", id="inserted after one left out"
        ),
        pytest.param(
            "{fpn: {repeats: 2}, backbone: {width: 0.5}}",
            f"backbone(mobilenet_v1, width=0.5) {ATTENTION} fpn(bifpn, channels=16, repeats=2)",
            id="the base's order stays",
        ),
    ],
)
def test_the_pipeline_is_the_base_with_changes(write: Write, model: str, expected: str) -> None:
    assert stages(load(write(base=BASE, child=f"{CHILD}model: {model}\n"))) == expected


def test_input_model_and_assumptions_are_inherited(write: Write) -> None:
    path = write(base=BASE, child=CHILD)
    child, base = load(path), load(path.with_name("base.yaml"))
    assert (child.input.shape, stages(child)) == ((3, 32, 32), f"{BACKBONE} {ATTENTION} {FPN}")
    assert child.assumptions == base.assumptions
    assert (child.path, child.extends, child.base) == (path, "base.yaml", base)


def test_of_several_specs_each_file_is_read_once(write: Write) -> None:
    child = write(base=BASE, other=CHILD.replace("child", "other"), child=CHILD)
    base, other = (child.with_name(f"{name}.yaml") for name in ("base", "other"))
    found = load_all([other, base, child], given=[child])
    assert list(found.items()) == [(path, load(path, given=[child])) for path in (other, base, child)]
    assert found[child].base is found[other].base is found[base]


def test_claims_documents_components_and_budgets_are_not_inherited(write: Write) -> None:
    child = load(write(base=BASE + "components: {gates: [attention.*]}\n", child=CHILD))
    assert (child.claims, child.documents, child.components, child.budgets) == ((), {}, {}, {})


@pytest.mark.parametrize("key", ["name", "title"])
def test_a_child_is_called_by_its_own_name(write: Write, key: str) -> None:
    text = "".join(line for line in CHILD.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(SpecError, match=f"child.yaml:1:1: the spec lacks the key '{key}'"):
        load(write(base=BASE, child=text))


def test_a_child_can_have_another_input(write: Write) -> None:
    assert load(write(base=BASE, child=CHILD + "input: [1, 8, 8]\n")).input.shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param("", {"attention.reduction", "fpn.channels", "input"}, id="none dropped"),
        pytest.param("model: {attention: {block: cbam}}", {"fpn.channels", "input"}, id="dropped with another block"),
        pytest.param("model: {attention: ~, fpn: ~}", {"input"}, id="dropped with the stage"),
        pytest.param(
            "model: {fpn: {repeats: 2}}", {"attention.reduction", "fpn.channels", "input"}, id="kept by other arguments"
        ),
        pytest.param(
            "assumptions: {backbone.width: a quarter}",
            {"backbone.width", "attention.reduction", "fpn.channels", "input"},
            id="own ones added",
        ),
        pytest.param(
            "model: {attention: {block: cbam}}\nassumptions: {attention.reduction: anew}",
            {"attention.reduction", "fpn.channels", "input"},
            id="made anew",
        ),
    ],
)
def test_assumptions_go_with_the_stage_they_are_about(write: Write, changes: str, expected: set[str]) -> None:
    assert set(reasons(load(write(base=BASE, child=CHILD + changes)))) == expected


def test_the_childs_own_reason_takes_the_place_of_the_bases(write: Write) -> None:
    child = load(write(base=BASE, child=CHILD + "assumptions: {fpn.channels: another reason}\n"))
    assert reasons(child)["fpn.channels"] == "another reason"
    assert reasons(child)["input"] == "a usual size"


def test_an_assumption_about_a_component_stays_with_the_component(write: Write) -> None:
    components = "components: {gates: [attention.*]}\n"
    base = BASE.replace("  input: a usual size\n", "  gates: nobody says\n") + components
    assert "gates" not in reasons(load(write(base=base, child=CHILD)))


def test_a_child_of_a_child_inherits_from_both(write: Write) -> None:
    middle = CHILD.replace("child", "middle") + "model: {attention: {block: eca}}\n"
    last = CHILD.replace("base", "middle") + "model: {fpn: {repeats: 2}}\n"
    child = load(write(base=BASE, middle=middle, child=last))
    assert stages(child) == f"{BACKBONE} attention(eca) fpn(bifpn, channels=16, repeats=2)"
    assert set(reasons(child)) == {"fpn.channels", "input"}
    assert child.base is not None
    assert child.base.base is not None
    assert [child.base.name, child.base.base.name] == ["middle", "base"]


def test_the_base_is_found_from_the_childs_folder(write: Write, tmp_path: Path) -> None:
    write(base=BASE)
    (tmp_path / "below").mkdir()
    path = tmp_path / "below" / "child.yaml"
    path.write_text(CHILD.replace("base.yaml", "../base.yaml"), encoding="utf-8")
    base = load(path).base
    assert base is not None
    assert base.path == tmp_path / "base.yaml"


def test_every_value_keeps_the_place_it_was_written_at(write: Write) -> None:
    path = write(base=BASE, child=CHILD + "model:\n  attention: {block: eca}\n  fpn: {repeats: 2}\n")
    here, there = path.as_posix(), path.with_name("base.yaml").as_posix()
    child = load(path)
    backbone, attention, fpn = child.model.values()
    assert child.input.mark == Mark(there, 3, 8)
    assert [stage.mark for stage in (backbone, attention, fpn)] == [
        Mark(there, 5, 21),
        Mark(here, 5, 22),
        Mark(there, 7, 16),
    ]
    assert [fpn.arguments[name].node.mark for name in ("channels", "repeats")] == [
        Mark(there, 7, 33),
        Mark(here, 6, 18),
    ]


MISTAKES = {
    "in the base": (
        {"base": BASE.replace("cbam", "[cbam]")},
        "base.yaml:6:22: 'block' must be a block's name, not a list",
    ),
    "claim in the base": (
        {"base": BASE.replace("doc: doc,", "doc: docs,")},
        "base.yaml:14:11: unknown document 'docs' (did you mean 'doc'?)",
    ),
    "base that is no spec": ({"base": "- a list\n"}, "base.yaml:1:1: a spec must be a mapping, not a list"),
    "in the base's base": (
        {"root": BASE.replace("title: The base\n", ""), "base": CHILD.replace("base", "root")},
        "root.yaml:1:1: the spec lacks the key 'title'",
    ),
    "in the child": (
        {"base": BASE, "child": CHILD + "model: {attention: eca}\n"},
        "child.yaml:4:20: a stage must be a mapping such as {block: cbam}, not 'eca'",
    ),
    "model that is none": (
        {"base": BASE, "child": CHILD + "model: [eca]\n"},
        "child.yaml:4:8: 'model' must be a mapping, not a list",
    ),
    "assumptions that are none": (
        {"base": BASE, "child": CHILD + "assumptions: none\n"},
        "child.yaml:4:14: 'assumptions' must be a mapping, not 'none'",
    ),
    "new stage without a block": (
        {"base": BASE, "child": CHILD + "model: {atention: {reduction: 4}}\n"},
        "child.yaml:4:9: the base has no stage 'atention' to change (did you mean 'attention'?)",
    ),
    "stage to leave out that is none": (
        {"base": BASE, "child": CHILD + "model: {atention: ~}\n"},
        "child.yaml:4:",
    ),
    "nothing left": (
        {"base": BASE, "child": CHILD + "model: {backbone: ~, attention: ~, fpn: ~}\n"},
        "child.yaml:4:8: 'model' has no stages",
    ),
    "assumption about a stage left out": (
        {"base": BASE, "child": CHILD + "model: {fpn: ~}\nassumptions: {fpn.repeats: why}\n"},
        "child.yaml:5:15: an assumption about 'fpn', which is no stage",
    ),
    "component named like an inherited stage": (
        {"base": BASE, "child": CHILD + "components: {fpn: [attention.*]}\n"},
        "child.yaml:4:14: 'fpn' is already a stage of the model",
    ),
    "document of the base": (
        {"base": BASE, "child": CHILD + "claims: [{doc: doc, says: 5, of: params()}]\n"},
        "child.yaml:4:16: unknown document 'doc' (there are no documents)",
    ),
    "missing base": (
        {"bases": BASE},
        "child.yaml:3:10: there is no spec 'base.yaml' (did you mean 'bases.yaml'?)",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_named_in_the_file_it_is_made_in(write: Write, case: str) -> None:
    texts, expected = MISTAKES[case]
    path = write(**({"child": CHILD} | texts)).with_name("child.yaml")
    with pytest.raises(SpecError) as error:
        load(path)
    assert str(error.value).startswith(f"{path.parent.as_posix()}/{expected}")


@pytest.mark.parametrize(
    ("texts", "where"),
    [
        pytest.param({"a": "a"}, "a", id="itself"),
        pytest.param({"a": "b", "b": "a"}, "b", id="in two steps"),
        pytest.param({"a": "b", "b": "c", "c": "b"}, "c", id="further up"),
    ],
)
def test_a_circle_is_named_at_the_step_that_closes_it(write: Write, texts: dict[str, str], where: str) -> None:
    folder = write(**{name: CHILD.replace("base", base) for name, base in texts.items()}).parent
    with pytest.raises(SpecError) as error:
        load(folder / "a.yaml")
    assert error.value.mark == Mark(f"{folder.as_posix()}/{where}.yaml", 3, 10)
    circle = " → ".join(f"{folder.as_posix()}/{name}.yaml" for name in [*texts, texts[where]])
    assert error.value.message == f"'extends' goes in a circle: {circle}"
