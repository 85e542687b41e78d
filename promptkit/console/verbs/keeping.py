"""Verbs that work on one picture's file: ``finish``, ``save``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from promptkit.commanding import command_line
from promptkit.console.bench import Bench
from promptkit.console.shown import Shown, on_show, put_on_show, with_candidate
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.choosing import is_chain
from promptkit.console.verbs.counting import number, places
from promptkit.console.verbs.saying import done, first_word
from promptkit.errors import GenerationError, Interrupted, OutputError, SettingsError
from promptkit.records import Candidate

if TYPE_CHECKING:
    from promptkit.finish import Finished

ENDING = "-finished"
PNG = ".png"


def _finish(bench: Bench, rest: str) -> Answer:
    from promptkit.cli.output import warn
    from promptkit.console.results import finished_view

    place, chain = first_word(rest)
    shown, candidate = on_show(bench), bench.candidate(place)
    if candidate.image is None:
        raise SettingsError(f"Picture {place} is not at hand.", hint="Make the run again: generate")
    try:
        found = _finished(bench, shown, candidate, chain)
    except Interrupted as stopped:
        stopped.hint = f"Picture {place} stays as it was."
        raise
    for note in (*found.notes, *found.lowered, *found.failed):
        warn(note)
    if found.failed and not found.steps:
        raise GenerationError("No step could be done; the picture stays as it was.", hint="Try another chain.")
    if not found.steps:
        return (done(f"Picture {place} stays as it was."),)
    ready = _written(bench, shown, candidate, found)
    put_on_show(bench, with_candidate(shown, ready, f"finish {rest}"))
    return finished_view(ready, int(place))


def _finished(bench: Bench, shown: Shown, candidate: Candidate, chain: str) -> Finished:
    from promptkit.console.work import watched
    from promptkit.run import Finishing

    assert candidate.image is not None
    bench.session.plan_finish(chain)
    with watched(bench, 1) as tell:
        tell(Finishing(candidate))
        return bench.session.finish(candidate.image, chain, seed=candidate.seed, prompt=shown.prompt_of(candidate))


def _written(bench: Bench, shown: Shown, candidate: Candidate, found: Finished) -> Candidate:
    """Write what was made beside its picture, and let the library know; without a file it stays in memory."""
    from promptkit.library import Library
    from promptkit.metadata import carried, write_finished
    from promptkit.output import write_file
    from promptkit.pictures import open_picture

    steps = tuple(step.to_json() for step in found.steps)
    ready = replace(candidate, finished=found.image, finish=steps)
    if candidate.path is None:
        return ready
    path = Path(candidate.path)
    before = carried(open_picture(path))

    def write(handle: BinaryIO) -> None:
        write_finished(handle, found.image, before, list(steps), stripped=found.stripped)

    target = write_file(path.with_stem(f"{path.stem}{ENDING}"), write)
    ready = replace(ready, finished_path=str(target))
    if bench.library is not None:
        with Library(bench.library) as library:
            if shown.run is None:
                library.add_picture(target, in_place=True)
            else:
                library.add_finished(shown.run, ready, recipe=shown.recipe, prompt=shown.prompt)
    return ready


def _fits_finish(bench: Bench, rest: str) -> bool:
    place, chain = first_word(rest)
    return number(place) is not None and bool(chain) and (" " not in chain or is_chain(bench, chain))


def _chains(bench: Bench, rest: str) -> Iterator[str]:
    place, begun = first_word(rest)
    if not begun and not rest.endswith(" "):
        yield from places(bench, place)
        return
    head, comma, last = begun.rpartition(",")
    names = (name for name in bench.registry.names("postprocessor") if name.startswith(last))
    yield from (f"{place} {head}{comma}{name}" for name in names)


def _save(bench: Bench, rest: str) -> Answer:
    from promptkit.output import prepare_folder, write_file

    place, target = first_word(rest)
    shown, candidate = on_show(bench), bench.candidate(place)
    path = _target(target, _name(shown, candidate))
    there = path.exists()
    try:
        prepare_folder(path.parent)
        made = write_file(path, lambda handle: _put(handle, shown, candidate))
    except OutputError as error:
        raise OutputError(error.message, hint=f"Say another file or folder: save {place} FOLDER/") from error
    if not there:
        return (done(f"saved {made}"),)
    return (done(f"{path} is this picture already." if made == path else f"saved {made}; {path} was there already"),)


def _name(shown: Shown, candidate: Candidate) -> str:
    """Return the name of a picture's file, also of one that was not written."""
    path = candidate.finished_path or candidate.path
    second = "" if candidate.variation_seed is None else f"-v{candidate.variation_seed}"
    ending = ENDING if candidate.finished is not None else ""
    return Path(path).name if path else f"{shown.recipe_of(candidate).id}-{candidate.seed}{second}{ending}{PNG}"


def _target(text: str, name: str) -> Path:
    """Return the file to write. Raises SettingsError for a name that is no PNG's."""
    path = Path(text or ".").expanduser()
    if path.is_dir() or text.endswith(("/", "\\")):
        return path / name
    if path.suffix.lower() != PNG:
        raise SettingsError(f"'{path.name}' is no name for a PNG.", hint=f"Say picture.png, or a folder: {text}/")
    return path


def _put(handle: BinaryIO, shown: Shown, candidate: Candidate) -> None:
    """Write a picture with its recipe: the very bytes of its file, where it has one."""
    from promptkit.metadata import write_png

    path = candidate.finished_path or candidate.path
    if path is not None:
        handle.write(Path(path).read_bytes())
        return
    image = candidate.image if candidate.finished is None else candidate.finished
    if image is None:
        raise SettingsError("This picture is not at hand.", hint="Make the run again: generate")
    write_png(handle, image, replace(shown.recipe_of(candidate), finish=candidate.finish), candidate)


def _finish_line(bench: Bench, rest: str) -> str:
    place, chain = first_word(rest)
    candidate = bench.candidate(place)
    return (command_line("finish", {"--chain": chain}, [candidate.path]) or "") if candidate.path else ""


def _save_line(bench: Bench, rest: str) -> str:
    place, target = first_word(rest)
    path = bench.candidate(place).finished_path or bench.candidate(place).path
    folder = target or "."
    if bench.library is None or path is None or Path(folder).suffix:
        return ""
    options = {"--library": str(bench.library), "--out": folder}
    return command_line("library export", options, [path]) or ""


VERBS = (
    Verb(
        name="finish",
        summary="Run post-processors on picture N, and score it before and after.",
        usage="finish N CHAIN",
        examples=("finish 1 upscale:2,grade:golden", "finish 2 denoise"),
        run=_finish,
        fits=_fits_finish,
        complete=_chains,
        command=_finish_line,
        equivalent="finish FILE --chain CHAIN",
        works=True,
    ),
    Verb(
        name="save",
        summary="Copy picture N, with its recipe, to a file or a folder; by default here.",
        usage="save N [FILE|FOLDER]",
        examples=("save 1", "save 2 lighthouse.png"),
        run=_save,
        fits=lambda _, rest: number(first_word(rest)[0]) is not None,
        complete=places,
        command=_save_line,
        equivalent="library export FILE --out FOLDER",
    ),
)
