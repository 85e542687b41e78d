"""Verbs about the library: ``resume``, ``find``, ``rate``, ``tag``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.commanding import command_line
from promptkit.console.bench import Bench
from promptkit.console.desk import Desk
from promptkit.console.shown import put_on_show, shown_from
from promptkit.console.verb import Answer, Verb
from promptkit.console.verbs.counting import maybe_number, number, places
from promptkit.console.verbs.looking import unfinished_here
from promptkit.console.verbs.saying import done, first_word
from promptkit.errors import Interrupted, LibraryError, SettingsError
from promptkit.jobs import Job, lasting, lasting_load
from promptkit.names import shortened
from promptkit.terminal import safe_text

if TYPE_CHECKING:
    from rich.text import Text

    from promptkit.library import Library
    from promptkit.library.search import Hit
    from promptkit.records import Result
    from promptkit.session import Session

FOUND = 20
"""Pictures that a search shows."""
NONE = "none"
RATINGS = (*map(str, range(6)), NONE)
_TWO = re.compile(r"[0-9]{1,5} +\S+")


def _folder(bench: Bench) -> Path:
    """Return the library's folder. Raises SettingsError where there is none."""
    if bench.library is None:
        raise SettingsError("This console keeps no library.", hint="Open it with one: promptkit console --library DIR")
    return bench.library


def _resume(bench: Bench, rest: str) -> Answer:
    from promptkit.console.results import result_view
    from promptkit.console.work import tell_odd
    from promptkit.library import Library
    from promptkit.whereabouts import unfinished_run

    folder = _folder(bench)
    if not rest and not unfinished_here(bench):
        raise LibraryError("There is no run to go on with.", hint="All are at their end: generate begins another one.")
    with Library(folder) as library:
        stored = unfinished_run(library, number(rest))
        job = Job.from_json(stored.job)
        label, desk = f"resume {stored.id}", _desk_of(job)
        try:
            shown = shown_from(_gone_on(bench, library, stored.id, job), desk, label)
        except Interrupted as stopped:
            if stopped.result is not None:
                put_on_show(bench, shown_from(stopped.result, desk, label))
            stopped.hint = "resume goes on with it again."
            raise
    put_on_show(bench, shown)
    tell_odd(bench, shown)
    return result_view(shown)


def _gone_on(bench: Bench, library: Library, run: int, job: Job) -> Result:
    session = _session_for(bench, library, run, job)
    try:
        with bench.watch(job.candidates) as tell:
            bench.loads.wait(session, tell)
            return session.go_on(library, run, on_event=tell)
    except KeyboardInterrupt:
        raise Interrupted(None) from None


def _session_for(bench: Bench, library: Library, run: int, job: Job) -> Session:
    """Return the console's own session where it is the run's, whose model may be there already; else another."""
    from promptkit.session import Session

    mine = bench.session
    same = (lasting(mine.model_name), mine.ranker_name, lasting_load(mine.load_options))
    if same == (job.model, job.ranker, job.load) and tuple(str(pack.absolute()) for pack in mine.packs) == job.packs:
        return mine
    return Session.for_run(library, run, registry=bench.registry)


def _desk_of(job: Job) -> Desk:
    """Return the desk that comes nearest to what was asked of a run."""
    return Desk(
        text=job.prompt.text,
        negative=job.prompt.negative_text,
        dialect=job.prompt.dialect,
        styles=job.prompt.styles,
        model=job.model,
        ranker=job.ranker,
        seed=job.seed,
        candidates=job.candidates,
        text_seed=job.text_seed,
        settings=job.settings,
        search=job.search,
        variation_seed=job.variation_seed,
        variation_strength=job.variation_strength,
    )


def _find(bench: Bench, rest: str) -> Answer:
    from promptkit.console.tables import plain_table
    from promptkit.library import Library
    from promptkit.library.search import count, excerpts, near_words, search

    with Library(_folder(bench)) as library:
        found = search(library, rest, limit=FOUND)
        if not found:
            near = [f"'{word}': {', '.join(others)}" for word, others in near_words(library, rest).items() if others]
            told = f" Near words that there are: {'; '.join(near)}." if near else ""
            return (done(f"No picture is found by '{rest}'.{told}"),)
        marked = excerpts(library, rest, [hit.picture.id for hit in found])
        total = count(library, rest)
    titles = ("id", "file", "prompt", "seed", "total", "rating", "tags")
    table = plain_table(titles, [_row(bench, hit, marked) for hit in found])
    more = (done(f"The first {len(found)} of {total}: say more to find fewer."),) if total > len(found) else ()
    return (table, *more)


def _row(bench: Bench, hit: Hit, marked: Mapping[int, str]) -> tuple[str | Text, ...]:
    """Return a hit's cells, shortened for a person, whole for a program."""
    from promptkit.console.tables import WHOLE
    from promptkit.views_search import hit_row

    if not bench.scripted:
        return hit_row(hit, marked.get(hit.picture.id))
    return hit_row(hit, None, file=WHOLE, prompt=WHOLE)


