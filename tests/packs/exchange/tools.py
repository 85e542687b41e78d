"""Styles in, styles out: what the tests of this folder share."""

from promptkit.expanders.styles import expand
from promptkit.packs.exchange.foreign import Notes
from promptkit.packs.exchange.into_pack import Rules, pack_of, styles_of
from promptkit.packs.exchange.out_of_pack import WRITERS, foreign_styles
from promptkit.packs.exchange.reading import FORMATS, format_of, read_styles
from promptkit.packs.exchange.writer import write_pack
from promptkit.packs.library import StyleLibrary


class Imported:
    """A pack that was imported from texts of files, and what can be done with it."""

    def __init__(self, folder, *texts, form=None, ending=".json", to_dialect=None):
        paths = [folder / f"file{i}{ending}" for i in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8", newline="")
        self.form = form or format_of(paths)
        self.notes = Notes()
        self.file = write(paths, self.form, folder / "packs" / "imported.yaml", self.notes, to_dialect)
        self.library = StyleLibrary([folder / "packs"])
        self.styles = self.library.packs["imported"].styles

    def applied(self, text, *numbers, negative=""):
        """Apply styles, by default the first, to a typed text."""
        from promptkit.slots.parse import parse

        names = [self.styles[number].id for number in numbers or (0,)]
        return next(expand(parse(text, negative=negative), styles=names, library=self.library))

    def exported(self, form):
        return WRITERS[form](foreign_styles(self.styles, Notes()))


def write(paths, form, target, notes, to_dialect=None):
    """Read the styles of files and write a pack of them."""
    chosen = FORMATS[form]
    found = read_styles(paths, form, notes)
    rules = Rules(tool=chosen.tool, dialect=chosen.dialect, to_dialect=to_dialect)
    return write_pack(
        target, pack_of("imported", "Imported", "For a test.", styles_of(found, rules, notes)), force=True
    )
