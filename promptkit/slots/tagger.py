"""A small trained tagger: a linear-chain conditional random field over the content words of a whole prompt.

Lafferty, McCallum and Pereira, "Conditional random fields" (2001). Each word is scored by how it looks, by its
neighbours, by what terms and rules claim of it and of them, and by the kind of segment it stands in; each pair of
neighbours by what stands between them. The weights are data (``data/tagger.json``), made by
``benchmarks/train_tagger.py``; reading a prompt needs nothing but Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from math import exp
from typing import NamedTuple

SLOTS = ("subject", "style", "lighting", "camera")
END = "$"
"""Stands for the word behind the last."""
Vector = tuple[float, float, float, float]
"""A number for each of ``SLOTS``."""
Links = tuple[Vector, Vector, Vector, Vector]
"""For each slot of a word, a number for each slot of the word before it."""
NOTHING: Vector = (0.0, 0.0, 0.0, 0.0)
FREE: Links = (NOTHING, NOTHING, NOTHING, NOTHING)
SURE = 100.0
"""A score that no features outweigh."""
CACHE = 20_000
"""So many sums of a kind are remembered; beyond that they are forgotten all at once."""


Frame = tuple[str, str, str, str, str, str, str, str]
"""What a segment is like: its length, its number, of how many, its kind, whether a maker was named before, the claims
on the segments before and after, and those inside."""


class Sight(NamedTuple):
    """What the tagger sees of one content word."""

    written: str
    left: str
    """The word before it in its segment, function words too; ``^`` at the beginning."""
    right: str
    end: str
    """The last word of its segment."""
    near: tuple[str, str, str, str]
    """Claims on the word and on its neighbours, and where in its segment it stands."""
    around: tuple[str, Frame]
    """The claim on the word, and the frame of its segment."""
    link: str
    """What stands between the content word before and this one: a border, a function word, or nothing."""
    fixed: str | None = None
    """The slot that the word has in any case."""


def look_features(written: str) -> list[str]:
    """Name the features of how a word looks."""
    text = written.lower()
    return [
        f"w={text}",
        f"s2={text[-2:]}",
        f"s3={text[-3:]}",
        f"s4={text[-4:]}",
        f"p3={text[:3]}",
        f"shape={_shape(written)}",
    ]


def end_features(end: str) -> list[str]:
    """Name the features of the last word of a segment: it says what tags such as "pale skin" are about."""
    return [f"e={end}", f"e3={end[-3:]}"]


def near_features(near: tuple[str, str, str, str]) -> list[str]:
    """Name the features of a word's own claim and those of its neighbours."""
    claim, left, right, place = near
    return [
        "bias",
        f"c={claim}",
        f"c={claim},l={left}",
        f"c={claim},r={right}",
        f"c={claim},l={left},r={right}",
        f"c={claim},at={place}",
        f"c={claim},at={place},l={left}",
    ]


def around_features(around: tuple[str, Frame]) -> list[str]:
    """Name the features of the segment that a word stands in."""
    claim, (length, number, count, kind, named, before, after, inside) = around
    return [
        f"k={claim},{kind},{length}",
        f"k={claim},n={number},{kind}",
        f"k={claim},n={number},of={count},{length}",
        f"k={claim},named={named},{kind},{length}",
        f"k={claim},b={before},{length}",
        f"k={claim},b={before},{kind}",
        f"k={claim},a={after},{length}",
        f"k={claim},b={before},a={after},{kind}",
        f"k={claim},in={inside}",
        f"k={claim},in={inside},b={before}",
    ]


def features(sight: Sight) -> list[str]:
    """Name every feature of a word, as training counts them."""
    return [
        *look_features(sight.written),
        *left_features(sight.left),
        *right_features(sight.right),
        *end_features(sight.end),
        *near_features(sight.near),
        *around_features(sight.around),
    ]


def _shape(written: str) -> str:
    if written[0].isdigit():
        return "digits" if written.isdigit() else "measure"
    if written[0].isupper():
        return "Capital" if written[1:].islower() else "UPPER"
    return "lower" if written.isalpha() else "mixed"


def left_features(text: str) -> list[str]:
    """Name the feature of the word before."""
    return [f"l={text}"]


def right_features(text: str) -> list[str]:
    """Name the feature of the word after."""
    return [f"r={text}"]


class _Sums(dict[object, Vector]):
    """The sums of one group of features, by what they are features of; worked out when first asked for."""

    def __init__(self, weights: Mapping[str, Vector], names: Callable[..., Iterable[str]]) -> None:
        self._weights, self._names = weights, names

    def __missing__(self, key: object) -> Vector:
        if len(self) >= CACHE:
            self.clear()
        a = b = c = d = 0.0
        for name in self._names(key):
            w, x, y, z = self._weights.get(name, NOTHING)
            a, b, c, d = a + w, b + x, c + y, d + z
        self[key] = (a, b, c, d)
        return self[key]


