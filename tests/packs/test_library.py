import pytest

import promptkit
from promptkit.errors import UnknownNameError
from promptkit.packs import library as module
from promptkit.packs.library import StyleLibrary, builtin_folder, user_folder

PACK = """promptkit: 1
name: {name}
version: 1.0.0
title: T
defaults: {{negative: [text]}}
styles:
  base: {{title: Base, lighting: [soft light], negative: [blur], settings: {{guidance_scale: 5}}}}
  child: {{title: Child, extends: base, style: ["{{tone}} ink"], choices: {{tone: [blue, black]}}, negative: [noise]}}
  other: {{title: Other, conflicts: ["{name}/ch*"]}}
"""


def test_a_child_inherits_and_adds(tmp_path):
    (tmp_path / "a.yaml").write_text(PACK.format(name="a"))
    child = StyleLibrary([tmp_path]).get("child")
    assert child.slots["lighting"][0].text == "soft light"
    assert child.negative == ("text", "blur", "noise")
    assert child.settings == {"guidance_scale": 5.0}


def test_extends_reaches_into_another_pack_and_brings_its_defaults(tmp_path):
    (tmp_path / "a.yaml").write_text(PACK.format(name="a"))
    (tmp_path / "b.yaml").write_text(
        "promptkit: 1\nname: b\nversion: 1.0.0\ntitle: B\ndefaults: {negative: [logo], settings: {width: 512}}\n"
        "styles:\n  s: {title: S, extends: a/child, camera: [35mm], order: [camera], notes: {sdxl: Low.}}\n"
        "  t: {title: T, extends: s, order: [camera, subject], notes: {flux: Long.}, choices: {tone: [red]}}\n"
    )
    library = StyleLibrary([tmp_path])
    s, t = library.get("b/s"), library.get("b/t")
    assert set(s.slots) == {"style", "lighting", "camera"}
    assert s.negative == ("text", "logo", "blur", "noise")
    assert s.settings == {"guidance_scale": 5.0, "width": 512}
    assert s.order == ("subject", "camera", "style", "lighting")
    assert t.order == ("camera", "subject", "style", "lighting")
    assert t.notes == {"sdxl": "Low.", "flux": "Long."}
    assert (s.choices, t.choices) == ({"tone": ("blue", "black")}, {"tone": ("red",)})


def test_an_order_is_that_of_the_additions(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "promptkit: 1\nname: a\nversion: 1.0.0\ntitle: A\nstyles:\n"
        "  s: {title: S, subject: '{subject} at sea', style: [ink], lighting: [dusk], camera: [35mm], order: [camera]}\n"
    )
    variant = next(promptkit.expand("a dog", styles=["s"], library=StyleLibrary([tmp_path])))
    assert variant.resolved == "a dog, at sea, 35mm, ink, dusk"


def test_two_packs_of_one_name_and_a_broken_one_are_problems_and_the_rest_goes_on(tmp_path):
    (tmp_path / "a.yaml").write_text(PACK.format(name="a"))
    (tmp_path / "again.yaml").write_text(PACK.format(name="a"))
    (tmp_path / "broken.yaml").write_text("promptkit: 1\n")
    library = StyleLibrary([tmp_path])
    assert len(library.styles()) == 3
    assert len(library.problems) == 2
    assert "a.yaml" in str(library.problems[0])


def test_what_is_your_own_overrides_what_is_not_and_says_what(tmp_path):
    folders = [tmp_path / name for name in ("built-in", "yours", "given")]
    for folder in folders:
        folder.mkdir()
        (folder / "a.yaml").write_text(PACK.format(name="a").replace("title: T", f"title: {folder.name}"))
    first, second, third = (str(folder / "a.yaml") for folder in folders)
    library = StyleLibrary(folders[:1], own=folders[1:])
    assert library.packs["a"].title == "given"
    assert library.packs["a"].path == third
    assert library.packs["a"].overrides == (first, second)
    assert library.problems == []
    twice = StyleLibrary([folders[0], folders[0] / "a.yaml"], own=[folders[0]])
    assert (twice.packs["a"].overrides, twice.problems) == ((), [])


def test_words_of_a_pack_come_by_slot(tmp_path):
    (tmp_path / "a.yaml").write_text(PACK.format(name="a") + "vocabulary: {lighting: [x light, y], mood: eerie}\n")
    (vocabulary,) = StyleLibrary([tmp_path]).vocabularies()
    assert [(term.text, term.slot) for term in vocabulary.terms] == [
        ("x light", "lighting"), ("y", "lighting"), ("eerie", "mood"),
    ]  # fmt: skip


def test_names_suggest_and_ambiguity_is_said(tmp_path):
    (tmp_path / "a.yaml").write_text(PACK.format(name="a"))
    (tmp_path / "b.yaml").write_text(PACK.format(name="b"))
    library = StyleLibrary([tmp_path])
    with pytest.raises(UnknownNameError) as caught:
        library.get("child")
    assert set(caught.value.suggestions) == {"a/child", "b/child"}
    with pytest.raises(UnknownNameError, match="a/chld") as caught:
        library.get("a/chld")
    assert "a/child" in caught.value.suggestions


def test_the_installed_folder_is_found_before_the_checkout(tmp_path, monkeypatch):
    assert (builtin_folder() / "embedded.yaml").is_file()
    package = tmp_path / "promptkit"
    (package / "packs").mkdir(parents=True)
    monkeypatch.setattr(module, "__file__", str(package / "packs" / "library.py"))
    assert builtin_folder() == tmp_path / "styles"
    (package / "_styles").mkdir()
    assert builtin_folder() == package / "_styles"


def test_the_users_folder_follows_the_environment(tmp_path):
    assert user_folder({"PROMPTKIT_HOME": str(tmp_path)}) == tmp_path / "styles"
    assert user_folder({}).name == "styles"


def test_the_embedded_pack_speaks_only_words_the_model_knows():
    from promptkit.advice import unknown_words
    from promptkit.embedded.words import VOCABULARY

    for style in StyleLibrary([builtin_folder()]).packs["embedded"].styles:
        for variant in promptkit.expand("a red cat", styles=[style.id]):
            assert unknown_words(variant, VOCABULARY) == []
