"""Prompts for training the tagger, each word with its slot: some written by hand, more made from patterns.

    python benchmarks/made_prompts.py [N]        shows N of those that are made

Made ones draw on the project's own vocabulary, style packs and sentence patterns. They teach what no list can: names
that nobody knows, things in sentences, tags in any order, the language of the crafts.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from promptkit.packs.library import StyleLibrary, builtin_folder
from promptkit.packs.style import Style
from promptkit.slots.vocabulary import Kind, builtin_vocabulary

WRITTEN = Path(__file__).with_name("written_prompts.txt")
SLOT_OF = {"S": "subject", "Y": "style", "L": "lighting", "C": "camera"}

Part = tuple[str, str]
"""A text and its slot; the text between parts belongs to none."""


def _lists() -> dict[str, list[str]]:
    text = Path(__file__).with_name("made_words.txt").read_text(encoding="utf-8")
    pairs = (line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    return {name: entries.split("|") for name, entries in pairs}


LISTS = _lists()


class Maker:
    """Draws prompts from one random number generator."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        terms = builtin_vocabulary().terms
        self.things = [term.text for term in terms if term.kind == Kind.THING]
        self.makers = [term.text for term in terms if term.kind == Kind.MAKER]
        self.terms = {
            slot: [term.text for term in terms if term.slot == slot and term.kind in (Kind.TERM, Kind.ALONE)]
            for slot in ("style", "lighting", "camera")
        }

    def prompt(self) -> list[Part | str]:
        """Return parts with the text between them."""
        shape = self.rng.choices((self.tags, self.sentence, self.plain, self.described), (5, 1.5, 1.5, 2))[0]
        return shape()

    def tags(self) -> list[Part | str]:
        """A subject with its medium or framing, then tags in groups."""
        groups: list[list[list[Part | str]]] = [
            [[(self.attribute(), "subject")] for _ in range(self.rng.choice((0, 0, 1, 2, 3)))],
            [[(self.term("style"), "style")] for _ in range(self.rng.choice((1, 2, 3, 4, 5, 7)))],
            [[(self.term("lighting"), "lighting")] for _ in range(self.rng.choice((0, 0, 1, 1, 2)))],
            [[(self.term("camera"), "camera")] for _ in range(self.rng.choice((0, 0, 1, 1, 2)))],
            [[(self.clause(LISTS["style clauses"]), "style")] for _ in range(self.rng.choice((0, 1, 1)))],
            [[(self.name(), "style")] for _ in range(self.rng.choice((0, 0, 0, 2, 4)))],
        ]
        if self.rng.random() < 0.5:
            later = [tag for group in groups[1:4] for tag in group]
            self.rng.shuffle(later)
            groups[1:4] = [later]
        if self.rng.random() < 0.3:
            self.rng.shuffle(groups)
        tags = [self.opening(), *(tag for group in groups for tag in group)]
        if self.rng.random() < 0.15:
            tags.insert(self.rng.randrange(len(tags) + 1), [(self.thing(), "subject")])
        joint = self.rng.choices((", ", " , ", " | ", ". ", "; ", " "), (12, 2, 1, 1, 0.3, 0.4))[0]
        return joined(tags, joint)

    def opening(self) -> list[Part | str]:
        kind = self.rng.random()
        subject = (self.thing(), "subject")
        if kind < 0.25:
            return [(self.rng.choice(LISTS["media"]), "style"), " ", subject]
        if kind < 0.45:
            return [(self.rng.choice(LISTS["frames"]), "camera"), " ", subject]
        if kind < 0.52:
            return [(self.term("style"), "style"), " ", subject, " ", ("portrait", "camera")]
        if kind < 0.6:
            return [subject, " ", (self.clause(LISTS["style clauses"]), "style")]
        if kind < 0.65:
            return [subject, " ", (self.clause(LISTS["light clauses"]), "lighting")]
        if kind < 0.69:
            colour = self.rng.choice(LISTS["colours"])
            return [(f"{colour} {self.term('lighting')}", "lighting"), " ", (f"on {self.thing()}", "subject")]
        if kind < 0.73:
            return [subject, " ", (f"in {self.term('style')}", "style")]
        return [subject]

    def sentence(self) -> list[Part | str]:
        """Sentences about things, and nothing else."""
        number = self.rng.choice((1, 1, 2, 3))
        return joined([[(self.statement(), "subject")] for _ in range(number)], ". ")

    def plain(self) -> list[Part | str]:
        """A short thing; now and then with its medium."""
        if self.rng.random() < 0.4:
            return [(self.rng.choice(LISTS["media"]), "style"), " ", (self.thing(), "subject")]
        return [(self.thing(), "subject")]

    def described(self) -> list[Part | str]:
        """A picture described in sentences, light and camera among them."""
        parts = self.opening()
        for clauses, slot in (
            (LISTS["light clauses"], "lighting"),
            (LISTS["camera clauses"], "camera"),
            (LISTS["style clauses"], "style"),
        ):
            if self.rng.random() < 0.6:
                parts += [self.rng.choice((", ", " ", ", ", ". ")), (self.clause(clauses), slot)]
        if self.rng.random() < 0.4:
            parts += [". ", (self.statement(), "subject")]
        return parts

    def thing(self) -> str:
        """A thing with what it is like, what it does, and where it is."""
        noun = self.noun()
        words = [self.rng.choice(("a", "a", "the", "an", "two", "")), *self.described_by(), noun]
        if self.rng.random() < 0.3:
            words += [self.rng.choice(("with", "wearing", "holding", "made of")), *self.described_by(), self.noun()]
        if self.rng.random() < 0.35:
            words += [
                self.rng.choice(LISTS["doing"]),
                *([self.rng.choice(("a", "the")), self.noun()] * (self.rng.random() < 0.5)),
            ]
        if self.rng.random() < 0.4:
            words += [self.rng.choice(LISTS["where"]), self.rng.choice(("a", "the")), *self.described_by(), self.noun()]
        if self.rng.random() < 0.08:
            words = [*self.name().split(), "as", *words]
        return " ".join(word for word in words if word)

    def described_by(self) -> list[str]:
        pools = (LISTS["qualities"], LISTS["qualities"], LISTS["colours"], LISTS["materials"])
        return [self.rng.choice(self.rng.choice(pools)) for _ in range(self.rng.choice((0, 0, 1, 1, 2)))]

    def noun(self) -> str:
        return self.rng.choice(self.things) if self.rng.random() < 0.9 else self.word()

    def statement(self) -> str:
        subject = " ".join([self.rng.choice(("The", "A", "There is a", "One")), *self.described_by(), self.noun()])
        return f"{subject} {self.rng.choice(LISTS['verbs'])} {self.rng.choice(LISTS['where'])} {self.thing()}".strip()

    def attribute(self) -> str:
        """A tag about a part of the thing: "pale skin", "detailed face"."""
        return " ".join(
            [*(self.described_by() or [self.rng.choice(LISTS["colours"])]), self.rng.choice(LISTS["attributes"])]
        )

    def term(self, slot: str) -> str:
        return self.rng.choice(self.terms[slot])

    def clause(self, clauses: list[str]) -> str:
        text = self.rng.choice(clauses)
        while "{name}" in text:
            text = text.replace("{name}", self.name(), 1)
        return (
            text.replace("{thing}", self.rng.choice(self.things))
            .replace("{colour}", self.rng.choice(LISTS["colours"]))
            .replace("{style}", self.term("style"))
            .replace("{mm}", str(self.rng.choice((24, 28, 35, 50, 85, 100, 135, 200))))
        )

    def name(self) -> str:
        """A maker that is known, or one that nobody ever heard of."""
        if self.rng.random() < 0.3:
            return self.rng.choice(self.makers)
        words = [self.rng.choice(LISTS["first names"]) if self.rng.random() < 0.6 else self.word(), self.word()]
        if self.rng.random() < 0.15:
            words = words[1:]
        return " ".join(word.capitalize() if self.case == "names" else word for word in words)

    case = "lower"

    def word(self) -> str:
        """A word that does not exist."""
        middles = "".join(self.rng.choice(LISTS["syllables inside"]) for _ in range(self.rng.choice((0, 1, 1, 2))))
        return self.rng.choice(LISTS["syllables that begin"]) + middles + self.rng.choice(LISTS["syllables that end"])


