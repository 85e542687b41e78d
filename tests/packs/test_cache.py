"""The cache gives what validation gave, or nothing; whatever is wrong with it, the packs are right."""

import json
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from promptkit.errors import PackError
from promptkit.packs import cache as module
from promptkit.packs.cache import PackCache, cache_folder
from promptkit.packs.library import StyleLibrary, installed_library
from tests.packs.hostile.cases import GOOD, style

LONG_AGO = 1_600_000_000
RICH = style(
    lighting="[{text: dusk, weight: 1.2}]",
    choices="{a: [x, y]}",
    order="[lighting]",
    notes="{sdxl: low}",
    settings="{width: 512}",
)


def write(folder, text, name="a.yaml", when=LONG_AGO):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (when, when))
    return path


def library(folder, file):
    return StyleLibrary([folder], cache=PackCache(file))


@pytest.fixture
def validated(monkeypatch):
    """The files that were validated, in order."""
    from promptkit.packs import validate

    seen = []
    real = validate.read_plain
    monkeypatch.setattr(validate, "read_plain", lambda path: seen.append(path.name) or real(path))
    return seen


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "packs").mkdir()
    return tmp_path / "packs"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "cache" / "packs.json"


def test_a_pack_is_validated_once_and_then_comes_from_the_cache_the_same(folder, file, validated):
    write(folder, RICH + "vocabulary: {mood: [eerie]}\n")
    first, second = library(folder, file), library(folder, file)
    assert first.packs == second.packs
    assert first.vocabularies() == second.vocabularies()
    assert validated == ["a.yaml"]
    assert json.loads(file.read_text())["packs"]["files"]


@pytest.mark.parametrize("what", ["text", "size", "time", "another file"])
def test_a_pack_is_validated_again_when_its_file_changes(folder, file, validated, what):
    path = write(folder, GOOD)
    assert library(folder, file).styles()[0].title == "One"
    if what == "text":
        write(folder, GOOD.replace("One", "Two"))
    elif what == "size":
        write(folder, GOOD.replace("One", "Twelve"))
    elif what == "time":
        os.utime(path, (LONG_AGO, LONG_AGO + 5))
    else:
        write(folder, GOOD.replace("One", "Two"), "b.txt").replace(path)
    said = {"text": "Two", "size": "Twelve", "time": "One", "another file": "Two"}
    assert library(folder, file).styles()[0].title == said[what]
    assert validated == ["a.yaml"] * 2


def test_what_is_wrong_with_a_pack_is_remembered_too(folder, file, validated):
    write(folder, GOOD.replace("style:", "stile:"))
    problems = []
    for _ in range(2):
        broken = library(folder, file)
        assert broken.styles() == []
        problems.append([(str(problem), problem.hint) for problem in broken.problems])
    assert problems[0] == problems[1]
    assert problems[0][0][1] == "Did you mean 'style'?"
    assert validated == ["a.yaml"]


def test_a_parent_in_another_pack_is_looked_up_at_each_load(folder, file):
    child = GOOD.replace("test-pack", "child").replace("style: [ink drawing]", "extends: parent/one")
    write(folder, child, "child.yaml")
    write(folder, GOOD.replace("test-pack", "parent"), "parent.yaml")
    assert library(folder, file).get("child/one").slots["style"][0].text == "ink drawing"
    write(folder, GOOD.replace("test-pack", "parent").replace("ink", "chalk"), "parent.yaml")
    assert library(folder, file).get("child/one").slots["style"][0].text == "chalk drawing"
    (folder / "parent.yaml").unlink()
    gone = library(folder, file)
    assert gone.styles() == []
    assert (gone.problems[0].line, gone.problems[0].key) == (8, "styles.one.extends")


def test_a_file_that_has_just_changed_is_not_kept(folder, file):
    write(folder, GOOD, when=time.time())
    assert len(library(folder, file).styles()) == 1
    assert not file.exists()


DAMAGE = {
    "empty": lambda data: b"",
    "cut": lambda data: data[:-10],
    "one letter": lambda data: data.replace(b"One", b"Oen"),
    "not JSON": lambda data: b"hello",
    "binary": lambda data: bytes(range(256)),
    "another document": lambda data: b'{"a": 1}',
    "a pickle": lambda data: b"\x80\x04\x95.",
    "deep": lambda data: b"[" * 100_000,
    "a list": lambda data: sealed("[]"),
    "no files": lambda data: sealed("{}"),
    "files of another kind": lambda data: sealed(json.dumps({"made_by": module._made_by(), "files": {"x": 1}})),
    "another version": lambda data: data.replace(b'"made_by":["', b'"made_by":["9'),
}


