"""Numbers that claim nothing: what is set aside without being asked, each with its reason.

A rule is a reason with a pattern. It sets aside the whole match, or its group `it` where there is
one. Rules are tried in order, and the first one to reach a place has it. Each is as narrow as its
reason: what could be a figure about a model is never set aside here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from auditor.reading.structure import Kind, Line


@dataclass(frozen=True)
class Rule:
    """A reason to set a number aside, and what such a number looks like."""

    reason: str
    regex: str
    flags: re.RegexFlag
    kinds: tuple[Kind, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression, compiled when a document is read."""
        return re.compile(self.regex, self.flags)


@dataclass(frozen=True)
class Region:
    """A stretch of a line that is set aside."""

    start: int
    end: int
    reason: str

    def holds(self, start: int, end: int) -> bool:
        return start < self.end and end > self.start


_MONTHS = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|f[ée]vr(?:ier)?|mar(?:ch|s)?|märz|apr(?:il)?|avr(?:il)?|ma[yi]"
    r"|june?|juni|juin|july?|juli|juil(?:let)?|aug(?:ust)?|ao[uû]t|sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?"
    r"|nov(?:ember|embre)?|de[cz](?:ember|embre)?|d[ée]c(?:embre)?)\.?"
)
_YEAR = r"(?:19[5-9]\d|20[0-3]\d)"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_FILES = (
    "bin|cfg|ckpt|conf|cpp|csv|dot|engine|gguf|gif|h5|hdf5|html|ini|ipynb|jpe?g|json|log|md|mlmodel|npy|npz"
    "|onnx|pb|pdf|pkl|png|pth|pt|py|rst|safetensors|sh|svg|tar|tex|tflite|toml|txt|whl|xml|ya?ml|zip"
)
_LABELS = (
    "algorithm|annexe|appendix|chapter|chapitre|eq\\.|equation|étape|fig\\.|figure|abbildung|footnote|kapitel|listing"
    "|phase|priority|schritt|section|step|tab\\.|table|tabelle|tableau"
)
_ORDINALS = "block|decoder|encoder|étage|layer|level|niveau|stage|stufe"
_SOFTWARE = (
    "cuda|cudnn|debian|gcc|java|keras|license|licence|macos|node|numpy|onnx|opencv|opset|python|pytorch|release"
    "|tensorflow|tensorrt|torch|torchaudio|torchvision|transformers|ubuntu|version|windows"
)
_PLATFORMS = "cuda|debian|java|macos|opset|python|ubuntu|windows"
_NO_UNIT = r"(?![\w.]|\.\d|\s?[%×]|\s?(?:[KMGT]i?B|[kKMG]|ms|s|FPS|MACs|params)\b)"
_OR_THEN = r"(?:\s?(?:–|-|/|to|or|and|bis|und|à|et)\s?(?P<then>\d+\.\d+)\b|\+)?"
_DEVICES = "Cortex|Galaxy|GTX|iPhone|Jetson|Nexus|Pi|Pixel|Quadro|RTX|Ryzen|Snapdragon|Tesla|Xeon"


def _rule(reason: str, regex: str, *kinds: Kind, flags: re.RegexFlag = re.IGNORECASE) -> Rule:
    return Rule(reason, regex, flags, kinds or tuple(Kind))


_CASED = re.RegexFlag(0)

