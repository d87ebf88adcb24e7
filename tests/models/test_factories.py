"""Models of anyone's: how a factory is imported, called and refused, and what its model is run on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from by_hand import count
from torch import nn

import auditor
from auditor.auditing import measure
from auditor.claims.scope import Variant
from auditor.errors import SpecError
from auditor.spec import load

NETS = """\
from torch import nn
from .layers import layer

class Net(nn.Module):
    def __init__(self, width, depth=2, names=(), options=None):
        super().__init__()
        self.given = (width, depth, names, options)
        self.stem = layer(3, width)
        self.body = nn.Sequential(*(layer(width, width) for _ in range(depth)))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.idle = nn.Identity()

    def forward(self, image):
        from .late import twice
        print("running")
        return twice(self.pool(self.body(self.stem(image))))

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    @staticmethod
    def anything(**arguments):
        return Net(**arguments)

def number():
    return 5

def kind():
    return Net

def fails(text):
    raise ValueError(text)

def leaves():
    raise SystemExit("bye")

WIDTH = 8
"""
LAYERS = "from torch import nn\n\ndef layer(inputs, outputs):\n    return nn.Conv2d(inputs, outputs, 3, padding=1)\n"
LATE = "def twice(x):\n    return x * 2\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a package `nets`, and beside it a spec of a model."""
    package = tmp_path / "nets"
    package.mkdir()
    for name, text in {"__init__": "", "small": NETS, "layers": LAYERS, "late": LATE}.items():
        (package / f"{name}.py").write_text(text, encoding="utf-8")

    def write(model: str, more: str = "", inputs: str = "[3, 8, 8]") -> Path:
        path = tmp_path / "net.yaml"
        path.write_text(f"name: net\ntitle: Net\ninput: {inputs}\nmodel: {model}\n{more}", encoding="utf-8")
        return path

    return write


def conv(inputs: int, outputs: int) -> int:
    """The parameters of a 3×3 convolution."""
    return inputs * outputs * 9 + outputs


def test_a_class_beside_the_spec_is_called_with_its_arguments(write: Write) -> None:
    args = "{width: 4, depth: 3, names: [a, 2.5, ~], options: {on: true, day: 2024-01-01, deep: {er: [[1]]}}}"
    model = auditor.build(load(write(f"{{factory: 'nets.small:Net', args: {args}}}")))
    assert count(model) == conv(3, 4) + 3 * conv(4, 4)
    options = {"on": True, "day": "2024-01-01", "deep": {"er": [[1]]}}
    assert model.given == (4, 3, ["a", 2.5, None], options)


@pytest.mark.parametrize(
    "model",
    [
        "{factory: 'nets.small:Net.from_config', args: {config: {width: 4}}}",
        "{factory: 'nets.small:Net.anything', args: {width: 4}}",
        "{factory: 'nets.small:Net', args: {width: 4}}",
    ],
)
def test_any_callable_will_do(write: Write, model: str) -> None:
    assert count(auditor.build(load(write(model)))) == conv(3, 4) + 2 * conv(4, 4)


def test_what_is_not_beside_the_spec_comes_from_the_environment(write: Write) -> None:
    model = auditor.build(load(write("{factory: 'torch.nn:Linear', args: {in_features: 3, out_features: 5}}")))
    assert type(model) is nn.Linear


def test_a_folder_without_an_init_file_is_a_package_too(write: Write) -> None:
    path = write("{factory: 'nets.small:Net', args: {width: 4}}")
    (path.parent / "nets" / "__init__.py").unlink()
    assert count(auditor.build(load(path))) == conv(3, 4) + 2 * conv(4, 4)


def test_nothing_of_a_folder_stays_behind_whatever_else_is_imported_from_it(write: Write) -> None:
    path = write("{factory: 'nets.small:Net', args: {width: 4}}")
    (path.parent / "nets" / "__init__.py").unlink()
    (path.parent / "links").symlink_to("nets")
    before = set(sys.modules)
    for package in ("nets", "links", "nets"):
        text = path.read_text(encoding="utf-8").replace("nets.small", f"{package}.small")
        (path.parent / "other.yaml").write_text(text, encoding="utf-8")
        assert count(auditor.build(load(path.parent / "other.yaml"))) == conv(3, 4) + 2 * conv(4, 4)
        assert set(sys.modules) == before


