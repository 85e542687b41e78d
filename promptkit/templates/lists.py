"""Lists as a planner uses them: found by name, joined, and their lines read as templates when they are any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from promptkit.errors import PromptError
from promptkit.templates.files import Line
from promptkit.templates.nodes import Source, Syntax, Wildcard
from promptkit.templates.parser import parse_template
from promptkit.templates.plan import thresholds
from promptkit.templates.scope import Scope
from promptkit.templates.wildcards import Entries, Wildcards, merged

OwnedLine = tuple[Entries, Line]


class Lists:
    """The lists of one template; each line is read once."""

    def __init__(self, wildcards: Wildcards, syntax: Syntax) -> None:
        self.wildcards = wildcards
        self.syntax = syntax
        self._sources: dict[str, Source] = {}
        self._texts: dict[tuple[str, ...], tuple[tuple[str, ...], list[int] | None] | None] = {}
        signs = "|".join(re.escape(sign) for sign in (syntax.open, syntax.close, syntax.wildcard))
        self._special = re.compile(rf"{signs}|[${{}}%\\#]|//|/\*|--[A-Za-z]")

    def find(self, name: str, node: Wildcard, scope: Scope) -> list[Entries]:
        """Return the lists that a name means. Raises PromptError when there is none, or one of them is being read."""
        inside = name and ".." not in name.split("/")
        lists = self.wildcards.get(name) if inside else []
        if not lists:
            raise self._missing(name, node, scope)
        for entries in lists:
            if entries.name in scope.wildcards:
                chain = " → ".join((*scope.wildcards[scope.wildcards.index(entries.name) :], entries.name))
                raise scope.error(
                    f"The wildcard '{entries.name}' leads back to itself: {chain}.", node.start, "Break the circle."
                )
        return lists

    def plain(self, lists: Sequence[Entries]) -> tuple[tuple[str, ...], list[int] | None] | None:
        """Return the texts and cumulative weights of lists in which nothing is a template, shared by all who ask."""
        names = tuple(entries.name for entries in lists)
        if names not in self._texts:
            lines = joined_lines(lists)
            simple = all(self.source(entries, line) is None for entries, line in lines)
            scale = thresholds([line.weight for _, line in lines])
            self._texts[names] = (tuple(line.text for _, line in lines), scale) if simple else None
        return self._texts[names]

    def source(self, entries: Entries, line: Line) -> Source | None:
        """Return a line that was read as a template, ``None`` for one that is only text. Raises PromptError."""
        if entries.verbatim or not self._special.search(line.text):
            return None
        number = f"line {line.number} of " if line.number else ""
        place = f"{number}the wildcard '{entries.name}'"
        if line.text not in self._sources:
            try:
                self._sources[line.text] = parse_template(line.text, syntax=self.syntax)
            except PromptError as error:
                raise PromptError(
                    f"In {place}: {error.message}", text=line.text, position=error.position, hint=error.hint
                ) from None
        return replace(self._sources[line.text], place=place)

    def _missing(self, name: str, node: Wildcard, scope: Scope) -> PromptError:
        if ".." in name.split("/"):
            return scope.error("A wildcard's name cannot leave its folder.", node.start, "Leave out the '..'.")
        near = self.wildcards.near(name)
        hint = r"promptkit wildcards list shows them all; write \_\_ for the sign itself."
        if near:
            hint = "Did you mean " + " or ".join(f"'{found}'" for found in near) + "?"
        if self.wildcards.problems:
            hint += f" Files that could not be read: {len(self.wildcards.problems)}; {self.wildcards.problems[0]}."
        return scope.error(f"There is no wildcard named '{name}'.", node.start, hint)


def joined_lines(lists: Sequence[Entries]) -> list[OwnedLine]:
    """Return the lines of several lists as one list, sorted, no text twice, without those of weight 0."""
    owners: dict[str, Entries] = {}
    for entries in lists:
        for line in entries.lines:
            owners.setdefault(line.text, entries)
    lines = merged(line for entries in lists for line in entries.lines)
    return [(owners[line.text], line) for line in lines if line.weight]
