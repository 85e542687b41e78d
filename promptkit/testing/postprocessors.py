"""The contract of a post-processor."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from promptkit.errors import ModelError, SettingsError
from promptkit.interfaces import (
    MODES,
    Adjustable,
    ManyModes,
    PostProcessor,
    Processed,
    Setting,
    SettingsCheck,
    Stripping,
)
from promptkit.registry import Registry
from promptkit.testing.contract import Contract, Finding, NotTried, Report, check_json, check_registered, require
from promptkit.testing.drawn import content, of, picture, pictures, seeds, strategies

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from PIL.Image import Image

SIGNS = set(",;:= ")
"""What parts a chain of steps."""
Case = tuple["Image", Mapping[str, Any], int]


def check_postprocessor(
    postprocessor: PostProcessor,
    *,
    settings: Sequence[Mapping[str, Any]] = (),
    examples: int = 20,
    seconds: float = 20.0,
) -> Report:
    """Check that a post-processor makes a picture of any picture of its modes, from 1×1 on, and leaves that as it was.

    It is tried with the ends of the settings that it names, and with those given, of which it may refuse some; where it
    refuses the usual ones it is not tried further. Raises ContractError.
    """
    contract = Contract(f"postprocessor '{getattr(postprocessor, 'name', '?')}'", seconds=seconds)
    asked = Asked(contract, postprocessor)
    contract.check("has a name and a docstring", lambda: check_registered(postprocessor, "register_postprocessors"))
    sound = contract.check("names modes that there are", lambda: _check_modes(postprocessor))
    sound = contract.check("names settings that can be written", lambda: _check_settings(postprocessor)) and sound
    if sound and contract.check("makes a picture", lambda: asked.begins(*asked.usual(settings))):
        drawn = _drawn_settings(postprocessor, settings)
        case = strategies().tuples(pictures(_modes(postprocessor)), drawn, seeds())
        for name, probe in (
            ("makes a picture of any size, in its mode", asked.makes),
            ("makes the same for the same seed", asked.repeats),
            ("tells what a recipe can keep", asked.tells),
            ("keeps the picture that it is given", asked.keeps_its_picture),
            ("keeps the settings that it is given", asked.keeps_its_settings),
            *([("takes out what it says that it strips", asked.strips)] if _strips(postprocessor) else []),
        ):
            contract.every(name, case, probe, examples=examples)
    return contract.close()


class Asked:
    """A post-processor that is asked."""

    def __init__(self, contract: Contract, postprocessor: PostProcessor) -> None:
        self.contract = contract
        self.postprocessor = postprocessor
        self._objects = _objects(postprocessor)

    def usual(self, settings: Sequence[Mapping[str, Any]]) -> Case:
        return picture("RGB", (64, 48), 1), {**_defaults(self.postprocessor), **dict(*settings[:1])}, 0

    def handed(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings as they are handed over: registered objects in place of their names."""
        return {**settings, **{name: value for name, value in self._objects.items() if settings.get(name)}}

    def begins(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        """Look at the usual case, in which a model or package may be missing."""
        try:
            self._checked(image, settings, self._processed(image, self.handed(settings), seed))
        except Refused as refused:
            raise NotTried(str(refused)) from None

    def answered(self, image: Image, settings: Mapping[str, Any], seed: int) -> Processed | None:
        """Return what it makes of the very picture and settings; ``None`` where it refuses the settings."""
        try:
            return self._checked(image, settings, self._processed(image, settings, seed))
        except Refused:
            return None

    def makes(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        self.answered(image.copy(), self.handed(settings), seed)

    def repeats(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        made = [self.answered(image.copy(), self.handed(settings), seed) for _ in range(2)]
        first, second = (one and (content(one.image), one.note, one.facts, one.done) for one in made)
        require(
            first == second,
            f"{said(image, settings)} made another picture for the same seed",
            "Draw from rng alone; seed numpy by it: numpy.random.default_rng(rng.getrandbits(64)).",
        )

    def tells(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        made = self.answered(image.copy(), self.handed(settings), seed)
        if made is None:
            return
        what = said(image, settings)
        check_json(made.facts, f"the facts of {what}: {made.facts}")
        paths = [
            text for text in _texts(made.facts) if PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive
        ]
        require(not paths, f"the facts of {what} hold the path {paths[:1]}", "Keep a file's name and its SHA-256.")
        require(made.done or bool(made.note), f"{what} did nothing, and says no more", "Give a note that says why.")

    def strips(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        handed = image.copy()
        handed.info.update(parameters="a cat", exif=b"Exif", xmp=b"<x/>", comment="c")
        made = self.answered(handed, self.handed(settings), seed)
        left = set() if made is None else set(made.image.info) - {"icc_profile"}
        require(not left, f"{said(image, settings)} left {sorted(left)} in the picture's info", "Give made.info = {}.")

    def keeps_its_picture(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        before = content(image)
        self.answered(image, self.handed(settings), seed)
        require(content(image) == before, f"{said(image, settings)} changed its picture", "Work on image.copy().")

    def keeps_its_settings(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        handed = self.handed(settings)
        self.answered(image.copy(), handed, seed)
        changed = f"{said(image, settings)} changed its settings to {handed}"
        require(handed == self.handed(settings), changed, "Work on dict(settings).")

    def _processed(self, image: Image, settings: Mapping[str, Any], seed: int) -> Any:
        """Return its answer. Raises Refused for settings that it refuses, with a hint."""

        def process() -> Any:
            try:
                if isinstance(self.postprocessor, SettingsCheck):
                    self.postprocessor.check_settings(settings)
                made = self.postprocessor.process(image, settings=settings, rng=random.Random(seed))
                found = made.image if isinstance(made, Processed) else made
                if hasattr(found, "load"):
                    found.load()
            except (SettingsError, ModelError) as error:
                return error
            return made

        made = self.contract.call(said(image, settings), process)
        if not isinstance(made, (SettingsError, ModelError)):
            return made
        if not made.hint:
            raise Finding(f"{said(image, settings)} raised {type(made).__name__}: {made}", "Give it a hint.")
        raise Refused(f"{made} {made.hint}")

    def _checked(self, image: Image, settings: Mapping[str, Any], answer: Any) -> Processed:
        from PIL import Image as Pillow

        made = answer if isinstance(answer, Processed) else Processed(image=answer)
        what, found = said(image, settings), made.image
        if not isinstance(found, Pillow.Image):
            raise Finding(f"{what} gave {type(found).__name__}", "Return a picture of Pillow's.")
        require(found.mode == image.mode, f"{what} gave {of(found)}", f"Bring it back: made.convert('{image.mode}').")
        require(found.width > 0 and found.height > 0, f"{what} gave {of(found)}", "A picture has a pixel at least.")
        return made


class Refused(Exception):
    """Settings that were refused, with the reason and the cure."""


def said(image: Image, settings: Mapping[str, Any]) -> str:
    return f"process({of(image)}, settings={dict(settings)})"


def _modes(postprocessor: PostProcessor) -> tuple[str, ...]:
    more = postprocessor.modes if isinstance(postprocessor, ManyModes) else ()
    return tuple(dict.fromkeys(("RGB", *more)))


def _check_modes(postprocessor: PostProcessor) -> None:
    unknown = [mode for mode in _modes(postprocessor) if mode not in MODES]
    require(not unknown, f"its modes hold {unknown[:1]}", f"A chain's pictures are {', '.join(MODES)}.")


def _strips(postprocessor: PostProcessor) -> bool:
    return isinstance(postprocessor, Stripping) and postprocessor.strips_metadata


def _objects(postprocessor: PostProcessor) -> dict[str, Any]:
    """Return the registered objects that its settings name by default, which it is handed in place of the names."""
    named = postprocessor.settings if isinstance(postprocessor, Adjustable) else ()
    wanted = [one for one in named if isinstance(one, Setting) and one.registered and one.default]
    registry = Registry() if wanted else None
    return {one.name: registry.get(one.registered, str(one.default)) for one in wanted if registry is not None}


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in plain JSON values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def _check_settings(postprocessor: PostProcessor) -> None:
    names: set[str] = set()
    for setting in postprocessor.settings if isinstance(postprocessor, Adjustable) else ():
        if not isinstance(setting, Setting):
            raise Finding(f"its settings hold {type(setting).__name__}", "Name them by promptkit.interfaces.Setting.")
        require(
            bool(setting.name) and not SIGNS & set(setting.name) and setting.name not in names,
            f"its setting is named {setting.name!r}",
            "A name has no comma, semicolon, colon, equals sign or blank, and stands once.",
        )
        names.add(setting.name)
        _check_default(setting)


def _check_default(setting: Setting) -> None:
    """Refuse a default that is not taken, and a whole one where others are meant."""
    name, default, ends = setting.name, setting.default, (setting.least, setting.most)
    require(
        (not setting.choices or default in setting.choices)
        and (isinstance(default, str) or ends[0] <= default <= ends[1]),
        f"'{name}' is {default!r} by default, which it does not take",
        "Choose one it takes.",
    )
    require(
        type(default) is not int or all(end.is_integer() for end in map(float, ends) if math.isfinite(end)),
        f"'{name}' takes whole numbers, and ends at {ends[0]} and {ends[1]}",
        f"Write default={default}.0 for any number.",
    )


def _defaults(postprocessor: PostProcessor) -> dict[str, Any]:
    if not isinstance(postprocessor, Adjustable):
        return {}
    return {setting.name: setting.default for setting in postprocessor.settings}


def _drawn_settings(
    postprocessor: PostProcessor, given: Sequence[Mapping[str, Any]]
) -> SearchStrategy[Mapping[str, Any]]:
    """Draw all settings that it names, each at its default or an end of its range; or those given."""
    st = strategies()
    named = postprocessor.settings if isinstance(postprocessor, Adjustable) else ()
    drawn = st.fixed_dictionaries({setting.name: st.sampled_from(_values(setting)) for setting in named})
    chosen = [{**_defaults(postprocessor), **one} for one in given]
    return drawn | st.sampled_from(chosen) if chosen else drawn


def _values(setting: Setting) -> list[Any]:
    """Return the default and the ends of a setting's range, where it has any."""
    default = setting.default
    if isinstance(default, bool):
        return [default, not default]
    if isinstance(default, str):
        return list(setting.choices) or [default]
    ends = [type(default)(end) for end in (setting.least, setting.most) if abs(end) < 1e6]
    return [default, *ends]
