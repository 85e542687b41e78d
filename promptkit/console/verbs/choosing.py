"""Verbs that choose by name: ``model``, ``ranker``, ``sampler``, ``search``, ``finishing``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from promptkit.asked import check_settings
from promptkit.console.bench import Bench
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.saying import done
from promptkit.errors import PluginError, UnknownNameError
from promptkit.models import resolve_model
from promptkit.names import nearest
from promptkit.search import choose_search

AUTO = "auto"
NONE = "none"
STYLES = "styles"
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")
_NAME = re.compile(r"[^:,\s]+")


def _known(bench: Bench, kind: str, name: str) -> bool:
    """Whether a name is registered, or one letter or two away from one that is."""
    try:
        bench.registry.get(kind, name)
    except UnknownNameError:
        return " " not in name and bool(nearest(name, bench.registry.names(kind), 1))
    except PluginError:
        return True
    return True


def _model(bench: Bench, rest: str) -> Answer:
    spec = resolve_model(rest, bench.registry)
    bench.change(f"model {rest}", model=rest)
    ranker = bench.desk.ranker or f"{spec.ranker}, the model's own choice"
    return (done(f"model {spec.name}; ranked by {ranker}"),)


def _is_model(bench: Bench, rest: str) -> bool:
    path = rest.startswith(("~", ".", "/")) or _lies(rest)
    return bool(rest) and (path or bool(_HUB_ID.fullmatch(rest)) or _known(bench, "model", rest))


def _lies(path: str) -> bool:
    """Whether a file or folder is there; no for what the system takes for no path."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _ranker(bench: Bench, rest: str) -> Answer:
    name = None if rest.lower() == AUTO else rest
    if name not in (None, NONE):
        bench.registry.get("ranker", rest.partition(":")[0])
    bench.change(f"ranker {rest}", ranker=name)
    return (done("Pictures are ranked by the model's own choice." if name is None else f"ranker {rest}"),)


def _is_ranker(bench: Bench, rest: str) -> bool:
    name = rest.partition(":")[0]
    return rest.lower() in (AUTO, NONE) or (" " not in rest and bool(name) and _known(bench, "ranker", name))


def _sampler(bench: Bench, rest: str) -> Answer:
    sampler = None if rest.lower() == AUTO else bench.session.sampler(rest)
    wanted = replace(bench.desk.settings, sampler=None if sampler is None else sampler.name)
    check_settings(wanted, sampler)
    bench.change(f"sampler {rest}", settings=wanted)
    return (done("sampler: as styles and model have it" if sampler is None else f"sampler {sampler.name}"),)


def _is_sampler(bench: Bench, rest: str) -> bool:
    from promptkit.backends.samplers import refused

    return bool(rest) and (rest.lower() == AUTO or _known(bench, "sampler", rest) or refused(rest) is not None)


def _search(bench: Bench, rest: str) -> Answer:
    choose_search(rest, bench.registry, ranked=bench.session.ranker_name != NONE)
    bench.change(f"search {rest}", search=rest)
    return (done(f"search {rest}"),)


def _is_search(bench: Bench, rest: str) -> bool:
    name = rest.partition(":")[0]
    return " " not in rest and bool(name) and _known(bench, "search", name)


def _finishing(bench: Bench, rest: str) -> Answer:
    chain = None if rest.lower() == STYLES else rest.lower() if rest.lower() == NONE else rest
    if chain not in (None, NONE):
        bench.session.plan_finish(rest)
    bench.change(f"finishing {rest}", finish=chain)
    told = {None: "The winner is finished as its styles ask.", NONE: "Nothing is finished."}
    return (done(told.get(chain, f"The winner is finished: {chain}")),)


def is_chain(bench: Bench, rest: str) -> bool:
    """Whether a text reads as a chain of post-processors, ``none``, or ``styles``."""
    first = _NAME.match(rest)
    if first is None:
        return False
    return rest.lower() in (NONE, STYLES) or (" " not in rest and _known(bench, "postprocessor", first[0]))


def _names(kind: str, *others: str) -> Callable[[Bench, str], Iterator[str]]:
    """Return what completes a registered name: what begins so, what holds it, then what is like it."""

    def complete(bench: Bench, rest: str) -> Iterator[str]:
        names = [*bench.registry.names(kind), *others]
        starts = [name for name in names if name.startswith(rest.lower())]
        inside = [name for name in names if rest.lower() in name and name not in starts]
        yield from starts + inside or nearest(rest, names)

    return complete


VERBS = (
    Verb(
        name="model",
        summary="Choose the model: a name, a folder, a file, or a hub id.",
        usage="model NAME",
        examples=("model embedded", "model stabilityai/stable-diffusion-xl-base-1.0"),
        run=_model,
        fits=_is_model,
        complete=_names("model"),
        equivalent="generate --model NAME",
    ),
    Verb(
        name="ranker",
        summary="Choose what scores pictures; none leaves them unranked, auto asks the model.",
        usage="ranker NAME[:CHECKPOINT]|auto|none",
        examples=("ranker clip:embedded", "ranker none", "ranker auto"),
        run=_ranker,
        fits=_is_ranker,
        complete=_names("ranker", AUTO, NONE),
        equivalent="generate --ranker NAME",
    ),
    Verb(
        name="sampler",
        summary="Choose the sampler, by any name it goes by.",
        usage="sampler NAME|auto",
        examples=("sampler dpmpp_2m_karras", "sampler Euler a", "sampler auto"),
        run=_sampler,
        fits=_is_sampler,
        complete=_names("sampler", AUTO),
        equivalent="generate --sampler NAME",
    ),
    Verb(
        name="search",
        summary="Say how candidates are spent: best-of-n runs all to their end, others drop some half-way.",
        usage="search NAME[:SCHEDULE]",
        examples=("search halving:40,60", "search best-of-n"),
        run=_search,
        fits=_is_search,
        complete=_names("search"),
        equivalent="generate --search NAME[:SCHEDULE]",
    ),
    Verb(
        name="finishing",
        summary="Say what a run's winner is finished with; styles leaves it to them.",
        usage="finishing CHAIN|none|styles",
        examples=("finishing upscale:2,grade:golden", "finishing none"),
        run=_finishing,
        fits=is_chain,
        complete=_names("postprocessor", NONE, STYLES),
        equivalent="generate --finish CHAIN",
    ),
)
