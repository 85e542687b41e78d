"""The keys that are the console's own; all others are those of every line editor."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, completion_is_selected, has_focus
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

HAS_TEXT = Condition(lambda: bool(get_app().current_buffer.text))
MORE = "\\"
"""At the end of a line: it goes on in the next."""


def bindings(toggle_panel: Callable[[], None], recall: Callable[[], str]) -> KeyBindings:
    """Return what Enter, Alt-Enter, F2 and F3 do."""
    keys = KeyBindings()
    on_line = has_focus(DEFAULT_BUFFER)

    @keys.add("enter", filter=on_line & completion_is_selected)
    def _take(event: KeyPressEvent) -> None:
        """Take the completion; the next Enter does the line."""
        event.current_buffer.complete_state = None

    @keys.add("enter", filter=on_line & ~completion_is_selected)
    def _do(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if goes_on(buffer):
            buffer.delete_before_cursor(len(MORE))
            buffer.newline(copy_margin=False)
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=on_line)
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    @keys.add(Keys.Vt100MouseEvent)
    def _no_mouse(_: KeyPressEvent) -> None:
        """Take no notice: text pasted without brackets can look like a mouse, and prompt_toolkit trips on it."""

    @keys.add("c-c", filter=on_line & HAS_TEXT)
    @keys.add("<sigint>", filter=on_line & HAS_TEXT)
    def _clear(event: KeyPressEvent) -> None:
        """Clear the line where it stands: what is typed at once behind it is not echoed beside it. Ctrl-_ undoes it."""
        buffer = event.current_buffer
        buffer.save_to_undo_stack()
        buffer.text = ""

    @keys.add("f2")
    def _panel(_: KeyPressEvent) -> None:
        toggle_panel()

    @keys.add("f3", filter=on_line)
    def _recall(event: KeyPressEvent) -> None:
        """Put the desk's prompt on the line, to go on with it."""
        if text := recall():
            event.current_buffer.text = text
            event.current_buffer.cursor_position = len(text)

    return keys


def goes_on(buffer: Buffer) -> bool:
    """Say whether the cursor stands behind a backslash at the end of the text."""
    return buffer.text.endswith(MORE) and buffer.cursor_position == len(buffer.text)
