"""Diagrams of anyone's models: folded, readable, and true."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.auditing import Audit, audit
from auditor.errors import AuditError
from auditor.render.diagram.architecture import architecture
from auditor.render.diagram.comparison import comparison
from auditor.render.diagram.drawing import diagram
from auditor.render.diagram.level import Level
from tests.render.layout import laid_out, measured, svg_of

NETS = """
import torch
from PIL import Image
from torch import nn


class Unit(nn.Module):
    def __init__(self, width, stride):
        super().__init__()
        self.conv = nn.Conv2d(width // stride, width, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.again = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.renorm = nn.BatchNorm2d(width)
        self.act = nn.ReLU()
        self.short = nn.Conv2d(width // 2, width, 1, 2) if stride == 2 else nn.Identity()

    def forward(self, x):
        return self.act(self.renorm(self.again(self.act(self.norm(self.conv(x))))) + self.short(x))


class Net(nn.Module):
    def __init__(self, depth=12):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.stages = nn.ModuleList(
            nn.Sequential(*(Unit(8 * 2**stage, 2 if stage and not unit else 1) for unit in range(depth)))
            for stage in range(4)
        )
        self.head = nn.Linear(64, 10)

    def forward(self, image):
        x = self.stem(image)
        for stage in self.stages:
            x = stage(x)
        return {"scores": self.head(x.mean((2, 3)))}
"""

FACTORY = """\
name: net
title: A network of hundreds of modules
input: [3, 32, 32]
model: {factory: "nets:Net"}
documents: {readme: {title: A README}}
claims: [{doc: readme, line: 1, says: "1,234", of: params(head), known: refuted, reason: A slip.}]
"""


def test_a_model_of_hundreds_of_modules_stays_readable(tmp_path: Path) -> None:
    """Folded level by level: whatever is opened up, what repeats is there once."""
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")
    (tmp_path / "net.yaml").write_text(FACTORY, encoding="utf-8")
    audited = audit(tmp_path / "net.yaml")
    assert len(audited.profile.modules) > 300
    boxes = {level: len(architecture(audited, level).nodes) for level in Level}
    assert boxes[Level.COMPONENT] <= 10
    assert boxes[Level.BLOCK] <= 15
    assert boxes[Level.MODULE] <= 70
    titles = [
        node.lines[0].text + "".join(line.text for line in node.lines[1:2])
        for node in architecture(audited, Level.BLOCK).nodes
    ]
    assert sum("×12" in title for title in titles) == 1
    assert sum("×11" in title for title in titles) == 3
    for level in Level:
        assert measured(architecture(audited, level), "MACs") == audited.profile.total.macs
        nodes, edges = laid_out(diagram(audited, level).source)
        assert not any(
            node.holds(*point)
            for edge in edges
            for node in nodes
            for point in edge.course()
            if node.name not in (edge.tail, edge.head)
        )
    assert "<S>1,234</S>" in diagram(audited).source


def drawn_net(tmp_path: Path, source: str, factory: str, given: str) -> Audit:
    """The audit of a model that a test writes."""
    (tmp_path / "own.py").write_text(f"import torch\nfrom torch import nn\n{source}", encoding="utf-8")
    spec = f'name: own\ntitle: Own\ninput: {given}\nmodel: {{factory: "own:{factory}"}}\nbudgets: {{params(): 1M}}\n'
    (tmp_path / "own.yaml").write_text(spec, encoding="utf-8")
    return audit(tmp_path / "own.yaml")


SIAMESE = """
class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(4, 8), nn.ReLU())
        self.bias = nn.Parameter(torch.zeros(5))

    def forward(self, left, right):
        return (self.tower(left) - self.tower(right)).abs().sum(), self.bias + 1
"""


def test_weights_are_counted_where_they_are_first_at_work(tmp_path: Path) -> None:
    panel = architecture(drawn_net(tmp_path, SIAMESE, "Siamese", "[[4], [4]]"))
    towers = [[line.text for line in node.lines] for node in panel.nodes if node.lines[0].text == "tower"]
    assert [lines[-2] for lines in towers] == ["40 params", "same weights"]
    assert measured(panel, "parameters") == 40


def test_the_table_adds_up_with_what_lies_in_no_component(tmp_path: Path) -> None:
    drawn = drawn_net(tmp_path, SIAMESE, "Siamese", "[[4], [4]]")
    _, *rows, total = [[cell[0].text if cell else "" for cell in row] for row in comparison(drawn).table]
    assert [row[0] for row in rows] == ["tower", "outside of these"]
    assert sum(int(row[1]) for row in rows) == int(total[1]) == 45


SCALAR = """
class Half(nn.Module):
    def forward(self, x):
        return x * 2, x.mean()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.both = Half()
        self.wide = nn.Linear(4, 4)

    def forward(self, x):
        y, mean = self.both(x)
        return self.wide(y) + mean
"""


def test_a_single_number_on_an_arrow_has_the_size_one(tmp_path: Path) -> None:
    drawn = drawn_net(tmp_path, SCALAR, "Net", "[4]")
    assert {edge.label for edge in architecture(drawn).edges} == {"", "1", "4"}
    assert svg_of(diagram(drawn).source) is not None


DENSE = """
class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4 * (n + 1), 4) for n in range(40))

    def forward(self, x):
        found = [x]
        for layer in self.layers:
            found.append(layer(torch.cat(found, 1)))
        return found[-1]
"""


def test_what_is_too_tangled_to_read_is_one_box_and_refused_at_other_levels(tmp_path: Path) -> None:
    drawn = drawn_net(tmp_path, DENSE, "Dense", "[4]")
    assert [node.lines[0].text for node in architecture(drawn).nodes] == ["x", "own", "output"]
    with pytest.raises(AuditError, match="arrows at the level 'block' are too tangled"):
        architecture(drawn, Level.BLOCK)


ODD = """
class Nothing(nn.Module):
    def forward(self, x):
        return x


class Silent(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        self.layer(x)


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3))

    def forward(self, x):
        return self.weight * 2
"""


@pytest.mark.parametrize(
    ("factory", "arrows"),
    [("Nothing", {("x", "output")}), ("Silent", {("x", "layer")}), ("Constant", {("own", "output")})],
)
def test_models_that_hardly_do_anything_are_drawn_as_they_are(
    tmp_path: Path, factory: str, arrows: set[tuple[str, str]]
) -> None:
    drawn = drawn_net(tmp_path, ODD, factory, "[4]")
    for level in Level:
        panel = architecture(drawn, level)
        titles = {node.name: node.lines[0].text for node in panel.nodes}
        assert {(titles[edge.tail], titles[edge.head]) for edge in panel.edges} == arrows
        assert svg_of(diagram(drawn, level).source) is not None