def test_modules_of_one_name_in_several_folders_are_not_mistaken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Python has imported one of that name itself; it is still there afterwards."""
    widths = {"one": 3, "two": 5, "elsewhere": 7}
    for folder, width in widths.items():
        files = {
            "width_of.py": f"WIDTH = {width}\n",
            "net_of.py": "import width_of\nfrom torch import nn\n\ndef net():\n    return nn.PReLU(width_of.WIDTH)\n",
            "net.yaml": "name: net\ntitle: Net\ninput: [3]\nmodel: {factory: 'net_of:net'}\n",
        }
        (tmp_path / folder).mkdir()
        for name, text in files.items():
            (tmp_path / folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    import width_of  # type: ignore[import-not-found]

    path = sys.path[:]
    for _ in range(2):
        found = {folder: count(auditor.build(load(tmp_path / folder / "net.yaml"))) for folder in widths}
        assert found == widths
    assert sys.path == path
    assert sys.modules["width_of"] is width_of
    assert "net_of" not in sys.modules
    monkeypatch.delitem(sys.modules, "width_of")


def test_a_modules_code_runs_once(write: Write) -> None:
    path = write("{factory: 'counted:net'}")
    code = "open('runs', 'a').write('.')\nfrom torch import nn\ndef net():\n    return nn.Linear(2, 2)\n"
    (path.parent / "counted.py").write_text(code.replace("'runs'", repr(str(path.parent / "runs"))), encoding="utf-8")
    spec = load(path)
    assert type(auditor.build(spec)) is type(auditor.build(spec)) is nn.Linear
    assert (path.parent / "runs").read_text(encoding="utf-8") == "."


def test_what_is_random_is_the_same_each_time_and_nobodys_numbers_change(write: Write) -> None:
    spec = load(write("{factory: 'nets.small:Net', args: {width: 4}}"))
    before = torch.get_rng_state()
    one, two = (auditor.build(spec).get_parameter("stem.weight") for _ in range(2))
    assert torch.equal(one, two)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_a_factory_sets_for_all_of_torch_is_set_back(write: Write) -> None:
    path = write("{factory: 'setting:net'}")
    code = """
import random
import torch
from torch import nn

def net():
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(False)
    return nn.Linear(random.randint(1, 1000), 2)