def joined(tags: list[list[Part | str]], joint: str) -> list[Part | str]:
    found: list[Part | str] = []
    for tag in tags:
        found += [joint, *tag] if found else tag
    return found


def written_prompts() -> list[dict]:
    """Return the prompts written by hand as rows of the labelled format."""
    lines = [line for line in WRITTEN.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return [_marked(line, number) for number, line in enumerate(lines)]


def _marked(line: str, number: int) -> dict:
    """Read "S[a fox], Y[oil painting]"."""
    found = re.findall(r"([SYLC])\[([^\]]*)\]", line)
    segments = [{"text": text, "slot": SLOT_OF[letter]} for letter, text in found]
    return {"id": f"written-{number}", "prompt": re.sub(r"[SYLC]\[([^\]]*)\]", r"\1", line), "segments": segments}


def pack_prompts(rounds: int, *, seed: int) -> list[dict]:
    """Return prompts that say a thing in each style of the built-in packs, some phrases of it, in ``rounds`` ways."""
    maker = Maker(random.Random(seed))
    styles = StyleLibrary([builtin_folder()]).styles()
    return [_styled(maker, style, f"pack-{n}-{style.id}") for n in range(rounds) for style in styles]


def _styled(maker: Maker, style: Style, identity: str) -> dict:
    rng = maker.rng
    drawn = {name: rng.choice(values) for name, values in style.choices.items()}
    phrases = [
        (re.sub(r"\{([a-z0-9-]+)\}", lambda found: drawn.get(found[1], found[0]), text.text), slot)
        for slot, texts in style.slots.items()
        for text in texts
        if rng.random() < 0.5
    ]
    phrases += [(rng.choice((maker.attribute, maker.thing))(), "subject") for _ in range(rng.choice((0, 1, 2, 4)))]
    if rng.random() < 0.7:
        rng.shuffle(phrases)
    joint = rng.choices((", ", ". ", " "), (6, 1, 1))[0]
    parts = joined([[(maker.thing(), "subject")], *([phrase] for phrase in phrases)], joint)
    segments = [{"text": part[0], "slot": part[1]} for part in parts if not isinstance(part, str)]
    prompt = "".join(part if isinstance(part, str) else part[0] for part in parts)
    return {"id": identity, "prompt": prompt, "segments": segments}


def made_prompts(count: int, *, seed: int) -> list[dict]:
    """Return so many prompts as rows of the labelled format."""
    maker = Maker(random.Random(seed))
    return [_row(maker, number) for number in range(count)]


def _row(maker: Maker, number: int) -> dict:
    maker.case = maker.rng.choice(("lower", "names"))
    spelling: Callable[[str], str] = maker.rng.choices((str, str.lower, str.capitalize), (3, 4, 1))[0]
    parts = maker.prompt()
    segments = [
        {"text": spelling(part[0]) if spelling is not str.capitalize else part[0], "slot": part[1]}
        for part in parts
        if not isinstance(part, str)
    ]
    texts: Iterator[str] = iter(segment["text"] for segment in segments)
    prompt = "".join(part if isinstance(part, str) else next(texts) for part in parts)
    return {"id": f"made-{number}", "prompt": prompt, "segments": segments}


if __name__ == "__main__":
    for row in made_prompts(int(sys.argv[1]) if len(sys.argv) > 1 else 20, seed=1):
        sys.stdout.write(
            " ".join(f"{segment['slot'][0].upper()}[{segment['text']}]" for segment in row["segments"]) + "\n"
        )
