"""Pictures' rows without files, for what only asks the database."""

from promptkit.library import Library
from promptkit.library.files import FileFacts
from promptkit.library.records import slots_of
from promptkit.library.writing import NewPicture, put_embedding, put_picture
from promptkit.slots.parse import parse


def stored(
    library: Library, prompt: str = "a red fox, golden hour", *, embedding=None, rating=None, tags=(), **changed
):
    """Keep a picture's row with its words; return its id. The slots are the prompt's own."""
    number = len(library.files()) + 1
    size = {"width": changed.pop("width", 512), "height": changed.pop("height", 512)}
    facts = FileFacts(sha256=f"{number:064x}", bytes=1, format=changed.pop("format", "PNG"), **size)
    slots = slots_of((phrase.slot, phrase.text) for phrase in parse(prompt).phrases)
    new = NewPicture(
        **{"file": f"{number}.png", "facts": facts, "prompt": prompt, "slots": slots, "made": 1e9, **changed}
    )
    with library.writing() as connection:
        made = put_picture(connection, new)
        if embedding is not None:
            put_embedding(connection, made, *embedding)
    if tags:
        library.tag(made, tags)
    if rating is not None:
        library.rate(made, rating)
    return made
