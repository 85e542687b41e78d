"""What a picture says about itself: written into its file, and read out of it again."""

from promptkit.metadata.carried import Carried, carried
from promptkit.metadata.infotext import infotext, infotext_of
from promptkit.metadata.prompts import prompt_of
from promptkit.metadata.provenance import Provenance
from promptkit.metadata.readers.a1111 import infotext_in
from promptkit.metadata.reading import read_provenance, unread_in
from promptkit.metadata.stripping import stripped
from promptkit.metadata.writing import write_finished, write_picture, write_png

__all__ = [
    "Carried",
    "Provenance",
    "carried",
    "infotext",
    "infotext_in",
    "infotext_of",
    "prompt_of",
    "read_provenance",
    "stripped",
    "unread_in",
    "write_finished",
    "write_picture",
    "write_png",
]
