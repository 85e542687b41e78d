"""Train the slot tagger, and say how well it reads prompts that it has not seen.

    python benchmarks/train_tagger.py LABELLED.jsonl [--made N] [--folds K] [--write]

Trains on the open part of prompts labelled by hand (see ``slot_accuracy.py``: a third of them is sealed), on prompts
written for this, and on prompts made from the project's own vocabulary and sentence patterns (``made_prompts.py``).
``--folds`` cross-validates on the open part, for choosing between features without looking at what is sealed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
from made_prompts import made_prompts, pack_prompts, written_prompts
from slot_accuracy import load, scores, sealed
from slot_accuracy import read as read_row

import promptkit
from promptkit.dialects.a1111 import parse as read
from promptkit.slots import assign as assigning
from promptkit.slots.claims import claims
from promptkit.slots.parse import _index
from promptkit.slots.sights import sights
from promptkit.slots.tagger import SLOTS, Sight, Tagger, features
from promptkit.slots.words import segments

RARE = 2
"""A feature of a word's spelling counts only where so many prompts have it."""
STEPS = 80
TARGET = Path(promptkit.__file__).parent / "slots" / "data" / "tagger.json"
Sequence = list[tuple[Sight, int]]


def examples(rows: list[dict]) -> list[Sequence]:
    """Return for each prompt what the tagger sees of its words, with the labelled slots' numbers."""
    index = _index(())
    found = []
    for row in rows:
        truth, at = {}, 0
        for segment in row["segments"]:
            begin = row["prompt"].index(segment["text"], at)
            at = begin + len(segment["text"])
            truth.update(dict.fromkeys(range(begin, at), SLOTS.index(segment["slot"])))
        parts = segments(row["prompt"], read(row["prompt"]))
        places, seen = sights(parts, [claims(words, index) for words in parts])
        starts = [words[at].start for words, here in zip(parts, places, strict=True) for at in here]
        pairs = [(sight, truth.get(start)) for sight, start in zip(seen, starts, strict=True)]
        found.append([(sight, label) for sight, label in pairs if label is not None])
    return [sequence for sequence in found if sequence]


