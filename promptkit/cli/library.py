"""The group ``library``: each command's module is imported when it is used. A new command is one line here."""

from __future__ import annotations

import click

from promptkit.cli.lazy import LazyGroup

LIBRARY = {
    "add": ("promptkit.cli.library_change:add", "Take in pictures, of other tools too."),
    "embed": ("promptkit.cli.library_search:embed", "Let pictures be found by meaning."),
    "export": ("promptkit.cli.library_export:export", "Copy pictures out, with a list of what is known of them."),
    "gc": ("promptkit.cli.library_upkeep:gc", "Clear away what a library no longer needs."),
    "list": ("promptkit.cli.library_show:list_pictures", "List pictures, the newest first."),
    "path": ("promptkit.cli.library_show:path", "Print the library's folder."),
    "rate": ("promptkit.cli.library_change:rate", "Rate pictures from 0 to 5."),
    "search": ("promptkit.cli.library_search:search", "Find pictures by words, slots, facts, and by meaning."),
    "show": ("promptkit.cli.library_show:show", "Show all that is known of a picture."),
    "tag": ("promptkit.cli.library_change:tag", "Put tags on pictures, and take them off."),
    "verify": ("promptkit.cli.library_upkeep:verify", "Check every picture against its hash, and the database."),
}
"""Name → (module:command, one line of help)."""


@click.group(cls=LazyGroup, table=LIBRARY)
def library() -> None:
    """List, find, tag, rate, check and export the pictures of a library: a folder with a database that knows them.

    It is the folder that --library names, else PROMPTKIT_LIBRARY, else 'pictures' in the current folder.
    """
