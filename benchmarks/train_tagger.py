"""Train the slot tagger on labelled prompts, and say how well it reads those it has not seen.

    python benchmarks/train_tagger.py LABELLED.jsonl [--write]

LABELLED.jsonl has one object a line: {"id", "prompt", "segments": [{"text", "slot"}, …]}. A third of the rows, chosen
by the hash
of their ids, is sealed: nothing is learnt from it, and no rule was written after looking at it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import promptkit
from promptkit.dialects.a1111 import parse as read
from promptkit.slots import tagger as module
from promptkit.slots.assign import Context, claims
from promptkit.slots.parse import _index
from promptkit.slots.tagger import SLOTS, Place, Tagger, features
from promptkit.slots.words import FUNCTION_WORDS, segments

EPOCHS = 6
RARE = 4
"""Words seen less often than this are told by shape and place alone."""
TARGET = Path(promptkit.__file__).parent / "slots" / "data" / "tagger.json"


def sealed(row: dict) -> bool:
    return int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 3 == 0


def gold(row: dict) -> dict[int, str]:
    """Return the labelled slot of each character offset."""
    found, at = {}, 0
    for segment in row["segments"]:
        begin = row["prompt"].index(segment["text"], at)
        at = begin + len(segment["text"])
        found.update(dict.fromkeys(range(begin, at), segment["slot"]))
    return found


def places(row: dict):
    """Yield each segment with the labels of its words, with what came before as it truly was."""
    truth, context, index = gold(row), Context(), _index(())
    for words in segments(row["prompt"], read(row["prompt"])):
        verdicts = claims(words, index)
        labels = [truth.get(word.start) for word in words]
        yield Place(words, [verdict.slot if verdict else None for verdict in verdicts], **vars(context)), labels
        context.before = labels[-1] or "subject"
        context.number += 1
        context.named = context.named or any(v is not None and v.reason.startswith("rule: 'by") for v in verdicts)


def train(rows: list[dict]) -> dict[str, list[float]]:
    """Return averaged weights."""
    examples = [pair for row in rows for pair in places(row)]
    seen = Counter(word.text for place, _ in examples for word in place.words)
    weights: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(SLOTS))
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(SLOTS))
    rng, step = random.Random(0), 1
    for _ in range(EPOCHS):
        rng.shuffle(examples)
        for place, labels in examples:
            previous = "^"
            for at, slot in enumerate(place.claimed):
                label = labels[at]
                if slot is None and label in SLOTS and place.words[at].text not in FUNCTION_WORDS:
                    found = [f for f in features(place, at, previous) if not _rare(f, seen)]
                    totals = Tagger(weights).scores(found)
                    guess = max(range(len(SLOTS)), key=totals.__getitem__)
                    right = SLOTS.index(label)
                    if guess != right:
                        for feature in found:
                            for i, sign in ((right, 1.0), (guess, -1.0)):
                                weights[feature][i] += sign
                                sums[feature][i] += sign * step
                    step += 1
                previous = slot or label or "subject"
    averaged = {f: [w - s / step for w, s in zip(weights[f], sums[f], strict=True)] for f in weights}
    return {f: [round(w, 2) for w in ws] for f, ws in sorted(averaged.items()) if max(map(abs, ws)) >= 0.05}


def _rare(feature: str, seen: Counter) -> bool:
    kind, _, value = feature.partition("=")
    return kind in ("w", "left", "right") and value not in "^$" and seen[value] < RARE


def accuracy(rows: list[dict]) -> float:
    right = total = 0
    for row in rows:
        truth = gold(row)
        for phrase in promptkit.parse(row["prompt"]).phrases:
            for words in segments(row["prompt"], read(row["prompt"])):
                for word in words:
                    if phrase.start <= word.start < phrase.end and word.text not in FUNCTION_WORDS:
                        total += 1
                        right += phrase.slot == truth.get(word.start)
    return right / total


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--write", action="store_true", help="replace the weights in the package")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in arguments.labelled.read_text(encoding="utf-8").splitlines() if line.strip()]
    learn = [row for row in rows if not sealed(row)]
    weights = train(learn)
    module.builtin_tagger = lambda: Tagger(weights)
    from promptkit.slots import assign

    assign.builtin_tagger = module.builtin_tagger
    print(f"{len(weights)} features from {len(learn)} prompts")
    print(f"learnt from {accuracy(learn):.4f}  sealed {accuracy([row for row in rows if sealed(row)]):.4f}")
    if arguments.write:
        lines = ",\n".join(f"{json.dumps(f, ensure_ascii=False)}: {json.dumps(w)}" for f, w in weights.items())
        note = "Made by benchmarks/train_tagger.py from prompts labelled by hand; see promptkit/slots/tagger.py."
        TARGET.write_text(f'{{"note": {json.dumps(note)}, "weights": {{\n{lines}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