class Field(torch.nn.Module):
    """The conditional random field while it is trained: a weight for each feature and slot, and for each link."""

    def __init__(self, names: list[str], links: list[str]) -> None:
        super().__init__()
        self.names, self.link_names = names, links
        self.number = {name: i for i, name in enumerate(names)}
        self.link_number = {name: i for i, name in enumerate(links)}
        self.weights = torch.nn.Parameter(torch.zeros(len(names), len(SLOTS)))
        self.links = torch.nn.Parameter(torch.zeros(len(links), len(SLOTS), len(SLOTS)))

    def loss(self, batch: Batch, decay: float) -> torch.Tensor:
        """Return the weighted negative log-likelihood, with an L2 penalty."""
        scores = torch.nn.functional.embedding_bag(batch.features, self.weights, batch.offsets, mode="sum")
        scores = scores.view(*batch.labels.shape, len(SLOTS))
        links = self.links[batch.links]
        partition = self._partition(scores, links, batch.mask)
        gold = self._gold(scores, links, batch)
        penalty = decay * (self.weights.square().sum() + self.links.square().sum())
        return ((partition - gold) * batch.worth).sum() + penalty

    def _partition(self, scores: torch.Tensor, links: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        alpha = scores[:, 0]
        for at in range(1, scores.shape[1]):
            step = torch.logsumexp(alpha[:, :, None] + links[:, at], 1) + scores[:, at]
            alpha = torch.where(mask[:, at, None], step, alpha)
        return torch.logsumexp(alpha, 1)

    def _gold(self, scores: torch.Tensor, links: torch.Tensor, batch: Batch) -> torch.Tensor:
        own = scores.gather(2, batch.labels[..., None])[..., 0]
        rows = torch.arange(len(batch.labels))[:, None]
        steps = torch.arange(1, batch.labels.shape[1])[None]
        pairs = links[rows, steps, batch.labels[:, :-1], batch.labels[:, 1:]]
        return (own * batch.mask).sum(1) + (pairs * batch.mask[:, 1:]).sum(1)

    def tagger(self, least: float = 0.02) -> Tagger:
        return Tagger(*self.tables(least))

    def tables(self, least: float = 0.02) -> tuple[dict, dict]:
        """Return the weights worth keeping, rounded."""
        rounded = {name: [round(w, 2) for w in ws] for name, ws in zip(self.names, self.weights.tolist(), strict=True)}
        kept = {name: ws for name, ws in sorted(rounded.items()) if max(map(abs, ws)) >= least}
        links = {
            name: [[round(w, 2) for w in row] for row in rows]
            for name, rows in zip(self.link_names, self.links.tolist(), strict=True)
        }
        return kept, links


class Batch:
    """Sequences padded to one length, as tensors."""

    def __init__(self, field: Field, sequences: list[Sequence], worth: list[float]) -> None:
        longest = max(map(len, sequences))
        flat, offsets = [], []
        shape = (len(sequences), longest)
        self.labels = torch.zeros(shape, dtype=torch.long)
        self.links = torch.zeros(shape, dtype=torch.long)
        self.mask = torch.zeros(shape, dtype=torch.bool)
        for row, sequence in enumerate(sequences):
            for at in range(longest):
                offsets.append(len(flat))
                if at < len(sequence):
                    sight, label = sequence[at]
                    flat += [field.number[name] for name in features(sight) if name in field.number]
                    self.labels[row, at] = label
                    self.links[row, at] = field.link_number.get(sight.link, 0)
                    self.mask[row, at] = True
        self.features, self.offsets = torch.tensor(flat), torch.tensor(offsets)
        self.worth = torch.tensor(worth)


def train(material: list[tuple[list[Sequence], float]], *, decay: float) -> Field:
    """Fit the field by L-BFGS to sequences, each part of the material counting as much as it is worth."""
    sequences = [sequence for part, _ in material for sequence in part]
    seen = Counter(name for sequence in sequences for name in {n for sight, _ in sequence for n in features(sight)})
    names = sorted(name for name, count in seen.items() if count >= RARE)
    links = ["", *sorted({sight.link for sequence in sequences for sight, _ in sequence} - {""})]
    field = Field(names, links)
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i]))
    chunks = [order[i : i + 256] for i in range(0, len(order), 256)]
    worth = [value for part, value in material for _ in part]
    batches = [Batch(field, [sequences[i] for i in chunk], [worth[i] for i in chunk]) for chunk in chunks]
    optimizer = torch.optim.LBFGS(field.parameters(), max_iter=STEPS, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = [field.loss(batch, decay / len(batches)) for batch in batches]
        for loss in losses:
            loss.backward()
        return torch.stack([loss.detach() for loss in losses]).sum()

    optimizer.step(closure)
    return field


def measured(field: Field, rows: list[dict]) -> dict[str, float]:
    """Return the scores of the whole parser with these weights."""
    tagger = field.tagger()
    assigning.builtin_tagger = lambda: tagger
    return scores([read_row(row) for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--made", type=int, default=800, help="how many made prompts to learn from")
    parser.add_argument("--made-worth", type=float, default=0.1, help="against a labelled prompt's 1")
    parser.add_argument("--written-worth", type=float, default=0.3, help="of the written prompts, likewise")
    parser.add_argument("--pack-rounds", type=int, default=2, help="how many prompts to make of each style")
    parser.add_argument("--pack-worth", type=float, default=0.005, help="of the prompts made from packs, likewise")
    parser.add_argument("--decay", type=float, default=0.3, help="the strength of the L2 penalty")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate on the open part")
    parser.add_argument("--misses", action="store_true", help="with --folds: show what was misread")
    parser.add_argument("--write", action="store_true", help="replace the weights in the package")
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the tensors are small: more threads only wait for each other
    rows = load(arguments.labelled)
    learn = [row for row in rows if not sealed(row)]
    others = [
        (examples(written_prompts()), arguments.written_worth),
        (examples(made_prompts(arguments.made, seed=0)), arguments.made_worth),
        (examples(pack_prompts(arguments.pack_rounds, seed=0)), arguments.pack_worth),
    ]
    if arguments.folds:
        found = []
        for fold in range(arguments.folds):
            kept = [row for i, row in enumerate(learn) if i % arguments.folds != fold]
            field = train([(examples(kept), 1.0), *others], decay=arguments.decay)
            tagger = field.tagger()
            assigning.builtin_tagger = lambda tagger=tagger: tagger
            found += [read_row(row) for i, row in enumerate(learn) if i % arguments.folds == fold]
        print("cross-validated", {name: round(value, 4) for name, value in scores(found).items()})
        for reading in found if arguments.misses else ():
            if reading.wrong:
                print(reading.id, " ".join(f"[{w}:{g[:2]}/{s[:2]}]" if g != s else w for w, g, s in reading.words))
        return
    field = train([(examples(learn), 1.0), *others], decay=arguments.decay)
    counts = [len(learn), *(len(part) for part, _ in others)]
    print(
        "{} features from {} labelled, {} written, {} made prompts, {} of packs".format(len(field.tables()[0]), *counts)
    )
    print(f"learnt from {measured(field, learn)['accuracy']:.4f}", end="  ")
    print(f"sealed {measured(field, [row for row in rows if sealed(row)])['accuracy']:.4f}")
    if arguments.write:
        write(field)


def write(field: Field) -> None:
    weights, links = field.tables()
    note = "Made by benchmarks/train_tagger.py; see promptkit/slots/tagger.py."
    lines = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(ws)}" for name, ws in weights.items())
    TARGET.write_text(
        f'{{"note": {json.dumps(note)}, "links": {json.dumps(links)}, "weights": {{\n{lines}\n}}}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main()