"""
    (path.parent / "setting.py").write_text(code, encoding="utf-8")
    spec = load(path)
    widths = {auditor.build(spec).get_parameter("weight").shape for _ in range(2)}
    assert len(widths) == 1
    assert torch.get_default_dtype() is torch.float32
    assert torch.is_grad_enabled()


def test_imports_within_forward_find_the_modules_beside_the_spec(write: Write) -> None:
    variant = measure(load(write("{factory: 'nets.small:Net', args: {width: 4}}")))
    assert variant.profile.total.macs == 64 * 9 * (3 * 4 + 2 * 4 * 4)


# What is wrong is said at its place, marked ^


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("{factory: '^nets.smal:Net'}", "'nets' has no module 'smal' (did you mean 'small'?)"),
        ("{factory: '^nets.small.deeper:Net'}", "'nets.small' has no module 'deeper' (there are no modules there)"),
        (
            "{factory: '^net:Net'}",
            "there is no module 'net', neither beside the spec nor installed (did you mean 'nets'?)",
        ),
        (
            "{factory: '^torhc.nn:Linear'}",
            "there is no module 'torhc', neither beside the spec nor installed (did you mean 'torch'?)",
        ),
        ("{factory: 'nets.small:^Nte'}", "'nets.small' has no 'Nte' (did you mean 'Net'?)"),
        (
            "{factory: 'nets.small:^Net.from_confg'}",
            "'nets.small.Net' has no 'from_confg' (did you mean 'from_config'?)",
        ),
        ("{factory: 'nets.small:^WIDTH'}", "'nets.small:WIDTH' is a value of type int, which cannot be called"),
        (
            "{factory: 'nets.small:Net', args: {^widht: 4}}",
            "'Net' has no argument 'widht' (did you mean 'width'?)",
        ),
        ("{factory: '^nets.small:Net'}", "'Net' lacks the argument 'width'"),
        ("{factory: '^nets.small:Net', args: {width: wide}}", "'nets.small:Net' fails: TypeError: "),
        ("{factory: '^nets.small:Net.anything', args: {widht: 4}}", "'nets.small:Net.anything' fails: TypeError: "),
        ("{factory: '^nets.small:fails', args: {text: no}}", "'nets.small:fails' fails: ValueError: "),
        ("{factory: '^nets.small:leaves'}", "'nets.small:leaves' fails: SystemExit: bye"),
        ("{factory: '^nets.small:number'}", "'nets.small:number' gives a value of type int, not an nn.Module"),
        ("{factory: '^nets.small:kind'}", "'nets.small:kind' gives the class Net, not an nn.Module"),
        ("{factory: '^nets.broken:Net'}", "'nets.broken:Net' cannot be imported: SyntaxError: "),
        (
            "{factory: '^nets.needy:Net'}",
            "'nets.needy:Net' cannot be imported: ModuleNotFoundError: No module named 'nowhere'",
        ),
    ],
)
def test_a_factory_that_makes_no_model_is_refused_at_its_place(write: Write, model: str, reason: str) -> None:
    package = write(model).parent / "nets"
    (package / "broken.py").write_text("def\n", encoding="utf-8")
    (package / "needy.py").write_text("import nowhere\n", encoding="utf-8")
    with pytest.raises(SpecError) as error:
        auditor.build(load(write(model.replace("^", ""))))
    assert error.value.message.startswith(reason)
    assert (error.value.mark.line, error.value.mark.column) == (4, f"model: {model}".index("^") + 1)


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("args.dpth", "'Net' has no argument 'dpth' to assume (did you mean 'depth'?)"),
        ("bdy", "an assumption about 'bdy', which is no component (did you mean 'body'?)"),
    ],
)
def test_an_assumption_about_nothing_is_refused(write: Write, subject: str, reason: str) -> None:
    path = write("{factory: 'nets.small:Net', args: {width: 4}}", f"assumptions: {{{subject}: nobody says}}\n")
    with pytest.raises(SpecError) as error:
        auditor.build(load(path))
    assert (error.value.message, error.value.mark.line, error.value.mark.column) == (reason, 5, 15)


def test_assumptions_are_about_arguments_components_and_the_input(write: Write) -> None:
    subjects = "args.width: a, args.depth: b, body: c, all: d, input: e"
    more = f"assumptions: {{{subjects}}}\ncomponents: {{all: [body, stem]}}\n"
    auditor.build(load(write("{factory: 'nets.small:Net', args: {width: 4}}", more)))


# Components


def test_the_components_are_what_lies_right_below_the_model_and_holds_or_does_something(write: Write) -> None:
    variant = measure(load(write("{factory: 'nets.small:Net', args: {width: 4}}")))
    assert list(variant.listed) == ["stem", "body", "pool"]


def test_components_that_are_declared_stand_alone(write: Write) -> None:
    declared = "components: {last: [body.1], first: [stem, body.0]}\n"
    path = write("{factory: 'nets.small:Net', args: {width: 4}}", declared)
    variant = measure(load(path))
    assert variant.listed == {"first": ("stem", "body.0"), "last": ("body.1",)}


# Inputs

TWO = """\
import torch
from torch import nn

