"""Taking pictures into a library by what they say of themselves: those of a run that was killed between a file and its
row, those of a library whose database is gone, and those of other tools."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promptkit.errors import MetadataError, PromptkitError
from promptkit.library.files import all_files, facts_of, folder_time, is_picture, names_in, new_names, relative_name
from promptkit.library.moved import find_moves, follow
from promptkit.library.records import CANDIDATE, FINISHED_PICTURE, IMPORTED, recorded_candidate, slots_of
from promptkit.library.writing import NewPicture, put_candidate, put_picture, told_by
from promptkit.metadata import Provenance, prompt_of, read_provenance
from promptkit.pictures import Opened, open_picture
from promptkit.records import Candidate, Recipe

if TYPE_CHECKING:
    from promptkit.library.store import Library

SETTLED = 2.0
"""Seconds after which a folder's time is trusted: a file might still come within a tick of its clock."""
UNKNOWN = "unknown"
"""The tool of a picture that says nothing of itself."""
SEEN = "seen"
"""The fact under which the folder's time is kept."""


def adopt_new(library: Library) -> list[int]:
    """Take in pictures of promptkit's that lie in the folder and have no row, where its time says that there may be
    any, and follow pictures that were moved. Returns the ids of those taken in; what cannot be read is left for
    ``verify``."""
    before = folder_time(library.folder)
    if library.fact(SEEN) == str(before):
        return []
    known = library.files()
    if {name for name in known if "/" not in name} - set(names_in(library.folder)):
        _follow_moved(library)
        known = library.files()
    new = [library.folder / name for name in new_names(library.folder) if name not in known]
    adopted = []
    for path in sorted(new, key=_order):
        try:
            adopted.append(adopt_file(library, path, ours_only=True))
        except MetadataError:
            continue
    if time.time() - before / 1e9 > SETTLED:
        library.set_fact(SEEN, str(before))
    return adopted


def adopt_all(library: Library) -> tuple[list[int], list[str]]:
    """Take in every picture in the folder, and in the folders in it, that has no row; one that was moved keeps the row
    that it had. Returns their ids, and what is to be said of those that cannot be."""
    adopted, refused = _follow_moved(library), []
    for path in orphans(library):
        try:
            adopted.append(adopt_file(library, path))
        except PromptkitError as error:
            refused.append(f"{error} {error.hint or ''}".strip())
    return adopted, refused


def _follow_moved(library: Library) -> list[int]:
    """Let the rows of pictures that were moved follow them; return their ids."""
    moves = find_moves(library, orphans(library))
    return follow(library, moves) if moves else []


def orphans(library: Library) -> list[Path]:
    """Return the pictures in the library's folder that have no row."""
    known = library.files()
    found = [path for path in all_files(library.folder) if is_picture(path)]
    new = [path for path in found if path.relative_to(library.folder).as_posix() not in known]
    return sorted(new, key=_order)


def _order(path: Path) -> tuple[bool, int, Path]:
    """Return what puts finished pictures behind those they were made of, and each kind by age."""
    try:
        return "-finished" in path.stem, path.stat().st_mtime_ns, path
    except FileNotFoundError:
        return True, 0, path


def adopt_file(library: Library, path: Path, *, ours_only: bool = False, opened: Opened | None = None) -> int:
    """Take in a picture where it lies, and link it to its run where that is not at its end. ``opened`` is the same
    picture where it was opened before. Returns its id. Raises
    LibraryError and MetadataError; the latter too where it has no recipe and only such are wanted."""
    file, facts = relative_name(library.folder, path), facts_of(path)
    said = read_provenance(opened or open_picture(path))
    recipe, candidate = _recipe_of(said), _candidate_of(said, path)
    new = NewPicture(file=file, facts=facts, made=path.stat().st_mtime)
    if recipe is None or candidate is None:
        if ours_only:
            raise MetadataError(f"'{path}' carries no recipe of promptkit's.", hint="promptkit library add adds it.")
        new = replace(new, kind=IMPORTED, **_told(said))
        with library.writing() as connection:
            return put_picture(connection, new)
    finished = bool(recipe.finish) or "-finished" in path.stem
    run = _open_run(library, recipe, candidate)
    new = replace(
        new,
        kind=FINISHED_PICTURE if finished else CANDIDATE,
        run=run,
        index=candidate.index,
        parent=_parent_of(library, file) if finished else None,
        seed=candidate.seed,
        scores=candidate.scores,
        **told_by(recipe, slots_of(pairs_of(recipe.phrases))),
    )
    with library.writing() as connection:
        number = put_picture(connection, new)
        if run is not None and not finished:
            put_candidate(connection, run, candidate, picture=number)
    return number


def _told(said: Provenance | None) -> dict[str, Any]:
    """Return what another tool's metadata says for a picture's row, its prompt read into slots."""
    if said is None:
        return {"tool": UNKNOWN}
    name = said.model.get("name")
    return {
        "tool": said.tool,
        "model": None if name is None else str(name),
        "sampler": said.sampler,
        "seed": said.seed,
        "prompt": said.prompt,
        "negative": said.negative,
        "slots": _read_slots(said),
    }


def _read_slots(said: Provenance) -> dict[str, str]:
    """Return the slots of a prompt as it is read now; none of one that cannot be read."""
    prompt, _ = prompt_of(said)
    return {} if prompt is None else slots_of((phrase.slot, phrase.text) for phrase in prompt.phrases)


def _open_run(library: Library, recipe: Recipe, candidate: Candidate) -> int | None:
    """Return the newest run of a recipe that is not at its end and lacks this candidate."""
    found = library.rows(
        "SELECT id FROM runs AS r WHERE recipe_id = ? AND state != 'finished' AND NOT EXISTS "
        "(SELECT 1 FROM candidates AS c WHERE c.run_id = r.id AND c.idx = ?) ORDER BY id DESC LIMIT 1",
        (recipe.id, candidate.index),
    )
    return found[0][0] if found else None


def _parent_of(library: Library, file: str) -> int | None:
    """Return the picture that a finished one was made of, by its name."""
    before = f"{file.rpartition('-finished')[0]}.png"
    found = library.rows("SELECT id FROM pictures WHERE file = ?", (before,))
    return found[0][0] if found else None


def _recipe_of(said: Provenance | None) -> Recipe | None:
    try:
        return None if said is None or said.recipe is None else Recipe.from_json(said.recipe)
    except MetadataError:
        return None


def _candidate_of(said: Provenance | None, path: Path) -> Candidate | None:
    try:
        return None if said is None or said.candidate is None else recorded_candidate(said.candidate, path)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def pairs_of(phrases: Iterable[Any]) -> Sequence[tuple[str, str]]:
    """Return slot and text of phrases as recipes keep them; what is none of them is left out."""
    found = [phrase for phrase in phrases if isinstance(phrase, Mapping)]
    return [(str(phrase.get("slot", "")), str(phrase.get("text", ""))) for phrase in found]