RULES: tuple[Rule, ...] = (
    _rule("markup", r".+", Kind.FENCE),
    _rule("markup", r"</?[a-z!][^<>]*>", Kind.PROSE, Kind.ITEM, Kind.TABLE, Kind.HEADING, Kind.MARKUP),
    _rule("web address", r"\b(?:https?|ftp)://[^\s)>\"'|]+"),
    _rule("link target", r"\]\((?P<it>[^)]*)\)"),
    _rule("footnote", r"\[\^[^\]]+\]"),
    _rule("link target", r"^\[[^\]]+\]:\s*<?(?:\w+:|\.{0,2}/|#|[a-z][\w.-]*/)\S*", Kind.PROSE),
    _rule("reference", r"^\s*(?:pages|volume|number|eprint|doi|url|issn|isbn|month)\s*=\s*[{\"].*"),
    _rule("reference", r"(?<!\d)(?<!\d\s)\bpp\.\s?\d+(?:[–-]+\d+)?"),
    _rule("reference", r"\barxiv[:\s]\s?\d{4}\.\d{4,5}(?:v\d+)?\b|\b10\.\d{4,9}/\S+"),
    _rule("list number", r"^[>\s]*(?P<it>\d+[.)])(?=\s)", Kind.ITEM),
    _rule("list number", r"^#+\s*(?P<it>\d+(?:\.\d+)*[.)])(?=\s)", Kind.HEADING),
    _rule("list number", r"^#+\s*(?P<it>\d+(?:\.\d+)+)(?=\s+[^\W\da-z_][a-zà-ÿ])", Kind.HEADING, flags=_CASED),
    _rule("list number", r"^#+\s*(?P<it>\d{1,2})(?=\s+[A-Z][a-z])", Kind.HEADING, flags=_CASED),
    _rule("list number", r"^(?:#|//|\*)?\s*(?P<it>\d+[.)])(?=\s+[^\W\d])", Kind.CODE, Kind.DRAWING),
    _rule("label", rf"\b(?:{_LABELS})\s?\(?(?P<it>\d+(?:\.\d+)*(?-i:[a-z])?)\b(?!\s?[%×]|[.,]\d)"),
    _rule("label", rf"\b(?:{_ORDINALS})\s(?P<it>\d{{1,2}})\b(?!\s?[%×]|[.,]\d|\s+(?-i:[a-z]))"),
    _rule("colour code", r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|(?=\d*[a-f])[0-9a-f]{3})\b"),
    _rule("issue number", r"(?<!\w)#\d+\b(?!\.\d)"),
    _rule("file name", rf"(?<![\w.~@/-])[\w.~@/-]*\w\.(?:{_FILES})\b(?![/\w])"),
    _rule("checksum", r"\b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,64}\b", flags=_CASED),
    _rule("date", rf"\b{_YEAR}([-/.]){_MONTH}\1{_DAY}(?:[T\s]+\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?\b"),
    _rule("date", rf"\b(?:{_DAY}([./]){_MONTH}|{_MONTH}([./]){_DAY})(?:\1|\2){_YEAR}\b"),
    _rule(
        "date", rf"\b{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}\b|\b(?:\d{{1,2}}\.?\s+)?{_MONTHS}\s+{_YEAR}\b"
    ),
    _rule("date", r"\b\d{1,2}:\d{2}:\d{2}\b|(?<![\w-])(?:19|20)\d{2}-(?:0[1-9]|1[0-2])(?![\w-])"),
    _rule(
        "year", rf"\((?P<it>{_YEAR}[a-z]?)\)|\bet\s+al\.?,?\s+(?P<then>{_YEAR})\b|(?:©|copyright)\s*(?P<also>{_YEAR})\b"
    ),
    _rule(
        "year",
        rf"\b(?!FLOPs|MACs|GPUs?\b|CPUs?\b|RAM\b)[A-Z][A-Za-z]*[A-Z]\w*[\s'’-]\s?(?P<it>{_YEAR})\b(?!\s?[%×KMGBx]|\.\d)",
        flags=_CASED,
    ),
    _rule("year", rf",\s(?P<it>{_YEAR})[.,]?(?=\s*(?:arXiv|$))"),
    _rule("year", rf"\b(?:year|année|jahr)\s*[:=]\s*[\"'{{]?(?P<it>{_YEAR})\b"),
    _rule("version", r"\bv\d+(?:\.\d+)+\w*\b|(?<![\d.])\d+\.\d+\.\d+(?:[.+-]?\w+)*\b"),
    _rule(
        "version",
        r"(?<![\w.-])(?!(?i:acc|auc|conf|f1|iou|loss|lr|map|score|top))[a-z][\w-]*(?:\[\w+\])?"
        r"(?:==|>=|<=|~=)(?P<it>\d+\.\d+(?:\.\d+)*)\b(?!\s?%)",
        flags=_CASED,
    ),
    _rule("version", rf"\b(?:{_SOFTWARE})[\s:=≥>]*(?P<it>\d+(?:\.\d+)+){_NO_UNIT}{_OR_THEN}"),
    _rule("version", rf"\b(?:{_PLATFORMS})\s?(?:>=|≥|=)?\s?(?P<it>\d+(?:\.\d+)*){_NO_UNIT}{_OR_THEN}"),
    _rule(
        "version",
        r"\b(?:Apache(?:-|\s)(?:License\s)?|CC[ -]BY[ \w-]*?|A?GPL[ -]?|LGPL[ -]?|MPL[ -]?)(?P<it>v?\d(?:\.\d)?)\b",
    ),
    _rule("device", rf"\b(?:{_DEVICES})[\s-](?:[A-Z][a-z]*[\s-]?)?\d+\w*\b(?!\.\d|\s?%)", flags=_CASED),
    _rule(
        "part of a name",
        r"(?<![\w.])(?!MLP|FC|Conv|Linear|Dense|LSTM|GRU)[A-Z][A-Za-z]+(?:-[A-Za-z0-9]+)*-\d+[KkMB]?\b(?!\.\d|[×%]|-?\d)",
        flags=_CASED,
    ),
    _rule("part of a name", r"(?<![\w.-])[a-z][\w]+(?:-[a-z]+)*-\d+(?:\.\d+)?[kmb]\b", flags=_CASED),
    _rule("part of a name", r"\btop-[15]\b|\b(?:rouge|bleu|f|fid)-\d+k?\b|\b[a-z]+@\d+\b(?!\.)"),
    _rule(
        "part of a name",
        r"(?<![\w])(?![krsdLhgx]\d+\b)[^\W\d](?:(?!\d+(?:\.\d|×\d))\w)*",
        *(kind for kind in Kind if kind is not Kind.CODE),
        flags=_CASED,
    ),
    _rule("part of a name", r"(?<![\w])[^\W\d](?:(?!\d+(?:\.\d|×\d))\w)*", Kind.CODE),
)


def set_aside(line: Line) -> tuple[Region, ...]:
    """The stretches of a line whose numbers claim nothing."""
    found: list[Region] = []
    for region in _regions(line):
        if not any(earlier.holds(region.start, region.end) for earlier in found):
            found.append(region)
    return tuple(sorted(found, key=lambda region: region.start))


def _regions(line: Line) -> Iterator[Region]:
    for rule in RULES:
        if line.kind in rule.kinds:
            for match in rule.pattern.finditer(line.numerals):
                named = [match.span(name) for name, text in match.groupdict().items() if text]
                for start, end in named or [match.span()]:
                    if any(character.isdecimal() for character in line.text[start:end]):
                        yield Region(start, end, rule.reason)