def _files(bench: Bench, place: str) -> list[str]:
    """Return the files of a picture: its own, and the finished one. Raises SettingsError where there are none."""
    candidate = bench.candidate(place)
    paths = [path for path in (candidate.path, candidate.finished_path) if path is not None]
    if not paths:
        raise SettingsError(f"Picture {place} is in no library.", hint="Only written pictures are rated and tagged.")
    return paths


def _rate(bench: Bench, rest: str) -> Answer:
    from promptkit.library import Library

    place, rating = first_word(rest)
    if rating not in RATINGS:
        raise SettingsError(f"'{shortened(rating)}' is no rating.", hint=f"Rate from 0 to 5: rate {place} 4; or none.")
    paths = _files(bench, place)
    with Library(_folder(bench)) as library:
        for path in paths:
            library.rate(library.picture(path).id, None if rating == NONE else int(rating))
    return (done(f"picture {place}: {'no rating' if rating == NONE else f'rating {rating}'}"),)


def _tag(bench: Bench, rest: str) -> Answer:
    from promptkit.library import Library

    place, word = first_word(rest)
    paths = _files(bench, place)
    removed, tag = word.startswith("-"), word.lstrip("+-")
    with Library(_folder(bench)) as library:
        ids = [library.picture(path).id for path in paths]
        for number_ in ids:
            library.tag(number_, () if removed else (tag,), (tag,) if removed else ())
        tags = library.pictures(ids)[0].tags
    return (done(f"picture {place}: {', '.join(tags) or 'no tags'}"),)


def _models(bench: Bench, _: str) -> Answer:
    from dataclasses import replace

    from promptkit.console.tables import models_table
    from promptkit.machine import this_machine

    machine = this_machine()
    models = [replace(found.value, name=name) for name, found in bench.registry.all("model").items()]
    there = f"{machine.gpu:.0f} GiB on the GPU" if machine.gpu is not None else "no NVIDIA GPU"
    memory = "" if machine.ram is None else f", {machine.ram:.0f} GiB of memory"
    told = f"This machine has {there}{memory}. model NAME takes one; a folder, a file or a hub id works too."
    return (models_table(models, machine, bench.desk.model), safe_text(told, "bright_black"))


def _library_line(bench: Bench, command: str, arguments: list[str]) -> str:
    options = {"--library": None if bench.library is None else str(bench.library)}
    return command_line(command, options, arguments) or ""


def _resume_line(bench: Bench, rest: str) -> str:
    return _library_line(bench, "resume", [rest] if rest else [])


def _rate_line(bench: Bench, rest: str) -> str:
    place, rating = first_word(rest)
    return _library_line(bench, "library rate", [*_files(bench, place), rating])


def _tag_line(bench: Bench, rest: str) -> str:
    place, word = first_word(rest)
    options = {
        "--library": None if bench.library is None else str(bench.library),
        "--remove" if word.startswith("-") else "--add": word.lstrip("+-"),
    }
    return command_line("library tag", options, _files(bench, place)) or ""


VERBS = (
    Verb(
        name="resume",
        summary="Go on with a run of the library that was stopped or cut off, the newest or RUN.",
        usage="resume [RUN]",
        examples=("resume", "resume 3"),
        run=_resume,
        fits=maybe_number,
        command=_resume_line,
        equivalent="resume RUN",
        works=True,
    ),
    Verb(
        name="find",
        summary="Find pictures of the library by words, slots and facts.",
        usage="find QUERY",
        examples=("find fox", "find lighting:golden score:>0.5"),
        run=_find,
        fits=lambda _, rest: bool(rest),
        command=lambda bench, rest: _library_line(bench, "library search", [rest]),
        equivalent="library search QUERY",
    ),
    Verb(
        name="rate",
        summary="Rate picture N in the library from 0 to 5; none takes that back.",
        usage="rate N 0-5|none",
        examples=("rate 1 5", "rate 2 none"),
        run=_rate,
        fits=lambda _, rest: _TWO.fullmatch(rest) is not None,
        complete=places,
        command=_rate_line,
        equivalent="library rate FILE N",
    ),
    Verb(
        name="tag",
        summary="Put a tag on picture N in the library; -WORD takes it off.",
        usage="tag N WORD",
        examples=("tag 1 good", "tag 1 -good"),
        run=_tag,
        fits=lambda _, rest: _TWO.fullmatch(rest) is not None,
        complete=places,
        command=_tag_line,
        equivalent="library tag FILE +WORD",
    ),
    Verb(
        name="models",
        summary="List models, what they need, and which fit this machine.",
        usage="models",
        examples=("models", "/models"),
        run=_models,
        fits=lambda _, rest: not rest,
        command=lambda _, __: "promptkit models",
        equivalent="models",
    ),
)
