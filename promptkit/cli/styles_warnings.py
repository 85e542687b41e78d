"""What is well written in a pack and still may not do what its author means: steps and grades of finishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.errors import PackError, PromptkitError

if TYPE_CHECKING:
    from promptkit.packs.check import Checked
    from promptkit.packs.library import StyleLibrary
    from promptkit.registry import Registry


def warnings_of(found: Sequence[Checked], library: StyleLibrary, registry: Registry) -> list[PackError]:
    """Return, each with its line, the steps that cannot be run here and the grades that a built-in one hides."""
    presets = _presets(found, library)
    return [said for one in found for said in (*_hidden(one, library), *_steps(one, registry, presets))]


def _presets(found: Sequence[Checked], library: StyleLibrary) -> dict[str, Mapping[str, Any]]:
    """Return what each grade sets, those of the checked files too, which need not be installed."""
    from promptkit.packs.resolve import grades_of

    own = [grade for one in found if one.plain is not None for grade in grades_of(one.plain)]
    short = {grade.name: grade.settings for grade in own}
    return {**short, **library.grades(), **{grade.id: grade.settings for grade in own}}


def _hidden(one: Checked, library: StyleLibrary) -> Iterator[PackError]:
    from promptkit.packs.library import GRADES
    from promptkit.packs.resolve import grades_of

    if one.plain is None or one.plain["name"] == GRADES or GRADES not in library.found:
        return
    builtin = {grade.name for grade in grades_of(library.found[GRADES].plain)}
    for grade in grades_of(one.plain):
        if grade.name in builtin:
            said = f"'{grade.name}' alone means the grade of promptkit that is called so."
            hint = f"Write {grade.id} in chains, or give it another name."
            yield one.document.error(("grades", grade.name), said, hint, at_key=True)


def _steps(one: Checked, registry: Registry, presets: Mapping[str, Mapping[str, Any]]) -> Iterator[PackError]:
    from promptkit.finish import plan_chain

    for name, style in ({} if one.plain is None else one.plain.get("styles", {})).items():
        for at, step in enumerate(style.get("finish", ())):
            try:
                plan_chain([step], registry, {"grade": presets})
            except PromptkitError as error:
                said = f"this step would be left out here: {error.message}"
                yield one.document.error(("styles", name, "finish", at), said, error.hint)
