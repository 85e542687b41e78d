"""Verbs that set a number: ``seed``, ``candidates``, ``steps``, ``guidance``, ``size``, ``text-seed``."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from promptkit.asked import check_settings, seeds_of
from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import done, reshape
from promptkit.errors import SettingsError

RANDOM = "random"
AUTO = "auto"
"""Leaves the choice to the styles, then to the model."""
DRAWN = 2**32
"""Below this a random seed lies: the numbers that other tools take too."""
LONGEST = 25
"""Digits of a number that is read at all."""
_SIZE = re.compile(r"(\d{1,6})\s*[x×*]\s*(\d{1,6})", re.IGNORECASE)


def _whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST


def _signed(text: str) -> bool:
    return _whole(text.removeprefix("-"))


def _number(text: str) -> bool:
    try:
        return len(text) <= LONGEST and math.isfinite(float(text))
    except ValueError:
        return False


def _seed(bench: Bench, rest: str) -> Answer:
    seed = secrets.randbelow(DRAWN) if rest.lower() == RANDOM else int(rest)
    if seed < 0:
        raise SettingsError("There are no seeds below 0.", hint="Say 0 or more; seed random draws one.")
    seeds_of(seed, bench.desk.candidates)
    bench.change(f"seed {seed}", seed=seed)
    return (done(f"seed {seed}"),)


def _text_seed(bench: Bench, rest: str) -> Answer:
    answered = reshape(bench, f"text-seed {rest}", text_seed=int(rest))
    drawn = bench.desk.styles or bench.desk.template
    return (done(f"text seed {rest}"), *(answered if drawn else ()))


def _candidates(bench: Bench, rest: str) -> Answer:
    seeds_of(bench.desk.seed, int(rest))
    bench.change(f"candidates {rest}", candidates=int(rest))
    return (done(f"{int(rest)} candidates a run"),)


def _setting(verb: str, **settings: Callable[[str], Any]) -> Callable[[Bench, str], Answer]:
    """Return what sets generation settings, each read out of what was typed; ``auto`` leaves them open."""

    def run(bench: Bench, rest: str) -> Answer:
        given = {name: None if rest.lower() == AUTO else read(rest) for name, read in settings.items()}
        wanted = replace(bench.desk.settings, **given)
        check_settings(wanted, bench.session.sampler(wanted.sampler))
        bench.change(f"{verb} {rest}", settings=wanted)
        return (done(f"{verb} {rest}" if rest.lower() != AUTO else f"{verb}: as styles and model have it"),)

    return run


def _side(which: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        found = _SIZE.fullmatch(text)
        assert found is not None
        return int(found[which])

    return read


def _or_auto(fits: Callable[[str], bool]) -> Callable[[Bench, str], bool]:
    return lambda _, rest: rest.lower() == AUTO or fits(rest)


def _of(*values: str) -> Callable[[Bench, str], Iterator[str]]:
    return lambda _, rest: (value for value in values if value.startswith(rest.lower()))


VERBS = (
    Verb(
        name="seed",
        summary="Choose the first image seed; candidate i has seed + i.",
        usage="seed N|random",
        examples=("seed 42", "seed random"),
        run=_seed,
        fits=lambda _, rest: rest.lower() == RANDOM or _signed(rest),
        complete=_of(RANDOM, "0", "42"),
        equivalent="generate --seed N",
    ),
    Verb(
        name="candidates",
        summary="Say how many seeds a run tries.",
        usage="candidates N",
        examples=("candidates 8", "candidates 2"),
        run=_candidates,
        fits=lambda _, rest: _signed(rest),
        complete=_of("2", "4", "8", "16"),
        equivalent="generate --candidates N",
    ),
    Verb(
        name="steps",
        summary="Set the denoising steps; auto leaves them to styles and model.",
        usage="steps N|auto",
        examples=("steps 20", "steps auto"),
        run=_setting("steps", num_inference_steps=int),
        fits=_or_auto(_signed),
        complete=_of(AUTO, "8", "20", "30"),
        equivalent="generate --steps N",
    ),
    Verb(
        name="guidance",
        summary="Set the guidance scale: how closely the words are followed; 1 turns it off.",
        usage="guidance X|auto",
        examples=("guidance 6.5", "guidance auto"),
        run=_setting("guidance", guidance_scale=float),
        fits=_or_auto(_number),
        complete=_of(AUTO, "1", "3.5", "7"),
        equivalent="generate --guidance X",
    ),
    Verb(
        name="size",
        summary="Set width and height in pixels.",
        usage="size WxH|auto",
        examples=("size 512x768", "size auto"),
        run=_setting("size", width=_side(1), height=_side(2)),
        fits=_or_auto(lambda rest: _SIZE.fullmatch(rest) is not None),
        complete=_of(AUTO, "512x512", "768x512", "512x768", "1024x1024"),
        equivalent="generate --width N --height N",
    ),
    Verb(
        name="text-seed",
        summary="Choose what templates and styles draw; pictures' noise does not change.",
        usage="text-seed N",
        examples=("text-seed 3", "text-seed 0"),
        run=_text_seed,
        fits=lambda _, rest: _signed(rest),
        complete=_of("0", "1", "2"),
        equivalent="generate --text-seed N",
    ),
)
