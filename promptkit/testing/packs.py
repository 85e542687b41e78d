"""The contract of style packs: their files, and what each style makes of prompts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from promptkit.expanders.mixing import AppliedStyle, apply_styles
from promptkit.packs.library import StyleLibrary, installed_library, pack_files
from promptkit.packs.style import Style
from promptkit.prompt import Prompt
from promptkit.seeds import text_draw
from promptkit.slots.parse import parse
from promptkit.testing.contract import Contract, Finding, Report, require
from promptkit.testing.drawn import prompts, seeds, strategies

DRAWS = 200


def check_pack(pack: Path, *, examples: int = 10, seconds: float = 20.0) -> Report:
    """Check that the packs of a file or folder are well-formed, and that each of their styles adds to a prompt, keeps
    what was typed, and draws its choices from the seed alone. Raises ContractError."""
    contract = Contract(f"pack '{pack.stem}'", seconds=seconds)
    installed = installed_library()
    if not contract.check("is well-formed", lambda: _check_files(pack, installed)):
        return contract.close()
    library = StyleLibrary(installed.folders, own=[pack])
    here = {path.resolve() for path in pack_files(pack)}
    own = [name for name, found in library.found.items() if found.path.resolve() in here]
    styles = [style for name in own for style in library.packs[name].styles]
    contract.check("says what it is, and what each style does", lambda: _check_words(own, library, styles))
    if not styles:
        return contract.close()
    st = strategies()
    case = st.tuples(st.sampled_from(styles), prompts(), seeds())
    asked = Asked(contract)
    for name, probe in (
        ("adds to a prompt", asked.adds),
        ("keeps what was typed", asked.keeps),
        ("makes the same for the same seed", asked.repeats),
    ):
        contract.every(name, case, probe, examples=examples)
    contract.check("uses all that it lists", lambda: asked.use_choices(styles))
    return contract.close()


class Asked:
    """Styles that are applied."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def applied(self, style: Style, prompt: Prompt, seed: int) -> Prompt:
        return self.contract.call(
            f"--style {style.id} on {prompt.text!r}",
            lambda: apply_styles(prompt, [AppliedStyle(style)], draw=text_draw(seed)),
        )

    def adds(self, style: Style, _: Prompt, seed: int) -> None:
        bare = parse("a cat")
        made = self.applied(style, bare, seed)
        require(
            made.resolved != bare.resolved or made.negative_resolved != bare.negative_resolved,
            f"--style {style.id} adds nothing to 'a cat'",
            "Fill a slot: style, lighting or camera.",
        )

    def keeps(self, style: Style, prompt: Prompt, seed: int) -> None:
        made = self.applied(style, prompt, seed)
        require(
            style.verbatim or made.text in made.resolved,
            f"--style {style.id} on {prompt.text!r} made {made.resolved!r}",
        )
        for text in (made.resolved, made.negative_resolved):
            require(
                text.strip(" ,") == text.strip() and ", ," not in text.replace(prompt.text, ""),
                f"--style {style.id} on {prompt.text!r} made {text!r}",
                "Leave out commas at the ends of phrases; phrases are joined by commas.",
            )

    def repeats(self, style: Style, prompt: Prompt, seed: int) -> None:
        first, second = (self.applied(style, prompt, seed).resolved for _ in range(2))
        require(first == second, f"--style {style.id} made {first!r}, and then {second!r} for the same seed")

    def use_choices(self, styles: Collection[Style]) -> None:
        """Find each option of each choice among what is drawn."""
        for style in (style for style in styles if style.choices):
            made = [self.applied(style, parse("a cat"), seed) for seed in range(DRAWS)]
            texts = [f"{one.resolved} {one.negative_resolved}" for one in made]
            for name, options in style.choices.items():
                missing = [option for option in options if not any(option in text for text in texts)]
                require(
                    not missing,
                    f"the choice '{name}' of {style.id} has {missing[:3]}, which no prompt is given",
                    f"Write {{{name}}} into a text of the style, or take the options out.",
                )


def _check_files(pack: Path, installed: StyleLibrary) -> None:
    from promptkit.packs.check import check_files

    require(bool(pack_files(pack)), f"'{pack}' holds no *.yaml", "Put the packs' YAML files there.")
    for problem in (problem for one in check_files([pack], installed) for problem in one.problems):
        raise Finding(str(problem), problem.hint or "")


def _check_words(own: Collection[str], library: StyleLibrary, styles: Collection[Style]) -> None:
    for name in own:
        pack = library.packs[name]
        for key, said in (("title", pack.title), ("summary", pack.summary), ("license", pack.licence)):
            require(bool(said), f"the pack '{name}' has no {key}", f"Add {key}: to the file.")
    for style in styles:
        require(
            bool(style.summary), f"the style {style.id} has no summary", "Say in one line what it does to a picture."
        )
