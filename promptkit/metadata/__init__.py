"""What a picture says about itself: written into its file, and read out of it again."""

from promptkit.metadata.infotext import infotext
from promptkit.metadata.reading import PictureRecord, read_record
from promptkit.metadata.writing import write_finished, write_picture, write_png

__all__ = ["PictureRecord", "infotext", "read_record", "write_finished", "write_picture", "write_png"]
