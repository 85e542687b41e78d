"""A run on the command line: it is followed, what came of it is shown, and Ctrl-C is answered with how to go on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from promptkit.cli import INTERRUPTED, OK, PARTIAL
from promptkit.cli.output import stdout, warn, write_json
from promptkit.errors import Interrupted
from promptkit.interrupts import ending_cleanly
from promptkit.records import Candidate, ModelSpec, Result

if TYPE_CHECKING:
    from rich.text import Text

    from promptkit.run import OnEvent
    from promptkit.session import Session

THUMBNAIL_WIDTH = 40
SHOWN = 16


@dataclass(frozen=True, kw_only=True)
class Speech:
    """How a command about runs speaks."""

    quiet: bool
    """The best file's name alone."""
    as_json: bool


Work = Callable[["OnEvent | None"], Result]


def followed(session: Session, work: Work, candidates: int, speech: Speech) -> Result:
    """Do a run's work under a progress bar, and say what was odd. A termination counts as Ctrl-C. Raises Interrupted,
    as ``work`` does."""
    with _progress(candidates, quiet=speech.quiet or speech.as_json) as on_event, ending_cleanly():
        result = work(on_event)
    for note in session.notes():
        warn(note)
    for reason in result.unfinished:
        warn(reason)
    return result


def run_and_show(session: Session, work: Work, candidates: int, speech: Speech) -> int:
    """Do a run's work and show what came of it; return the exit code. Raises Interrupted, once what was finished is
    shown, where that is not told by a document."""
    try:
        result = followed(session, work, candidates, speech)
    except Interrupted as ended:
        if ended.result is not None:
            show_result(ended.result, session, speech, is_whole=False)
            if speech.as_json:
                return INTERRUPTED
        raise
    show_result(result, session, speech)
    return ending(result)


def ending(result: Result) -> int:
    """Return the exit code of a run that came to its end."""
    return PARTIAL if result.lost or result.unfinished else OK


def _progress(candidates: int, *, quiet: bool) -> AbstractContextManager[OnEvent | None]:
    if quiet:
        return nullcontext(None)
    from promptkit.cli.progress import run_progress

    return run_progress(candidates)


def show_result(result: Result, session: Session, speech: Speech, *, is_whole: bool = True) -> None:
    """Print a result: a document, the best file's name, or a table with what follows from it. A run that was stopped is
    not whole: it has no winner."""
    if speech.as_json:
        write_json("result", result_json(result, session.model))
        return
    if speech.quiet:
        if file := result.best.finished_path or result.best.path:
            click.echo(file)
        return
    from promptkit.terminal import safe_text
    from promptkit.views import thumbnail
    from promptkit.views_candidates import candidate_table, pruned
    from promptkit.views_finish import steps_view

    console = stdout()
    console.print(candidate_table(result.ranked, limit=SHOWN))
    if dropped := pruned(result.candidates):
        console.print(dropped, soft_wrap=True)
    for candidate in result.lost:
        warn(f"Seed {candidate.seed}: {candidate.outcome}.")
    if console.is_terminal and not console.no_color and result.best.image is not None:
        console.print(thumbnail(result.best.image, THUMBNAIL_WIDTH))
    console.print(_conclusion(result, session, is_whole=is_whole))
    for candidate in result.ranked:
        if view := steps_view(candidate.finish):
            console.print(view)
        if candidate.finished_path:
            console.print(safe_text(f"Finished: {candidate.finished_path}"), soft_wrap=True)


def _conclusion(result: Result, session: Session, *, is_whole: bool) -> Text | str:
    """Return what the scores come to."""
    from promptkit.views_candidates import stopped, why
    from promptkit.workers import NO_RANKER

    if not is_whole:
        return stopped(result)
    return "Not ranked, because of --ranker none." if session.ranker_name == NO_RANKER else why(result.ranked)


def candidate_json(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate as plain values."""
    return {
        "index": candidate.index,
        "seed": candidate.seed,
        "variation_seed": candidate.variation_seed,
        "outcome": candidate.outcome,
        "batch_size": candidate.batch_size,
        "shrunk": [list(pair) for pair in candidate.shrunk],
        "pruned_at": candidate.pruned_at,
        "scores": dict(candidate.scores),
        "interval": None if candidate.interval is None else list(candidate.interval),
        "tied": candidate.tied,
        "path": candidate.path,
        "finished_path": candidate.finished_path,
        "finish": [dict(step) for step in candidate.finish],
    }


def result_json(result: Result, model: ModelSpec) -> dict[str, Any]:
    """Return a result as plain values, the candidates in order of their seeds."""
    from promptkit.advice import unknown_words

    return {
        "prompt": result.prompt.to_json(),
        "best": candidate_json(result.best),
        "ties": list(result.ties),
        "candidates": [candidate_json(candidate) for candidate in result.candidates],
        "unknown_words": [asdict(entry) for entry in unknown_words(result.prompt, model.vocabulary, model.related)],
        "unfinished": list(result.unfinished),
        "recipe": result.recipe.to_json(),
        "run": result.run,
    }
