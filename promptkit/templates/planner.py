"""From what a template says to what it comes to: wildcards read, variables put in, conditions decided.

A value that is drawn once (``${v=!…}``) is a symbol as long as nothing depends on its text. Where a wildcard's name or
a condition does, the planner begins again and plans what follows once for each of its texts; so a count stays exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from promptkit.templates.counting import countable
from promptkit.templates.lists import Lists, OwnedLine, joined_lines
from promptkit.templates.nodes import (
    COMBINATORIAL,
    Assign,
    Choice,
    Guard,
    Literal,
    Negative,
    Node,
    Option,
    Source,
    Syntax,
    Use,
    Wildcard,
    Wrap,
)
from promptkit.templates.nodes import Sequence as Parts
from promptkit.templates.parser import short_key
from promptkit.templates.plan import Alternatives, One, Plan, join, thresholds
from promptkit.templates.scope import Late, Scope, Symbol, Value
from promptkit.templates.special import (
    USE,
    Decided,
    Defined,
    InTurn,
    Negated,
    Sampled,
    Selection,
    Wrapped,
    used,
)
from promptkit.templates.wildcards import Wildcards

MAX_NODES = 100_000
"""Nodes of a plan: what a template holds once its wildcards and variables are filled in."""
MAX_DEPTH = 100
"""Choices, variables and wildcards inside one another."""
MAX_DECIDING = 10_000
"""Texts of a value on which other things depend."""
MAX_RESULT = 32 * 1024
"""Characters of a finished prompt with its negative."""


_ONE_OF = Choice(0, "", ())


class _Depends(Exception):
    """The text of a value has to be known before going on."""

    def __init__(self, name: str) -> None:
        self.name = name


class Planner:
    """Plans one template."""

    def __init__(self, wildcards: Wildcards, syntax: Syntax) -> None:
        self.lists = Lists(wildcards, syntax)
        self.deciding: set[str] = set()
        self.readers: dict[type[Node], Callable[..., Plan]] = {
            Literal: lambda node, scope: One(node.text),  # noqa: ARG005
            Parts: self.sequence,
            Choice: self.choice,
            Wildcard: self.wildcard,
            Use: self.use,
            Assign: lambda node, scope: self.sequence(Parts(node.start, (node,)), scope),
            Wrap: self.wrap,
            Negative: lambda node, scope: Negated(self.node(node.value, scope)),
        }

    def plan(self, source: Source) -> Plan:
        """Plan a template. Raises PromptError with a place, and WildcardError for a list that cannot be read."""
        while True:
            self.nodes = self.depth = 0
            self.symbols: list[Sampled | Symbol] = []
            self.used: set[int] = set()
            try:
                return self.node(source.root, Scope(source))
            except _Depends as need:
                self.deciding.add(need.name)

    def node(self, node: Node, scope: Scope) -> Plan:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise scope.error(
                f"With its wildcards filled in, the template has more than {MAX_NODES:,} nodes.",
                node.start,
                "Use a narrower wildcard, or fewer values that others depend on.",
            )
        if self.depth > MAX_DEPTH:
            raise scope.error(
                f"More than {MAX_DEPTH} things stand inside one another.", node.start, "Flatten the wildcards."
            )
        self.depth += 1
        plan = self.readers[type(node)](node, scope)
        self.depth -= 1
        if plan.longest > MAX_RESULT:
            raise scope.error(
                f"A prompt of this template can be {plan.longest:,} characters long; at most {MAX_RESULT:,} are made.",
                node.start,
                "Use a variable or a part of the text less often.",
            )
        return plan

    def sequence(self, node: Parts, scope: Scope) -> Plan:
        plans: list[Plan] = []
        for index, part in enumerate(node.parts):
            if not isinstance(part, Assign):
                plans.append(self.node(part, scope))
            elif part.overwrite or part.name not in scope.variables:
                if not part.immediate:
                    scope = scope.setting(part.name, self.late(part.value, scope))
                    continue
                fixed = scope.fixed or part.name in self.deciding
                value = self.node(part.value, replace(scope, prefix=f"{scope.prefix}{part.key}>", fixed=fixed))
                if fixed and not isinstance(value, One):
                    rest = Parts(part.start, node.parts[index + 1 :])
                    plans.append(self.decided(value, part.name, rest, scope, part.start))
                    break
                scope = self.define(value, part, scope, plans)
        kept = [p for p in plans if not (isinstance(p, Defined) and p.symbol not in self.used)]
        return join(kept) if kept else One("")

    def define(self, value: Plan, part: Assign, scope: Scope, plans: list[Plan]) -> Scope:
        """Set a variable that is drawn once: to its text where there is only one, else to a symbol."""
        if isinstance(value, One) and USE not in value.row[0]:
            plans.append(One("", *value.row[1:]))
            return scope.setting(part.name, value.row[0])
        symbol = Symbol(len(self.symbols), part.name, value.longest)
        self.symbols.append(symbol)
        plans.append(Defined(value, symbol.number))
        return scope.setting(part.name, symbol)

    def decided(self, value: Plan, name: str, rest: Parts, scope: Scope, position: int) -> Plan:
        texts = self.texts_of(value, scope, position)
        return Decided(value, {text: self.node(rest, scope.setting(name, text)) for text in texts})

    def texts_of(self, value: Plan, scope: Scope, position: int) -> list[str]:
        """Return the different texts of a plan, in order."""
        if value.count > MAX_DECIDING:
            raise scope.error(
                f"Other things depend on this, and it can be {value.count:,} things; at most {MAX_DECIDING:,} are "
                "followed.",
                position,
                "Use a shorter list here.",
            )
        return list(dict.fromkeys(text for text, _, _ in value.rows()))

    def late(self, node: Node, scope: Scope) -> Value:
        return node.text if isinstance(node, Literal) else Late(node, scope.source)

    def use(self, node: Use, scope: Scope) -> Plan:
        value = scope.variables.get(node.name)
        inner = replace(scope, prefix=f"{scope.prefix}{node.key}>")
        if value is None:
            if node.default is None:
                raise scope.undefined(node.name, node.start)
            return self.node(node.default, inner)
        if isinstance(value, str):
            return One(value)
        if isinstance(value, Symbol):
            if scope.fixed or value.name in self.deciding:
                raise _Depends(value.name)
            self.used.add(value.number)
            return One(used(value.number), longest=value.longest)
        return self.late_use(node, value, inner)

    def late_use(self, node: Use, value: Late, scope: Scope) -> Plan:
        if any(value is outer for outer in scope.values):
            raise scope.error(
                f"The variable '{node.name}' is used in its own value.",
                node.start,
                "Give one of the two another name, or draw it first with =!.",
            )
        return self.node(value.node, replace(scope, source=value.source, values=(*scope.values, value)))

    def wrap(self, node: Wrap, scope: Scope) -> Plan:
        wrapper = self.node(node.wrapper, replace(scope, fixed=True))
        return Wrapped(wrapper, self.node(node.inner, scope))

    def choice(self, node: Choice, scope: Scope) -> Plan:
        key = scope.prefix + node.key
        only = node.options[0]
        if len(node.options) == 1 and isinstance(only.value, Wildcard) and (node.low, node.high) != (1, 1):
            return self.wildcard(only.value, scope, choice=node)
        there = self.present(node, scope)
        options = [self.simple(self.node(option.value, scope)) for _, option in there]
        weights = [option.weight for _, option in there]
        return self.sampled(
            self.alternatives(key, node, options, [number for number, _ in there], weights, scope), node.sampler, scope
        )

    def simple(self, plan: Plan) -> Plan | str:
        """Return a plan that is only a text as this text."""
        return plan.row[0] if isinstance(plan, One) and plan.row[1:] == ("", ()) and USE not in plan.row[0] else plan

    def alternatives(
        self,
        key: str,
        node: Choice,
        options: Sequence[Plan | str],
        numbers: Sequence[int],
        weights: Sequence[float],
        scope: Scope,
    ) -> Plan:
        """Plan one of several options, or as many as ``node`` says; no option at all is an empty text."""
        high = len(options) if node.high is None else min(node.high, len(options))
        if not options:
            return One("")
        if (node.low, node.high) == (1, 1):
            return Alternatives(key, options, numbers, thresholds(weights))
        if not countable([1 if isinstance(option, str) else option.count for option in options], high):
            raise scope.error(
                f"Up to {high:,} of {len(options):,} options with choices inside are too many to count.",
                node.start,
                "Choose fewer at once.",
            )
        return Selection(key, options, numbers, weights, (min(node.low, high), high), node.separator)

    def present(self, node: Choice, scope: Scope) -> list[tuple[int, Option]]:
        """Return the options whose condition holds and whose weight is not 0, with their numbers."""
        guarded = any(self.holds(option.guard, scope) for option in node.options if option.guard)
        found = []
        for number, option in enumerate(node.options):
            if option.guard is None:
                holds = True
            else:
                holds = not guarded if option.guard.name is None else self.holds(option.guard, scope)
            if holds and option.weight:
                found.append((number, option))
        return found

    def holds(self, guard: Guard, scope: Scope) -> bool:
        if guard.name is None:
            return False
        value = scope.variables.get(guard.name)
        if value is None:
            raise scope.undefined(guard.name, guard.start)
        if isinstance(value, Symbol):
            raise _Depends(value.name)
        if isinstance(value, Late):
            plan = self.node(value.node, replace(scope, source=value.source, fixed=True))
            if not isinstance(plan, One):
                raise scope.error(
                    f"A condition cannot see '{guard.name}': it is drawn anew at each use.",
                    guard.start,
                    f"Draw it once: ${{{guard.name}=!…}}.",
                )
            value = plan.row[0]
        return (value.strip() in guard.values) != guard.negated

    def sampled(self, plan: Plan, sampler: str | None, scope: Scope) -> Plan:
        if sampler is None or scope.fixed or plan.count == 1:
            return plan
        if sampler == COMBINATORIAL:
            return InTurn(plan)
        found = Sampled(plan, sampler, len(self.symbols))
        self.symbols.append(found)
        return found

    def wildcard(self, node: Wildcard, scope: Scope, choice: Choice | None = None) -> Plan:
        path = self.node(node.path, replace(scope, prefix=f"{scope.prefix}{node.key}>", fixed=True))
        inner = scope
        for name, value in node.variables:
            inner = inner.setting(name, self.late(value, scope))
        plans = {text: self.lines(text.strip(), node, inner, choice) for text in self.texts_of(path, scope, node.start)}
        plan = next(iter(plans.values())) if isinstance(path, One) else Decided(path, plans)
        return self.sampled(plan, node.sampler or (choice.sampler if choice else None), scope)

    def lines(self, name: str, node: Wildcard, scope: Scope, choice: Choice | None) -> Plan:
        """Plan a line of the lists that a name means, or as many as the choice says that holds nothing else."""
        lists = self.lists.find(name, node, scope)
        key = scope.prefix + (choice.key if choice else node.key)
        texts = None if choice else self.lists.plain(lists)
        if texts is not None:
            return Alternatives(key, texts[0], range(len(texts[0])), texts[1]) if texts[0] else One("")
        lines = joined_lines(lists)
        options = [self.line(line, key, scope) for line in lines]
        weights = [line.weight for _, line in lines]
        return self.alternatives(key, choice or _ONE_OF, options, range(len(options)), weights, scope)

    def line(self, owned: OwnedLine, key: str, scope: Scope) -> Plan | str:
        entries, line = owned
        source = self.lists.source(entries, line)
        if source is None:
            return line.text
        inner = replace(
            scope,
            source=source,
            prefix=f"{key}>{short_key(line.text)}>",
            wildcards=(*scope.wildcards, entries.name),
        )
        return self.simple(self.node(source.root, inner))
