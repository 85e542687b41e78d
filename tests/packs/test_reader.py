import time

import pytest

from promptkit.errors import PackError
from promptkit.packs.library import read_pack

GOOD = """promptkit: 1
name: test-pack
version: 1.0.0
title: A test
styles:
  one:
    title: One
    style: [ink drawing]
"""


def write(tmp_path, text):
    path = tmp_path / "pack.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


HOSTILE = {
    "empty": (b"", "empty"),
    "not a mapping": ("- a\n- b\n", "mapping"),
    "binary": (bytes(range(256)), "UTF-8"),
    "utf-16": (GOOD.encode("utf-16"), "UTF-8"),
    "five megabytes": ("# " + "x" * 5_000_000, "larger"),
    "alias bomb": ("a: &a [x, x]\nb: [*a, *a]\n", "anchor"),
    "explicit tag": ("promptkit: !!python/object/apply:os.system [ls]\n", "tag"),
    "duplicate key": (GOOD + "name: again\n", "twice"),
    "merge key": (GOOD.replace("    title: One", "    <<: {title: x}\n    title: One"), "plain text"),
    "tab": (GOOD + "\tx: 1\n", "tab"),
    "deep nesting": (GOOD + "x: " + "[" * 30 + "]" * 30 + "\n", "deeper"),
    "a hundred thousand brackets": ("x: " + "[" * 100_000, "deeper"),
    "unknown key": (GOOD.replace("style: [", "stile: ["), "Did you mean 'style'"),
    "unknown top key": (GOOD + "nam: x\n", "Did you mean 'name'"),
    "no title": (GOOD.replace("    title: One\n", ""), "missing"),
    "newer format": (GOOD.replace("promptkit: 1", "promptkit: 2"), "not known"),
    "bad name": (GOOD.replace("test-pack", "Test Pack"), "a-z"),
    "cycle": (GOOD + "    extends: two\n  two: {title: Two, extends: one}\n", "extends itself"),
    "missing parent": (GOOD + "    extends: nobody\n", "not there"),
    "missing pack": (GOOD + "    extends: nobody/none\n", "not installed"),
    "unknown brace": (GOOD.replace("ink drawing", '"ink of {colour}"'), "names no choice"),
    "lone brace": (GOOD.replace("ink drawing", '"ink {"'), "names no choice"),
    "huge weight": (GOOD.replace("[ink drawing]", "[{text: ink, weight: 1e9}]"), "less than or equal to 10"),
    "weight that is no number": (GOOD.replace("[ink drawing]", "[{text: ink, weight: nan}]"), "finite"),
    "terminal escape": (GOOD.replace("ink drawing", '"\\e[31mred"'), "control characters"),
    "bidi override": (GOOD.replace("ink drawing", '"\\u202egnp"'), "control characters"),
    "number of steps": (GOOD + "    settings: {num_inference_steps: many}\n", "whole number"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packs_are_refused_with_place_and_cure(tmp_path, name):
    text, expected = HOSTILE[name]
    path = write(tmp_path, text)
    begin = time.perf_counter()
    with pytest.raises(PackError) as caught:
        read_pack(path)
    assert time.perf_counter() - begin < 5
    assert expected in f"{caught.value} {caught.value.hint}"
    assert caught.value.file == str(path)
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "read"), [("16:9", "16:9"), ("no", "no"), ("010", "010"), ("1e3", "1e3"), ("0x10", "0x10")]
)
def test_scalars_keep_their_spelling(tmp_path, written, read):
    pack = read_pack(write(tmp_path, GOOD.replace("ink drawing", written)))
    assert pack.styles[0].slots["style"][0].text == read


def test_crlf_and_bom_are_fine(tmp_path):
    assert read_pack(write(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())).name == "test-pack"


def test_symbolic_links_are_not_followed(tmp_path):
    target = write(tmp_path, GOOD)
    link = tmp_path / "link.yaml"
    link.symlink_to(target)
    with pytest.raises(PackError, match="symbolic"):
        read_pack(link)


def test_the_place_is_that_of_the_value(tmp_path):
    with pytest.raises(PackError) as caught:
        read_pack(write(tmp_path, GOOD.replace("style: [ink drawing]", "style: [ink, {text: x, weight: heavy}]")))
    assert (caught.value.line, caught.value.key) == (8, "styles.one.style.1.weight")
