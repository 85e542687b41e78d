"""The contract of a post-processor."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptkit.interfaces import Adjustable, PostProcessor, Setting
from promptkit.testing.contract import Contract, Finding, Report, check_registered, require
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
    """Check that a post-processor makes an RGB picture of any RGB picture, from 1×1 on, and leaves that as it was.

    It is tried with the ends of the settings that it names, and with those given. Raises ContractError.
    """
    contract = Contract(f"postprocessor '{getattr(postprocessor, 'name', '?')}'", seconds=seconds)
    asked = Asked(contract, postprocessor)
    contract.check("has a name and a docstring", lambda: check_registered(postprocessor, "register_postprocessors"))
    sound = contract.check("names settings that can be written", lambda: _check_settings(postprocessor))
    if sound and contract.check("makes a picture", lambda: asked.makes(*asked.usual(settings))):
        case = strategies().tuples(pictures(("RGB",)), _drawn_settings(postprocessor, settings), seeds())
        for name, probe in (
            ("makes an RGB picture of any size", asked.makes),
            ("makes the same for the same seed", asked.repeats),
            ("keeps the picture that it is given", asked.keeps_its_picture),
            ("keeps the settings that it is given", asked.keeps_its_settings),
        ):
            contract.every(name, case, probe, examples=examples)
    return contract.close()


class Asked:
    """A post-processor that is asked."""

    def __init__(self, contract: Contract, postprocessor: PostProcessor) -> None:
        self.contract = contract
        self.postprocessor = postprocessor

    def usual(self, settings: Sequence[Mapping[str, Any]]) -> Case:
        return picture("RGB", (64, 48), 1), {**_defaults(self.postprocessor), **dict(*settings[:1])}, 0

    def processed(self, image: Image, settings: Mapping[str, Any], seed: int) -> Image:
        """Return what it makes of the very picture and settings."""

        def process() -> Any:
            made = self.postprocessor.process(image, settings=settings, rng=random.Random(seed))
            if hasattr(made, "load"):
                made.load()
            return made

        return self.contract.call(said(image, settings), process)

    def makes(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        from PIL import Image as Pillow

        made = self.processed(image.copy(), dict(settings), seed)
        what = said(image, settings)
        if not isinstance(made, Pillow.Image):
            raise Finding(f"{what} gave {type(made).__name__}", "Return a picture of Pillow's.")
        require(made.mode == "RGB", f"{what} gave {of(made)}", "Bring it back: made.convert('RGB').")
        require(made.width > 0 and made.height > 0, f"{what} gave {of(made)}", "A picture has a pixel at least.")

    def repeats(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        first, second = (content(self.processed(image.copy(), dict(settings), seed)) for _ in range(2))
        require(
            first == second,
            f"{said(image, settings)} made another picture for the same seed",
            "Draw from rng alone; seed numpy by it: numpy.random.default_rng(rng.getrandbits(64)).",
        )

    def keeps_its_picture(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        before = content(image)
        self.processed(image, dict(settings), seed)
        require(content(image) == before, f"{said(image, settings)} changed its picture", "Work on image.copy().")

    def keeps_its_settings(self, image: Image, settings: Mapping[str, Any], seed: int) -> None:
        handed = dict(settings)
        self.processed(image.copy(), handed, seed)
        require(
            handed == settings, f"{said(image, settings)} changed its settings to {handed}", "Work on dict(settings)."
        )


def said(image: Image, settings: Mapping[str, Any]) -> str:
    return f"process({of(image)}, settings={dict(settings)})"


def _check_settings(postprocessor: PostProcessor) -> None:
    names: set[str] = set()
    for setting in postprocessor.settings if isinstance(postprocessor, Adjustable) else ():
        if not isinstance(setting, Setting):
            raise Finding(f"its settings hold {type(setting).__name__}", "Name them by promptkit.interfaces.Setting.")
        name, default = setting.name, setting.default
        require(
            bool(name) and not SIGNS & set(name) and name not in names,
            f"its setting is named {name!r}",
            "A name has no comma, semicolon, colon, equals sign or blank, and stands once.",
        )
        names.add(name)
        chosen = not setting.choices or default in setting.choices
        within = isinstance(default, str) or setting.least <= default <= setting.most
        require(
            chosen and within, f"'{name}' is {default!r} by default, which it does not take", "Choose one it takes."
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
