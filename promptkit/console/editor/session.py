"""The line itself: prompt_toolkit's, with our colours, completions, hints, panel and keys."""

from __future__ import annotations

from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.layout.controls import BufferControl
from prompt_toolkit.output import Output
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.styles import Style

from promptkit.console.bench import Bench
from promptkit.console.editor.completion import LineCompleter
from promptkit.console.editor.counting import OPEN, Tokens
from promptkit.console.editor.hints import hint
from promptkit.console.editor.keys import bindings
from promptkit.console.editor.lexer import SlotLexer
from promptkit.console.editor.panel import panel
from promptkit.console.editor.past import Past
from promptkit.console.editor.reading import Reader
from promptkit.console.editor.shown import ShowHidden

SIGN = "> "
MORE = "… "
MENU_ROWS = 7
"""Rows kept free for completions while they are shown."""
STYLE = Style.from_dict(
    {
        "bottom-toolbar": "noreverse",
        "aborting": "ansibrightblack",
        "exiting": "ansibrightblack",
        "auto-suggestion": "ansibrightblack",
        "completion-menu": "bg:ansibrightblack ansiwhite noreverse",
        "completion-menu.completion": "bg:ansibrightblack ansiwhite",
        "completion-menu.completion.current": "bg:ansicyan ansiblack noreverse",
        "completion-menu.meta.completion": "bg:ansibrightblack ansiwhite",
        "completion-menu.meta.completion.current": "bg:ansicyan ansiblack",
    }
)
"""Only the terminal's own 16 colours, so that every terminal and every theme has them."""


class Editor:
    """Reads lines for a bench. Call it for the next one."""

    def __init__(
        self, bench: Bench, *, keyboard: Input | None = None, screen: Output | None = None, folder: Path | None = None
    ) -> None:
        self.bench = bench
        self.reader = Reader(bench, self._redraw)
        self.tokens = Tokens(bench, self._redraw)
        self.past = Past(folder)
        self._begun = False
        self._completer = LineCompleter(self.reader)
        self.session: PromptSession[str] = PromptSession(
            SIGN,
            multiline=True,
            prompt_continuation=lambda width, *_: MORE[:width],
            history=self.past,
            auto_suggest=AutoSuggestFromHistory(),
            completer=self._completer,
            complete_while_typing=Condition(self._offers),
            reserve_space_for_menu=MENU_ROWS,
            input_processors=[ShowHidden()],
            bottom_toolbar=self._panel,
            rprompt=self._hint,
            key_bindings=bindings(self._toggle, lambda: bench.desk.text),
            style=STYLE,
            include_default_pygments_style=False,
            enable_suspend=True,
            input=keyboard,
            output=screen,
        )
        control = self.session.layout.current_control
        assert isinstance(control, BufferControl)
        control.lexer = SlotLexer(self.reader)

    def __call__(self) -> str:
        """Return the next line. Raises KeyboardInterrupt for Ctrl-C, and EOFError for Ctrl-D on an empty line."""
        with patch_stdout():
            line = self.session.prompt(pre_run=self._begin)
        self.reader.warm()
        self.reader.ready.wait()
        return line.encode("utf-8", "replace").decode("utf-8")

    def _begin(self) -> None:
        """Let what reading needs be loaded once the line is on the screen, and not before."""
        if not self._begun:
            self._begun = True
            self.session.app.after_render += self._warm

    def _warm(self, _: object) -> None:
        self.session.app.after_render -= self._warm
        self.reader.warm()

    def _redraw(self) -> None:
        self.session.app.invalidate()

    def _offers(self) -> bool:
        return self._completer.offers_while_typing(self.session.default_buffer.document.text_before_cursor)

    def _toggle(self) -> None:
        self.session.bottom_toolbar = None if self.session.bottom_toolbar else self._panel

    def _hint(self) -> StyleAndTextTuples:
        if get_app().is_done or not self.reader.ready.is_set():
            return []
        return [*hint(self.reader.read(self.session.default_buffer.text))]

    def _panel(self) -> StyleAndTextTuples:
        size = get_app().output.get_size()
        if not self.reader.ready.is_set():
            return [("", "")]
        reading = self.reader.read(self.session.default_buffer.text)
        tokens = OPEN if reading.prompt is None else self.tokens.of(reading.prompt)
        trouble = str(self.reader.trouble or "") or self.past.trouble
        return [*panel(reading, tokens, columns=size.columns, rows=size.rows, trouble=trouble)]