class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(100, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.words_out = nn.Linear(8, 100, bias=False)
        self.words_out.weight = self.words.weight

    def forward(self, ids, mask=None):
        assert ids.dtype is torch.int64 and 0 < ids.max() < 100
        return self.words_out(self.encoder(self.words(ids), src_key_padding_mask=mask))

class Leaving(nn.Module):
    def forward(self, x):
        raise SystemExit(0)


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.image, self.number = nn.Linear(12, 4), nn.Linear(1, 4)

    def forward(self, image, number, past, more=None):
        assert type(past) is list and type(past[0]) is dict and past[0]["key"].shape == (1, 2)
        assert number.dtype is torch.float64 and number.shape == (1,)
        return self.image(image.flatten(-3)) + self.number(number.float()[:, None]) + past[1].sum()
"""

RUNS: dict[str, tuple[str, str, int]] = {
    "tokens": ("Text", "{shape: [7], dtype: int64, high: 100}", 800),
    "tokens by name, and a mask": (
        "Text",
        "{ids: {shape: [7], dtype: int64, high: 100}, mask: {shape: [7], dtype: bool}}",
        800,
    ),
    "by place, with a list and a mapping": (
        "Both",
        "[[3, 2, 2], {shape: [], dtype: float64}, [{key: [2]}, {shape: [2], batch: false}]]",
        60,
    ),
    "by name": (
        "Both",
        "{past: [{key: [2]}, [5]], image: {shape: [3, 2, 2], batch: false}, number: {shape: [], dtype: float64}}",
        60,
    ),
}


@pytest.fixture
def two(write: Write) -> Callable[[str, str], Variant]:
    """Measure a model of several inputs."""

    def two(factory: str, inputs: str) -> Variant:
        path = write(f"{{factory: 'two:{factory}'}}", inputs=inputs)
        (path.parent / "two.py").write_text(TWO, encoding="utf-8")
        return measure(load(path))

    return two


@pytest.mark.parametrize(("factory", "inputs", "least"), RUNS.values(), ids=RUNS)
def test_a_model_is_run_on_what_the_spec_says(
    two: Callable[[str, str], Variant], factory: str, inputs: str, least: int
) -> None:
    variant = two(factory, inputs)
    assert variant.profile.total.params >= least
    assert variant.profile.unused == ()
    assert variant.profile == two(factory, inputs).profile


@pytest.mark.parametrize(
    ("factory", "inputs", "place", "reason"),
    [
        ("Text", "{idz: {shape: [7], dtype: int64}}", "3:14", "the model takes no input 'idz' (did you mean 'ids'?)"),
        ("Both", "[[3, 2, 2]]", "3:8", "the model does not run on an input of this shape (batch left out): TypeError"),
        ("Leaving", "[3]", "3:8", "the model does not run on an input of this shape (batch left out): SystemExit"),
        ("Both", "[[3], [1]]", "3:8", "the model does not run on inputs of these shapes (batch left out): TypeError"),
    ],
)
def test_inputs_that_a_model_cannot_take_are_the_specs_mistake(
    two: Callable[[str, str], Variant], factory: str, inputs: str, place: str, reason: str
) -> None:
    with pytest.raises(SpecError) as error:
        two(factory, inputs)
    assert error.value.message.startswith(reason)
    assert f"{error.value.mark.line}:{error.value.mark.column}" == place


def test_stages_take_one_input(write: Write) -> None:
    with pytest.raises(SpecError, match="3:8: one input is wanted here, such as \\[3, 640, 640\\], not several"):
        auditor.build(load(write("{a: {block: eca}}", inputs="[[3, 8, 8], [3, 8, 8]]")))


RESNET = """\
from collections import OrderedDict
from torch import nn

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)

    def forward(self, x):
        return (x + self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))).relu()

def resnet(depths, width):
    layers = {f"layer{n}": nn.Sequential(*(Block(width) for _ in range(d))) for n, d in enumerate(depths, 1)}
    return nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, width, 7), **layers))
"""


def test_a_model_of_hundreds_of_modules_is_measured_by_its_layers(write: Write) -> None:
    path = write("{factory: 'resnet:resnet', args: {depths: [3, 8, 36, 3], width: 4}}")
    (path.parent / "resnet.py").write_text(RESNET, encoding="utf-8")
    variant = measure(load(path))
    assert list(variant.listed) == ["conv1", "layer1", "layer2", "layer3", "layer4"]
    block = 2 * (4 * 4 * 9 + 8)
    assert [variant.profile.under([f"layer{n}"]).params for n in (1, 2, 3, 4)] == [d * block for d in (3, 8, 36, 3)]
    assert len(variant.profile.modules) > 250