def sealed(body):
    return (module._HEAD.format(zlib.crc32(body.encode())) + body + "}").encode()


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_or_foreign_cache_is_made_anew(folder, file, validated, name):
    write(folder, GOOD)
    library(folder, file).styles()
    file.write_bytes(DAMAGE[name](file.read_bytes()))
    assert library(folder, file).styles()[0].title == "One"
    assert library(folder, file).styles()[0].title == "One"
    assert validated == ["a.yaml"] * 2


def test_another_version_or_changed_code_makes_it_anew(folder, file, validated, monkeypatch):
    write(folder, GOOD)
    library(folder, file).styles()
    monkeypatch.setattr(module, "_made_by", lambda: ["9.9.9", 1, 0])
    library(folder, file).styles()
    assert validated == ["a.yaml"] * 2


@pytest.mark.parametrize("what", ["a folder in its place", "a file in the folder's place", "a pipe in its place"])
def test_a_cache_that_cannot_be_written_is_not(folder, file, what):
    write(folder, GOOD)
    if what == "a folder in its place":
        file.mkdir(parents=True)
        (file / "x").touch()
    elif what == "a file in the folder's place":
        file.parent.touch()
    else:
        file.parent.mkdir()
        os.mkfifo(file)
    for _ in range(2):
        assert library(folder, file).styles()[0].title == "One"
    assert [path.name for path in file.parent.glob("*.*")] in ([], ["packs.json"])


def test_entries_of_files_that_are_gone_go_too(folder, file):
    write(folder, GOOD)
    write(folder, GOOD.replace("test-pack", "other"), "b.yaml")
    library(folder, file).styles()
    (folder / "b.yaml").unlink()
    write(folder, GOOD + "# new\n")
    library(folder, file).styles()
    assert list(json.loads(file.read_text())["packs"]["files"]) == [str(folder / "a.yaml")]


def test_processes_that_read_and_write_at_once_all_get_it_right(folder, tmp_path):
    for number in range(5):
        write(folder, GOOD.replace("test-pack", f"p{number}"), f"p{number}.yaml")
    script = (
        "import sys; from pathlib import Path; from promptkit.packs.cache import PackCache\n"
        "from promptkit.packs.library import StyleLibrary\n"
        "for _ in range(30):\n"
        "    cache = PackCache(Path(sys.argv[2]))\n"
        "    cache._changed = True\n"
        "    assert len(StyleLibrary([Path(sys.argv[1])], cache=cache).styles()) == 5\n"
    )
    file = tmp_path / "cache" / "packs.json"
    running = [subprocess.Popen([sys.executable, "-c", script, folder, file]) for _ in range(4)]
    assert [process.wait() for process in running] == [0] * 4
    assert [path.name for path in file.parent.iterdir()] == ["packs.json"]


def test_the_folder_follows_the_environment(tmp_path):
    assert cache_folder({"PROMPTKIT_HOME": str(tmp_path)}) == tmp_path / "cache"
    assert "promptkit" in str(cache_folder({}))


def test_the_whole_library_comes_from_the_cache_without_yaml_or_pydantic():
    installed_library().styles()
    cached = Path(os.environ["PROMPTKIT_HOME"]) / "cache" / "packs.json"
    assert cached.is_file()
    script = (
        "import sys; from promptkit.packs.library import installed_library\n"
        "library = installed_library(); assert library.styles(); library.vocabularies()\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "promptkit.packs.library" in loaded
    assert not loaded & {"yaml", "pydantic", "numpy", "torch", "rapidfuzz", "rich"}


def test_errors_survive_the_cache_whole(folder, file):
    write(folder, GOOD.replace("1.0.0", "1").replace("style:", "stile:"))
    first, second = library(folder, file), library(folder, file)
    for broken in (first, second):
        assert broken.styles() == []
        (problem,) = broken.problems
        assert isinstance(problem, PackError)
        assert "and 1 more" in problem.message
        assert problem.file == str(folder / "a.yaml")
