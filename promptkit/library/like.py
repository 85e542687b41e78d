"""What pictures should be like, made of a text or of a picture by the model that the library's embeddings come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from promptkit.embedding import embedded_images, embedded_texts, load_embedder, name_of
from promptkit.errors import LibraryError, SettingsError, UnknownNameError
from promptkit.library.similar import Like, stored_embedding, usual_model
from promptkit.pictures import open_picture

if TYPE_CHECKING:
    from promptkit.interfaces import Embedder
    from promptkit.library.records import StoredPicture
    from promptkit.library.store import Library
    from promptkit.registry import Registry

HASHED = "@"
EMBED = "promptkit library embed"


def like_text(library: Library, text: str, registry: Registry, *, ranker: str | None = None) -> Like:
    """Return what shows what a text says.

    ``ranker`` embeds it, by default the one that most embeddings of the library come from. Raises LibraryError where
    there are none, SettingsError for no text, and UnknownNameError, ModelError and ScoringError of rankers.
    """
    if not text.strip():
        raise SettingsError("There is no text to be like.", hint='For example: --like "a lonely house at night".')
    embedder = embedder_for(library, registry, ranker=ranker)
    return Like(model=name_of(embedder), vector=embedded_texts(embedder, [text])[0])


def like_image(library: Library, name: str, registry: Registry, *, ranker: str | None = None) -> Like:
    """Return what is like a picture: one of the library, as ``Library.picture`` finds it, or any other file. Nothing is
    loaded for one whose embedding is kept. Raises what ``like_text`` raises, and MetadataError."""
    picture = _stored(library, name)
    if ranker is None and picture is not None:
        model = usual_model(library)
        kept = stored_embedding(library, picture.id, model)
        if kept is not None:
            return Like(model=model, vector=kept)
    path = Path(name) if picture is None else picture.path
    image = open_picture(path).rgb
    embedder = embedder_for(library, registry, ranker=ranker)
    return Like(model=name_of(embedder), vector=embedded_images(embedder, [image])[0])


def _stored(library: Library, name: str) -> StoredPicture | None:
    """Return the library's picture of a name, ``None`` where it names another file. Raises UnknownNameError."""
    try:
        return library.picture(name)
    except UnknownNameError:
        if "\0" in name or not Path(name).is_file():
            raise
        return None


def embedder_for(library: Library, registry: Registry, *, ranker: str | None = None) -> Embedder:
    """Load the ranker that was named, or the one that most embeddings of the library come from. Raises LibraryError
    where there are none, or that one cannot be had any more."""
    if ranker is not None:
        return load_embedder(ranker, registry)
    model = usual_model(library)
    try:
        embedder = load_embedder(ranker_of(model), registry)
    except UnknownNameError as error:
        raise _other(model, "which is not here") from error
    if name_of(embedder) != model:
        raise _other(model, f"and here that is '{name_of(embedder)}'")
    return embedder


def ranker_of(model: str) -> str:
    """Return the ranker that makes embeddings of this name, as users write it. Raises LibraryError for a folder: which
    one it was is not kept."""
    name = model.partition(HASHED)[0]
    if ":local-dir:" in name:
        raise LibraryError(
            f"The library's embeddings were made with '{model}', a folder whose path is not kept.",
            hint="Name it: --ranker clip:local-dir:FOLDER",
        )
    return name


def _other(model: str, why: str) -> LibraryError:
    return LibraryError(
        f"The library's embeddings were made with '{model}', {why}.",
        hint=f"Make those of another ranker, and search by it: {EMBED} --ranker NAME",
    )
