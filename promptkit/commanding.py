"""Command lines of promptkit to copy: safe to paste into a POSIX shell, and what is copied is what is seen."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping

from promptkit.terminal import visible


def shell_word(word: str) -> str | None:
    r"""Return a word as a shell is given it; ``None`` for what no command line can hold: NUL and halves of characters.

    Line ends and signs that do not show are written as bash and zsh read them, ``$'\u202e'``, so that what is copied is
    what is seen."""
    if "\0" in word or any("\ud800" <= char <= "\udfff" for char in word):
        return None
    if word == visible(word) and "\n" not in word:
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if char == visible(char):
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def option_words(options: Mapping[str, object]) -> Iterator[str]:
    """Yield the words of options: a list repeats its option, ``True`` is a flag, and ``None`` and ``False`` leave it
    out. A value that begins with a dash is bound to its option by ``=``."""
    for name, said in options.items():
        for value in said if isinstance(said, list | tuple) else (said,):
            if value is None or value is False:
                continue
            if value is True:
                yield name
            elif (text := _spelled(value)).startswith("-"):
                yield f"{name}={text}"
            else:
                yield from (name, text)


def command_line(command: str, options: Mapping[str, object], arguments: Iterable[str] = ()) -> str | None:
    """Return ``promptkit COMMAND`` with its options and arguments; ``None`` where a shell cannot be given one of
    them."""
    arguments = list(arguments)
    dashed = any(argument.startswith("-") for argument in arguments)
    words = ["promptkit", *command.split(), *option_words(options), *(["--"] if dashed else []), *arguments]
    quoted = [shell_word(word) for word in words]
    return None if None in quoted else " ".join(map(str, quoted))


def _spelled(value: object) -> str:
    """Write a number as short as it can be without another value."""
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)
