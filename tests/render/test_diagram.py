"""Diagrams: what is on them follows from the model that was measured, and can be read at print size."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from torch import Tensor, nn

from auditor.auditing import Audit
from auditor.render.diagram.architecture import architecture
from auditor.render.diagram.comparison import comparison
from auditor.render.diagram.details import attention, head
from auditor.render.diagram.drawing import diagram
from auditor.render.diagram.level import Level
from auditor.render.diagram.panel import Node, Panel
from auditor.render.diagram.style import Colour, Form
from tests.conftest import ROOT
from tests.render.layout import SVG, laid_out, measured, svg_of

PAGE = (273 / 25.4 * 72, 186 / 25.4 * 72)
"""The points of a sheet of A4 on its side, less margins of 12 mm."""


@pytest.fixture(
    scope="module", params=["baseline", "v1", "v1_paper", "v2_light", "v2_coord", "v2_eca", "v2_target", "released_v1"]
)
def audited(request: pytest.FixtureRequest, audits: dict[str, Audit]) -> Audit:
    return audits[request.param]


def test_nothing_overlaps_and_no_arrow_crosses_a_box(audited: Audit) -> None:
    nodes, edges = laid_out(diagram(audited).source)
    assert len(nodes) > 40
    for one, other in combinations(nodes, 2):
        apart_x = abs(one.x - other.x) - (one.width + other.width) / 2
        apart_y = abs(one.y - other.y) - (one.height + other.height) / 2
        assert max(apart_x, apart_y) > -0.005, f"{one.name} overlaps {other.name}"
    for edge in edges:
        for node in nodes:
            if node.name not in (edge.tail, edge.head):
                assert not any(node.holds(*point) for point in edge.course()), f"{edge} crosses {node.name}"


def test_panels_lie_beside_each_other(audited: Audit) -> None:
    panels = []
    for cluster in svg_of(diagram(audited).source).iter(f"{SVG}g"):
        if cluster.get("class") == "cluster":
            polygon = next(cluster.iter(f"{SVG}polygon")).attrib["points"]
            xs, ys = zip(*(map(float, point.split(",")) for point in polygon.split()), strict=True)
            panels.append((min(xs), min(ys), max(xs), max(ys)))
    assert len(panels) >= 4
    for a, b in combinations(panels, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_no_text_of_the_committed_diagrams_is_under_six_points_on_a_sheet_of_paper(audited: Audit) -> None:
    drawing = ElementTree.parse(ROOT / "diagrams" / f"{audited.spec.name}.svg").getroot()
    width, height = (float(drawing.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    scale = min(1, PAGE[0] / width, PAGE[1] / height)
    assert min(float(text.attrib["font-size"]) for text in drawing.iter(f"{SVG}text")) * scale >= 6


@pytest.mark.parametrize("level", Level)
def test_every_multiplication_is_in_exactly_one_box(audited: Audit, level: Level) -> None:
    """Folded boxes count for all that they stand for, whatever is opened up."""
    assert measured(architecture(audited, level), "MACs") == audited.profile.total.macs


@pytest.mark.parametrize("name", ["baseline", "v1", "v1_paper", "v2_coord", "v2_eca"])
@pytest.mark.parametrize("level", [Level.COMPONENT, Level.BLOCK])
def test_the_parameters_of_all_boxes_are_those_of_the_model(audits: dict[str, Audit], name: str, level: Level) -> None:
    """In a model that shares none among its levels."""
    assert measured(architecture(audits[name], level), "parameters") == audits[name].profile.total.params


def test_three_levels_are_three_lanes_side_by_side(audits: dict[str, Audit]) -> None:
    panel = architecture(audits["v2_coord"])
    rows = [[named_by(panel, name).lines[0].text for name in row] for row in panel.rows]
    stages = ("attention", "fpn_attention", "context", "shuffle")
    assert rows == [[f"{stage}.{level}" for level in range(3)] for stage in stages]
    nodes, _ = laid_out(diagram(audits["v2_coord"]).source)
    places = {place.name.partition("_")[2]: place for place in nodes if place.name.startswith("00_")}
    for row in panel.rows:
        lanes = [places[name] for name in row]
        assert [lane.x for lane in lanes] == sorted(lane.x for lane in lanes)
        assert len({round(lane.y, 1) for lane in lanes}) == 1


def named_by(panel: Panel, name: str) -> Node:
    return next(node for node in panel.nodes if node.name == name)


def test_the_sizes_on_the_arrows_are_those_of_the_tensors_that_flow(audits: dict[str, Audit]) -> None:
    """Held against what hooks see go in and out of the modules of a model built anew."""
    from auditor.models import build

    audit = audits["v2_coord"]
    model = build(audit.spec).eval()
    seen: dict[str, str] = {}

    def note(path: str, module: nn.Module, given: object, out: object) -> None:
        seen.setdefault(path, "×".join(map(str, out.shape[1:])) if isinstance(out, Tensor) else "")

    for path, module in model.named_modules():
        module.register_forward_hook(partial(note, path))
    with torch.no_grad():
        model(torch.zeros(1, *audit.spec.input.shape))
    panel = architecture(audit)
    titles = {node.name: node.lines[0].text for node in panel.nodes}
    lanes = [edge for edge in panel.edges if "." in titles[edge.tail] and edge.label]
    assert len(lanes) == 12
    assert all(edge.label == seen[titles[edge.tail]] for edge in lanes)


def test_attention_is_drawn_operator_by_operator(audits: dict[str, Audit]) -> None:
    def kinds(name: str) -> dict[Form, list[str]]:
        found: dict[Form, list[str]] = {}
        panel = attention(audits[name])
        assert panel is not None
        for node in panel.nodes:
            found.setdefault(node.form, []).append(node.lines[0].text)
        return found

    coordinate = kinds("v2_coord")
    assert coordinate[Form.OPERATION] == ["mean", "mean", "split"]
    assert coordinate[Form.FUSION] == ["concat", "product", "product"]
    assert coordinate[Form.ACTIVATION] == ["sigmoid", "sigmoid"]
    assert set(coordinate[Form.MODULE]) == {"transform", "row_gate", "column_gate", "fpn", "result"}
    assert sorted(kinds("v1")[Form.OPERATION]) == ["max", "max", "mean", "mean"]
    assert kinds("v2_eca")[Form.OPERATION] == ["mean"]
    assert kinds("v2_light")[Form.FUSION][-1] == "add"


def test_the_two_directions_of_coordinate_attention_have_their_sizes(audits: dict[str, Audit]) -> None:
    panel = attention(audits["v2_coord"])
    assert panel is not None
    labels = {edge.label for edge in panel.edges if edge.label}
    assert labels == {"56×80×1", "56×160×1", "8×160×1", "8×80×1", "8×1×80", "56×1×80"}


def test_the_head_shows_one_level_with_its_branches_and_outputs(audits: dict[str, Audit]) -> None:
    panel = head(audits["v1"])
    assert panel is not None
    titles = [" ".join(line.text for line in node.lines[:2]) for node in panel.nodes]
    for branch in ("see_3", "shared", "see_5", "widen", "see_7"):
        assert sum(f"context.0.{branch}" in title for title in titles) == 1
    assert any(title.startswith("shuffle.0") for title in titles)
    outputs = {node.lines[0].text: node.lines[1].text for node in panel.nodes if node.colour is Colour.RESULT}
    assert outputs == {"boxes": "16800×4", "classes": "16800×2", "landmarks": "16800×10"}


def test_a_refuted_figure_is_struck_through_beside_the_measured_one(audits: dict[str, Audit]) -> None:
    notes = {node.lines[0].text: node for node in architecture(audits["v2_coord"]).nodes if node.form is Form.NOTE}
    backbone, pyramid, gates = notes["backbone"], notes["fpn"], notes["fpn_attention"]
    assert (backbone.lines[1].text, backbone.lines[2].struck) == ("213,072 params", "460K")
    assert pyramid.lines[2].struck == "25K"
    assert "4K ✓" in gates.lines[2].text
    assert not gates.lines[2].struck
    assert "<S>460K</S>" in diagram(audits["v2_coord"]).source


def test_pointing_at_a_box_tells_exact_figures_and_claims(audits: dict[str, Audit]) -> None:
    audit = audits["v2_coord"]
    tips = {node.lines[0].text: node.tip.split("\n") for node in architecture(audit).nodes if node.tip}
    backbone = audit.profile.under(["backbone"])
    assert tips["backbone"] == [
        "backbone",
        "MobileNetV1",
        "213,072 parameters",
        f"{backbone.macs:,} MACs, {backbone.flops:,} FLOPs",
        "backbone: measured 213,072, claimed 460K ✗",
    ]
    assert tips["fpn_attention.1"][-1] == "fpn_attention: measured 4,440, claimed 4K ✓ (4×)"
    titles = [
        anchor.get("{http://www.w3.org/1999/xlink}title") for anchor in svg_of(diagram(audit).source).iter(f"{SVG}a")
    ]
    assert "\n".join(tips["backbone"]) in titles


def test_the_comparison_has_what_changed_and_what_it_costs(audits: dict[str, Audit]) -> None:
    rows = {
        row[0][0].text: [cell[0].text if cell else "" for cell in row] for row in comparison(audits["v2_coord"]).table
    }
    cbam, coordinate = 56 // 16, 8
    gates = 3 * (2 * 56 * cbam + cbam + 56 + 2 * 49 + 2)
    directions = 3 * ((56 * coordinate + coordinate) + 2 * coordinate + 2 * (coordinate * 56 + 56))
    assert rows["fpn_attention"][1:4] == [f"{gates:,}", f"{directions:,}", f"+{directions - gates:,}"]
    assert rows["backbone"][3] == "same"
    assert rows["total"][3] == f"+{directions - gates:,}"
    removed = [row[0] for row in comparison(audits["released_v1"]).table]
    assert sum("removed" in " ".join(line.text for line in cell) for cell in removed) == 2


@pytest.mark.parametrize(
    ("colour", "fill"),
    [
        (Colour.PROCESSING, "#3498db"),
        (Colour.TENSOR, "#e74c3c"),
        (Colour.ATTENTION, "#e67e22"),
        (Colour.PYRAMID, "#27ae60"),
        (Colour.CONTEXT, "#9b59b6"),
        (Colour.HEAD, "#1abc9c"),
        (Colour.RESULT, "#34495e"),
    ],
)
def test_colours_are_those_of_the_documented_table(audits: dict[str, Audit], colour: Colour, fill: str) -> None:
    assert colour.fill == fill
    assert f'fillcolor="{fill}"' in diagram(audits["v2_coord"]).source


def test_shapes_are_those_of_the_documented_table(audits: dict[str, Audit]) -> None:
    shapes = {Form.MODULE: "box", Form.OPERATION: "ellipse", Form.ACTIVATION: "diamond", Form.FUSION: "hexagon"}
    shapes[Form.NOTE] = "note"
    assert {form: form.shape for form in Form} == shapes
    source = diagram(audits["v2_coord"]).source
    assert all(f"shape={shape}" in source for shape in shapes.values())
    assert all(f"label=<{form.meaning}>" in source for form in Form)


def test_text_can_be_told_from_what_it_stands_on() -> None:
    def luminance(colour: str) -> float:
        channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for colour in Colour:
        darker, lighter = sorted((luminance(colour.fill), luminance(colour.text)))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_the_same_spec_gives_the_same_picture_in_every_process(root: Path) -> None:
    script = (
        "from auditor.auditing import audit; from auditor.render.diagram.drawing import diagram; import hashlib;"
        "picture = diagram(audit('specs/v2_eca.yaml'));"
        "print(hashlib.sha256(picture.source.encode() + picture.draw('svg')).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_claims_about_operations_stand_beside_them(audits: dict[str, Audit]) -> None:
    (total,) = [row for row in comparison(audits["baseline"]).table if row[0][0].text == "total"]
    assert [line.struck for line in total[-1] if line.struck] == ["1.013G"]
