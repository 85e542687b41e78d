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
        self.notes = Notes()
        self.form = format_of(paths, form)
        chosen = FORMATS[self.form]
        found = read_styles(paths, self.form, self.notes)
        rules = Rules(tool=chosen.tool, dialect=chosen.dialect, to_dialect=to_dialect)
        packs = folder / "packs"
        self.file = write_pack(
            packs / "imported.yaml",
            pack_of("imported", "Imported", "Imported for a test.", styles_of(found, rules, self.notes)),
            force=True,
        )
        self.library = StyleLibrary([packs])
        self.styles = self.library.packs["imported"].styles if self.library.packs else ()

    def applied(self, text, *numbers, negative=""):
        """Apply styles, by default the first, to a typed text."""
        from promptkit.slots.parse import parse

        names = [self.styles[number].id for number in numbers or (0,)]
        return next(expand(parse(text, negative=negative), styles=names, library=self.library))

    def exported(self, form):
        return WRITERS[form](foreign_styles(self.styles, Notes()))
