"""Making pictures for the console: watched, stopped by Ctrl-C, put on show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from promptkit.cli.output import warn
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.shown import Made, Shown, put_on_show, shown_from
from promptkit.errors import GenerationError, Interrupted, SettingsError
from promptkit.prompt import Prompt
from promptkit.records import Candidate, Result
from promptkit.run import Event, Ready

if TYPE_CHECKING:
    from promptkit.run import OnEvent


@contextmanager
def watched(bench: Bench, candidates: int) -> Iterator[OnEvent]:
    """Watch what is done in the block, once the model is there; yield what is told the events. Raises Interrupted for
    a Ctrl-C, and what loading raises."""
    session = bench.session
    try:
        with bench.watch(candidates) as tell:
            bench.loads.wait(session, tell)
            yield tell
    except KeyboardInterrupt:
        raise Interrupted(None) from None


def make(bench: Bench, label: str, desk: Desk, prompt: Prompt) -> Shown:
    """Make a desk's pictures of a prompt and put them on show, also those that were finished before a Ctrl-C. Raises
    Interrupted, and what ``Session.generate`` raises."""
    try:
        with watched(bench, desk.candidates) as tell:
            shown = shown_from(_generated(bench, desk, prompt, tell), desk, label)
    except Interrupted as stopped:
        if stopped.result is not None:
            put_on_show(bench, shown_from(stopped.result, desk, label))
        raise _stopped(stopped) from None
    put_on_show(bench, shown)
    tell_odd(bench, shown)
    return shown


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Words that one picture is made with."""

    text: str
    """The desk's text with them."""
    words: str


def make_each(bench: Bench, label: str, desk: Desk, wordings: Sequence[Wording]) -> Shown:
    """Make one picture of each wording, all from the desk's seed, and put them on show as one run, also those that
    were there before a Ctrl-C. Raises as ``make`` does."""
    own = [replace(desk, text=wording.text, candidates=1) for wording in wordings]
    prompts = [bench.prompt_of(one) for one in own]
    made: list[Shown] = []
    try:
        with watched(bench, len(wordings)) as tell:
            for one, prompt, wording in zip(own, prompts, wordings, strict=True):
                _add(bench, one, prompt, wording.words, tell, made)
    except Interrupted:
        if made:
            put_on_show(bench, _together(made, desk, label))
        raise _stopped(Interrupted(bench.shown if made else None)) from None
    if not made:
        raise GenerationError("None of the pictures could be finished.", hint="Try another seed, or fewer words.")
    shown = _together(made, desk, label)
    put_on_show(bench, shown)
    tell_odd(bench, shown)
    return shown


def _add(bench: Bench, desk: Desk, prompt: Prompt, words: str, tell: OnEvent, made: list[Shown]) -> None:
    """Make one picture; one that cannot be finished is left out, and told."""

    def numbered(event: Event) -> object:
        return tell(Ready(replace(event.candidate, index=len(made))) if isinstance(event, Ready) else event)

    try:
        made.append(shown_from(_generated(bench, desk, prompt, numbered), desk, words))
    except GenerationError as error:
        warn(f"“{words}”: {error}")


def _together(made: Sequence[Shown], desk: Desk, label: str) -> Shown:
    """Put runs of one picture, each labelled with its words, into one run, numbered anew."""
    return replace(
        made[0],
        candidates=tuple(replace(one.candidates[0], index=index) for index, one in enumerate(made)),
        unfinished=tuple(reason for one in made for reason in one.unfinished),
        desk=desk,
        label=label,
        run=None,
        made={
            index: Made(desk=one.desk, prompt=one.prompt, recipe=one.recipe, words=one.label)
            for index, one in enumerate(made)
        },
    )


def _generated(bench: Bench, desk: Desk, prompt: Prompt, tell: OnEvent) -> Result:
    return bench.session.generate(
        prompt,
        candidates=desk.candidates,
        seed=desk.seed,
        text_seed=desk.text_seed,
        settings=desk.settings,
        search=desk.search,
        variation_seed=desk.variation_seed,
        variation_strength=desk.variation_strength,
        finish=desk.finish,
        on_event=tell,
        library=bench.library,
    )


def _stopped(stopped: Interrupted) -> Interrupted:
    """Say what a person types next in the console; a run that a library keeps brings a hint of its own."""
    kept = stopped.hint is not None
    if stopped.result is None:
        stopped.hint = "resume goes on with it." if kept else "generate begins again."
    else:
        stopped.hint = f"best shows what is there{'; resume makes the rest' if kept else ''}."
    return stopped


def tell_odd(bench: Bench, shown: Result) -> None:
    """Say on stderr what could not be done as it was asked."""
    for note in (*bench.session.notes(), *shown.unfinished):
        warn(note)
    for candidate in shown.lost:
        warn(f"Seed {candidate.seed}: {candidate.outcome}.")


def check_same_model(bench: Bench, desk: Desk, candidate: Candidate) -> None:
    """Raise SettingsError where a picture was made with another model than the desk's: its seed means nothing here."""
    if desk.model != bench.desk.model:
        raise SettingsError(
            f"Seed {candidate.seed} was drawn with the model '{desk.model}', and the desk has '{bench.desk.model}'.",
            hint=f"model {desk.model} takes that one again.",
        )
