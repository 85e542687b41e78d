"""The contract of a ranker."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from promptkit.embedding import embedded_images, embedded_texts, name_of
from promptkit.interfaces import Embedder, Ensemble, Ranker
from promptkit.prompt import Prompt
from promptkit.records import Candidate
from promptkit.scoring import check
from promptkit.slots.parse import parse
from promptkit.testing.contract import Contract, Finding, Report, check_docstring, check_json, require
from promptkit.testing.drawn import content, of, pictures, prompts, strategies

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

TEXT = "a red cat, oil painting, golden hour, close-up"
ORDERED = "Give the scores in the order of the candidates, each for its own picture alone."
Scores = list[dict[str, float]]


def check_ranker(
    ranker: Ranker,
    prompt: Prompt | None = None,
    *,
    ordered: Sequence[Image] = (),
    tolerance: float = 1e-4,
    examples: int = 4,
    seconds: float = 60.0,
) -> Report:
    """Check that a loaded ranker scores pictures of any size and mode, in order, the same again and in any batch.

    As many scores as pictures, each an empty mapping or finite numbers with a ``total``, equal to within ``tolerance``
    relative and absolute, and nothing changed that was handed in; embeddings likewise, where it gives any. Higher must
    be better: ``ordered`` are pictures from the worst to the best for the prompt, to prove it on. Raises ContractError.
    """
    contract = Contract(f"ranker '{getattr(ranker, 'name', '?')}'", seconds=seconds)
    asked = Asked(contract, ranker, prompt or parse(TEXT), tolerance)
    contract.check("has a name and a docstring", asked.is_named)
    contract.check("describes itself in plain JSON", asked.describes)
    if not contract.check("scores pictures", lambda: asked.scores(asked.four())):
        return contract.close()
    st = strategies()
    several = st.tuples(st.lists(pictures(("RGB",)), min_size=2, max_size=4).map(numbered))
    contract.check("gives no scores for no candidates", lambda: asked.scores([]))
    for name, probe in (
        ("scores the same again", asked.repeats),
        ("scores in the order of the candidates", asked.keeps_order),
        ("scores a candidate alone as in a batch", asked.scores_alone),
        ("keeps the candidates that it is given", asked.keeps_its_input),
    ):
        contract.every(name, several, probe, examples=examples)
    contract.every("takes pictures of any mode and size", st.tuples(pictures()), asked.takes, examples=3 * examples)
    contract.every("takes any prompt", st.tuples(prompts()), asked.judges, examples=examples)
    if ordered:
        contract.check("gives the better picture more", lambda: asked.rises(ordered))
    if isinstance(ranker, Ensemble):
        contract.check("begins its ensemble with its scores", asked.has_members)
    if isinstance(ranker, Embedder):
        contract.check("embeds pictures, each for itself, and texts into one space", asked.embeds)
    return contract.close()


def numbered(images: Sequence[Image]) -> list[Candidate]:
    """Return finished candidates with these pictures."""
    return [Candidate(index=i, seed=i, image=image) for i, image in enumerate(images)]


class Asked:
    """A ranker that is asked about a prompt."""

    def __init__(self, contract: Contract, ranker: Ranker, prompt: Prompt, tolerance: float) -> None:
        self.contract = contract
        self.ranker = ranker
        self.prompt = prompt
        self.tolerance = tolerance

    def scores(self, candidates: Sequence[Candidate], prompt: Prompt | None = None) -> Scores:
        """Return checked scores."""
        said = prompt or self.prompt
        what = _said(said, candidates)
        answer = self.contract.call(what, lambda: list(self.ranker.score(said, candidates)))
        return _checked(answer, len(candidates), what)

    def four(self) -> list[Candidate]:
        """Return candidates with pictures of several sizes that differ."""
        from PIL import Image as Pillow

        sizes = ((64, 64), (64, 64), (48, 80), (97, 33))
        colours = ("crimson", "navy", "white", "olive")
        made = [Pillow.new("RGB", size, colour) for size, colour in zip(sizes, colours, strict=True)]
        for image in made:
            image.paste("black", (10, 10, 30, 22))
        return numbered(made)

    def is_named(self) -> None:
        name = getattr(self.ranker, "name", None)
        require(isinstance(name, str) and bool(name.strip()), f"its name is {name!r}", "Give it the loader's name.")
        check_docstring(self.ranker)

    def describes(self) -> None:
        check_json(self.contract.call("describe()", lambda: dict(self.ranker.describe())), "describe()")

    def repeats(self, candidates: list[Candidate]) -> None:
        first, second = self.scores(candidates), self.scores(candidates)
        require(
            first == second,
            f"{_said(self.prompt, candidates)} gave {_totals(first)}, and then {_totals(second)}",
            "Draw nothing, and put the model into eval().",
        )

    def keeps_order(self, candidates: list[Candidate]) -> None:
        forward, backward = self.scores(candidates), self.scores(candidates[::-1])[::-1]
        require(
            self._near(forward, backward),
            f"{_said(self.prompt, candidates)} gave {_totals(forward)}, and backwards {_totals(backward[::-1])}",
            ORDERED,
        )

    def scores_alone(self, candidates: list[Candidate]) -> None:
        together = self.scores(candidates)
        alone = [self.scores([candidate])[0] for candidate in candidates]
        require(
            self._near(alone, together),
            f"{_said(self.prompt, candidates)} gave {_totals(together)}, and each alone {_totals(alone)}",
            ORDERED,
        )

    def keeps_its_input(self, candidates: list[Candidate]) -> None:
        handed = list(candidates)
        before = [content(candidate.image) for candidate in candidates if candidate.image is not None]
        self.scores(handed)
        require(
            handed == candidates,
            f"{_said(self.prompt, candidates)} changed the list of candidates",
            "Sort a copy: sorted().",
        )
        after = [content(candidate.image) for candidate in candidates if candidate.image is not None]
        require(before == after, f"{_said(self.prompt, candidates)} changed a picture", "Work on image.copy().")

    def takes(self, image: Image) -> None:
        self.scores(numbered([image]))

    def judges(self, prompt: Prompt) -> None:
        self.scores(self.four()[:2], prompt)

    def rises(self, ordered: Sequence[Image]) -> None:
        totals = [score.get("total", -math.inf) for score in self.scores(numbered(ordered))]
        require(
            totals == sorted(totals) and len(set(totals)) == len(totals),
            f"pictures from the worst to the best got {totals}",
            "Higher is better: turn the sign of a loss or a distance.",
        )

    def has_members(self) -> None:
        candidates = self.four()
        assert isinstance(self.ranker, Ensemble)
        ensemble = self.ranker
        what = f"score_ensemble of {len(candidates)} pictures"
        scores = self.scores(candidates)
        none = self.contract.call(
            "score_ensemble of no pictures", lambda: list(ensemble.score_ensemble(self.prompt, []))
        )
        require(none == [], f"score_ensemble of no pictures gave {len(none)} members", "Return [].")
        answer = self.contract.call(what, lambda: list(ensemble.score_ensemble(self.prompt, candidates)))
        members = [_checked(member, len(candidates), what) for member in answer]
        judged = any(scores)
        require(len(members) > 1 or not judged, f"{what} has no several members", "Look in more ways than one.")
        require(
            not judged or self._near(members[0], scores),
            f"{what} begins with other scores than score() gives",
            "The first member is what score() returns.",
        )

    def embeds(self) -> None:
        assert isinstance(self.ranker, Embedder)
        embedder, images = self.ranker, [candidate.image for candidate in self.four() if candidate.image is not None]

        def ask(pictures: Sequence[Image]) -> NDArray[np.float32]:
            return self.contract.call(
                f"embed_images of {len(pictures)} pictures",
                lambda: embedded_images(embedder, pictures),
                cure="Return an array of (pictures, width), each row of length 1.",
            )

        self.contract.call("embedding_name", lambda: name_of(embedder), cure="Name the ranker and its checkpoint.")
        together = ask(images)
        texts = self.contract.call("embed_texts of 2 texts", lambda: embedded_texts(embedder, [TEXT, "a house"]))
        widths = (together.shape[1], texts.shape[1])
        require(
            widths[0] == widths[1],
            f"pictures are embedded as {widths[0]} numbers, texts as {widths[1]}",
            "Both belong to one space: what a text says lies near the pictures that show it.",
        )
        for place, image in enumerate(images):
            alone = ask([image.copy()])[0]
            require(
                bool(abs(alone - together[place]).max() <= self.tolerance),
                f"picture {place + 1} of {len(images)} has another embedding alone than among the others",
                "Give the embeddings in the order of the pictures, each for its own picture alone.",
            )

    def _near(self, first: Scores, second: Scores) -> bool:
        return all(
            one.keys() == other.keys()
            and all(math.isclose(one[k], other[k], rel_tol=self.tolerance, abs_tol=self.tolerance) for k in one)
            for one, other in zip(first, second, strict=True)
        )


def _checked(answer: Sequence[Mapping[str, float]], count: int, what: str) -> Scores:
    """Return scores as dictionaries. Raises Finding for what are none."""
    try:
        check(answer, count)
        return [dict(score) for score in answer]
    except (TypeError, ValueError, AttributeError) as error:
        raise Finding(
            f"{what} gave no scores: {error}", "Return one mapping a candidate: finite numbers, 'total' among them."
        ) from None


def _totals(scores: Scores) -> list[float | None]:
    return [None if "total" not in score else round(score["total"], 6) for score in scores]


def _said(prompt: Prompt, candidates: Sequence[Candidate]) -> str:
    shown = ", ".join(of(candidate.image) for candidate in candidates if candidate.image is not None)
    return f"score({prompt.text!r}, [{shown}])"
