"""Draft claims for figures that no spec speaks of, with a guess of what they are about."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.reading.amounts import COUNT, FACTOR, SHARE, SIZE, Amount, heading_unit
from auditor.reading.figures import Figure
from auditor.reading.places import spans
from auditor.reading.structure import Kind, Reading
from auditor.spec import Spec
from auditor.spec.printed import Printed

TRAINED = "trained weights and the data they are measured on."
DEVICE = "the device it was measured on."
TRAINING = "the training code."

_SLUG = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"[a-z]{2,}|[A-Z][a-z]+|[A-Z]{2,}(?![a-z])")


@dataclass(frozen=True)
class Context:
    """What a figure is called, the unit of its column, and the words around it, the nearest first."""

    name: str
    words: tuple[str, ...]
    unit: str = ""


@dataclass(frozen=True)
class Guess:
    """What a figure of some kinds is probably about, where the words around it fit."""

    words: re.Pattern[str]
    kinds: tuple[str, ...]
    of: str
    needs: str = ""

    def fits(self, kind: str, words: str) -> bool:
        return kind in self.kinds and bool(self.words.search(words))


def _guess(words: str, kinds: str | tuple[str, ...], of: str, needs: str = "") -> Guess:
    return Guess(re.compile(words, re.IGNORECASE), (kinds,) if isinstance(kinds, str) else kinds, of, needs)


_TIMES = ("ms", "s", "µs", "us", "FPS", "fps", "Hz")
_ANY = (COUNT, SHARE, FACTOR, "points", SIZE, *_TIMES)
_SCORES = (
    r"\bm?ap\b|accura|top-\d|\bf1\b|\biou|miou|recall|precision|\bwer\b|bleu|perplexity|easy|medium|hard|auc\b|score"
    r"|dice|psnr"
)
_FEWER = r"reduc|fewer|smaller|sav(?:e|ing)|less|compress|moins|weniger"

GUESSES: tuple[Guess, ...] = (
    _guess(r"memory|\bv?ram\b|cache|gpu", (SIZE, SHARE), "reported({slug})", DEVICE),
    _guess(r"latency|inference|speed|fps|throughput|faster", (*_TIMES, FACTOR, SHARE), "reported({slug})", DEVICE),
    _guess("", _TIMES, "reported({slug})", DEVICE),
    _guess(_SCORES, _ANY, "reported({slug})", TRAINED),
    _guess(
        r"epoch|learning.?rate|\blr\b|batch|temperature|alpha|weight.?decay|momentum|warm-?up|dropout|optimi[sz]er"
        r"|\bsteps?\b|distill|\bema\b|\bseed",
        _ANY,
        "reported({slug})",
        TRAINING,
    ),
    _guess(r"\b(?:fp|bf|float)16|half", SIZE, "2 * params({part})"),
    _guess(r"\bint8", SIZE, "params({part})"),
    _guess(r"model|weights|size|param", SIZE, "4 * params({part})"),
    _guess(rf"({_FEWER}).*(mac|flop|mult)|(mac|flop|mult).*({_FEWER})", SHARE, "1 - macs({part}) / macs({base})"),
    _guess(_FEWER, SHARE, "1 - params({part}) / params({base})"),
    _guess(r"percent|share|of (?:the )?total|param", SHARE, "params({part}) / params()"),
    _guess(r"flops?\b(?!.*macs?\b)", COUNT, "flops({part})"),
    _guess(r"macs?\b|mult-?adds?|multiply", COUNT, "macs({part})"),
    _guess(r"trainable|trainierbar", COUNT, "trainable({part})"),
    _guess(r"buffers?\b", COUNT, "buffers({part})"),
    _guess(r"param", COUNT, "params({part})"),
    _guess(r"kernel|\d\s?[x×]\s?\d\s?(?:conv|depthwise)", COUNT, "attr({part}, kernel_size)"),
    _guess(r"stride", COUNT, "attr({part}, stride)"),
    _guess(r"groups?\b", COUNT, "attr({part}, groups)"),
    _guess(r"\binput|image size|resolution|\bpx\b|pixel", COUNT, "size(input, 1)"),
    _guess(r"channels?|\bch\b|width|hidden|\bdims?\b|features|kanäle|canaux", COUNT, "size({part}, 0)"),
    _guess(r"levels?|scales?|outputs?", COUNT, "levels({part})"),
)
"""What figures may be about, tried in order."""


@dataclass(frozen=True)
class Draft:
    """A claim to be pasted into a spec; without a guess, only the place is known."""

    figure: Figure
    occurrence: int
    of: str = ""
    needs: str = ""

    def claim(self, doc: str) -> str:
        """The claim as a line of YAML, commented out where its subject is missing."""
        parts = [f"doc: {doc}", f"line: {self.figure.line.number}", f"says: {_quoted(self.figure.text)}"]
        if self.occurrence > 1:
            parts.append(f"occurrence: {self.occurrence}")
        parts.append(f"of: {_quoted(self.of) if ',' in self.of or not self.of else self.of}")
        if self.needs:
            parts.append(f"needs: {self.needs}")
        return f"{'' if self.of else '# '}- {{{', '.join(parts)}}}"


def drafts(figures: Iterable[Figure], reading: Reading, spec: Spec | None) -> list[Draft]:
    """Draft a claim for each of the figures; a spec tells what the parts of the model are called."""
    parts = _parts(spec)
    base = spec.base.name if spec and spec.base else ""
    return [_draft(figure, reading, parts, base) for figure in figures]


def _draft(figure: Figure, reading: Reading, parts: Mapping[str, set[str]], base: str) -> Draft:
    context = _context(figure, reading)
    starts = [start for start, _ in spans(figure.text, figure.line)]
    occurrence = sum(start < figure.start for start in starts) + 1
    guess = _best_guess(figure, context)
    section = reading.headings.get(figure.line.number, "")
    part = _named(f"{context.name} {figure.line.text}", parts) or _named(section, parts)
    if (
        guess is None
        or not _reads(figure)
        or ("{base}" in guess.of and not base)
        or (not part and _LACKING.search(guess.of))
    ):
        return Draft(figure, occurrence)
    of = guess.of.format(part=part, base=base, slug=_slug(context.name or section))
    return Draft(figure, occurrence, of, guess.needs)


def _reads(figure: Figure) -> bool:
    """Whether a spec can read the figure as it is printed."""
    for decimal_comma in (False, True):
        try:
            Printed.parse(figure.text, decimal_comma=decimal_comma)
        except ValueError:
            continue
        return True
    return False


def _best_guess(figure: Figure, context: Context) -> Guess | None:
    """The guess that the nearest words allow; far ones say nothing of a small number."""
    if figure.printed is None:
        return None
    kind = SHARE if context.unit == SHARE else Amount(figure, figure.printed).kind
    is_small = kind == COUNT and abs(figure.printed.value) < _LARGE
    for words in context.words[: 1 if is_small else None]:
        for guess in GUESSES:
            if guess.fits(kind, words) and (guess.words.pattern or words is context.words[-1]):
                return guess
    return None


_LARGE = 1000
_LACKING = re.compile(r"\{part\},|levels\(|/ params\(\)")
"""What makes no sense of the whole model."""


def _context(figure: Figure, reading: Reading) -> Context:
    line = figure.line
    if line.kind is Kind.TABLE:
        place = line.text[: figure.start].count("|") - line.text.startswith("|")
        rows = ((table, row) for table in reading.tables for row in table.rows)
        found = next(((table, row) for table, row in rows if row[0].number == line.number), None)
        if found and 0 < place < len(found[0].headings):
            heading, name = found[0].headings[place], _LINK.sub(r"\1", found[1][0].text)
            return Context(f"{name} {heading}", (f"{name} {heading}",), heading_unit(heading))
    if line.kind is Kind.DRAWING and (found_in := _drawn_cell(figure, reading)):
        name, heading = found_in
        return Context(f"{name} {heading}", (f"{name} {heading}",), heading_unit(heading))
    before, after = line.text[: figure.start], line.text[figure.start + len(figure.text) :]
    near = f"{figure.text}{_UP_TO_A_DIGIT.match(after)[0]}"  # type: ignore[index]
    name, colon, _ = before.partition(":")
    named = name.lstrip("-*+#0123456789. ") if colon else ""
    return Context(named, (f"{named} {near}" if colon else near, before, line.text))


def _drawn_cell(figure: Figure, reading: Reading) -> tuple[str, str] | None:
    """The row's name and the column's heading of a figure in a drawn table, where only one cell prints it."""
    for table in reading.tables:
        for row in table.rows:
            if row[0].number == figure.line.number:
                places = [place for place, cell in enumerate(row) if spans(figure.text, cell)]
                return (row[0].text, table.headings[places[0]]) if len(places) == 1 and places[0] else None
    return None


_UP_TO_A_DIGIT = re.compile(r"[^\d,;]*")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def _parts(spec: Spec | None) -> dict[str, set[str]]:
    """The parts of a spec's model, each with the words it may be called by."""
    if spec is None:
        return {}
    stages = {name: _words(f"{name} {stage.block}") for name, stage in spec.model.items()}
    return stages | {name: _words(name) for name in spec.components}


def _named(text: str, parts: Mapping[str, set[str]]) -> str:
    """The part that a text speaks of, or nothing."""
    told = _words(text)
    scores = {name: sum(_is_told(word, told) for word in words) for name, words in parts.items()}
    best = max(scores, key=lambda name: scores[name], default="")
    return best if best and scores[best] else ""


def _is_told(word: str, told: set[str]) -> bool:
    return any(word == other or (len(word) > 3 and other.startswith(word)) for other in told)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text.replace("_", " "))}


def _slug(text: str) -> str:
    words = [word for word in _SLUG.split(text.lower()) if word]
    return re.sub(r"^(?=\d)", "n", "_".join(words[:4])) or "figure"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