class Tagger:
    """Finds the best slots for all words at once (Viterbi), and how sure each of them is."""

    def __init__(self, weights: Mapping[str, Sequence[float]], links: Mapping[str, Sequence[Sequence[float]]]) -> None:
        """``links`` gives for what stands between two words a number for each pair of slots, earlier by later."""
        known: dict[str, Vector] = {name: _vector(values) for name, values in weights.items()}
        self._looks = _Sums(known, look_features)
        self._lefts = _Sums(known, left_features)
        self._rights = _Sums(known, right_features)
        self._ends = _Sums(known, end_features)
        self._nears = _Sums(known, near_features)
        self._arounds = _Sums(known, around_features)
        self._links: dict[str, Links] = {name: _links(rows) for name, rows in links.items()}

    def tag(self, sights: Sequence[Sight]) -> list[tuple[str, float]]:
        """Return a slot and how sure it is, above 0 to 1, for every word."""
        if not sights:
            return []
        scores = [self._scores(sight) for sight in sights]
        known, plain = self._links, self._links.get("", FREE)
        links = [known.get(sight.link, plain) for sight in sights]
        path = _best(scores, links)
        return list(zip([SLOTS[slot] for slot in path], _shares(scores, links, path), strict=True))

    def _scores(self, sight: Sight) -> Vector:
        written, left, right, end, near, around, _, fixed = sight
        if fixed is not None:
            return _sole(fixed)
        a0, a1, a2, a3 = self._looks[written]
        b0, b1, b2, b3 = self._lefts[left]
        c0, c1, c2, c3 = self._rights[right]
        d0, d1, d2, d3 = self._ends[end]
        e0, e1, e2, e3 = self._nears[near]
        f0, f1, f2, f3 = self._arounds[around]
        return (
            a0 + b0 + c0 + d0 + e0 + f0,
            a1 + b1 + c1 + d1 + e1 + f1,
            a2 + b2 + c2 + d2 + e2 + f2,
            a3 + b3 + c3 + d3 + e3 + f3,
        )


def _vector(values: Sequence[float]) -> Vector:
    a, b, c, d = values
    return (a, b, c, d)


def _links(rows: Sequence[Sequence[float]]) -> Links:
    """Turn a table of earlier by later slots into one of later by earlier."""
    a, b, c, d = map(_vector, zip(*rows, strict=True))
    return (a, b, c, d)


def _sole(slot: str) -> Vector:
    """Score a word whose slot is settled; one of a plugin's own slots tells its neighbours nothing."""
    a, b, c, d = (SURE if name == slot else 0.0 for name in SLOTS)
    return (a, b, c, d)


def _best(scores: Sequence[Vector], links: Sequence[Links]) -> list[int]:
    """Return the numbers of the slots whose scores and links add up to most."""
    totals: Sequence[float] = scores[0]
    back = []
    for at in range(1, len(scores)):
        t0, t1, t2, t3 = totals
        chosen, totals = [], []
        for (w0, w1, w2, w3), score in zip(links[at], scores[at], strict=True):
            ways = (t0 + w0, t1 + w1, t2 + w2, t3 + w3)
            most = max(ways)
            chosen.append(ways.index(most))
            totals.append(most + score)
        back.append(chosen)
    path = [totals.index(max(totals))]
    for chosen in reversed(back):
        path.append(chosen[path[-1]])
    return path[::-1]


def _shares(scores: Sequence[Vector], links: Sequence[Links], path: Sequence[int]) -> list[float]:
    """Return the probability of each word's slot, its neighbours' being what they are."""
    found = []
    before = -1
    last = len(path) - 1
    for at, slot in enumerate(path):
        a, b, c, d = scores[at]
        if before >= 0:
            w, x, y, z = links[at]
            a, b, c, d = a + w[before], b + x[before], c + y[before], d + z[before]
        if at < last:
            w0, x0, y0, z0 = links[at + 1][path[at + 1]]
            a, b, c, d = a + w0, b + x0, c + y0, d + z0
        best = (a, b, c, d)[slot]
        found.append(1 / (exp(a - best) + exp(b - best) + exp(c - best) + exp(d - best)))
        before = slot
    return found


@lru_cache(maxsize=1)
def builtin_tagger() -> Tagger:
    """Return the tagger that promptkit brings."""
    text = files("promptkit.slots").joinpath("data", "tagger.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return Tagger(data["weights"], data["links"])
