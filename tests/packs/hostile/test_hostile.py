"""What happens to each pack of ``cases``: refused with a place and a cure or read as documented; quickly, in little
memory, without a traceback, without a raw control character on the terminal, without a file read elsewhere."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptkit.errors import PackError
from promptkit.packs.library import StyleLibrary, read_pack
from tests.packs.hostile.cases import CASES, ESC, GOOD, Case

LONG_AGO = 1_600_000_000
SECONDS = 1.0
MEBIBYTES = 200
SMALL = [case for case in CASES if not case.big]
LARGE = [case for case in CASES if case.big]
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

MEASURE = r"""
import re, sys, time
from pathlib import Path
from promptkit.errors import PackError
from promptkit.packs.check import check_files
from promptkit.packs.library import StyleLibrary, read_pack
path = Path(sys.argv[1])
begin = time.process_time()
try:
    read_pack(path)
except PackError:
    pass
read = time.process_time()
check_files([path], StyleLibrary([]))
# the kernel hands ru_maxrss on to a child, the high-water mark of this process's own memory it does not
peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
print(read - begin, time.process_time() - read, peak / 1024)
"""


def write(folder: Path, case: Case) -> Path:
    path = folder / f"{re.sub('[^a-z0-9]+', '-', case.name.lower())}.yaml"
    path.write_bytes(case.data())
    return path


def run(*arguments, **environment):
    env = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-m", "promptkit", *map(str, arguments)], capture_output=True, env=env, check=False
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_there_are_enough_of_them_and_each_says_what_happens():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(bool(case.refused) != (case.read is not None) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_refused_with_place_and_cure_or_read_as_documented(case, tmp_path):
    path = write(tmp_path, case)
    begin = time.process_time()
    try:
        pack = read_pack(path)
    except PackError as error:
        assert time.process_time() - begin < SECONDS
        assert case.refused, f"{error} {error.hint}"
        assert case.refused in f"{error} {error.hint}"
        assert error.file == str(path)
        assert error.hint
        assert len(str(error)) < 1000
    else:
        assert time.process_time() - begin < SECONDS
        assert case.read is not None, "was read"
        assert case.read(pack)


@pytest.mark.parametrize("case", LARGE, ids=lambda case: case.name)
def test_big_ones_take_a_second_and_200_mib_at_most(case, tmp_path):
    path = write(tmp_path, case)
    done = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read, check, memory = map(float, done.stdout.split())
    assert read < SECONDS
    assert check < SECONDS
    assert memory < MEBIBYTES


def test_the_terminal_gets_no_traceback_and_no_control_character(tmp_path):
    files = [write(tmp_path, case) for case in CASES]
    code, out, err = run("styles", "check", *files)
    assert code == 1
    assert "Traceback" not in out + err
    assert not RAW.search(out + err)
    code, out, err = run("styles", "check", "--json", *files)
    assert code == 1
    assert not err
    problems = json.loads(out)["problems"]
    broken = {Path(problem["file"]).name for problem in problems}
    assert all(problem["hint"] and problem["message"] for problem in problems)
    expected = {write(tmp_path, case).name for case in CASES if case.refused}
    assert broken >= expected


def test_a_folder_of_them_stops_no_command(tmp_path):
    for case in SMALL:
        write(tmp_path, case)
    home = tmp_path / "home"
    (home / "styles").mkdir(parents=True)
    for path in tmp_path.glob("*.yaml"):
        os.utime(path, (LONG_AGO, LONG_AGO))
        path.rename(home / "styles" / path.name)
    for arguments in (("styles", "list"), ("parse", "a dog"), ("expand", "a dog", "--style", "embedded/gallery-oil")):
        for _ in range(2):
            code, out, err = run(*arguments, PROMPTKIT_HOME=str(home))
            assert code == 0
            assert "Traceback" not in out + err
            assert not RAW.search(out + err)
            assert "a-tag-of-python.yaml" in err
    assert "a-tag-of-python.yaml" in (home / "cache" / "packs.json").read_text()


@pytest.mark.parametrize("command", ["list", "show"])
def test_markup_is_only_text(command, tmp_path):
    (case,) = (case for case in CASES if case.name == "markup everywhere")
    path = write(tmp_path, case)
    name = ["test-pack/one"] if command == "show" else []
    code, out, err = run("styles", command, *name, "--pack", path)
    assert code == 0, err
    assert "[bold]b[/bold] [/] :boom:" in out
    assert not RAW.search(out + err)


def test_a_file_name_cannot_steer_the_terminal(tmp_path):
    path = tmp_path / "evil\x1b[31m\u202e.yaml"
    path.write_text(GOOD + "nam: x\n")
    for arguments in (("styles", "check", path), ("styles", "list", "--pack", path), ("styles", "check", tmp_path)):
        code, out, err = run(*arguments)
        assert code in (1, 2)
        assert not RAW.search(out + err)
        assert "nam" in out + err


def test_nothing_outside_a_pack_is_read(tmp_path):
    """Links are refused, a pack names no files, and the only file that is opened is the pack."""
    secret = tmp_path / "secret.yaml"
    secret.write_text(GOOD.replace("One", "SECRET"))
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(secret)
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    (folder / "gone.yaml").symlink_to(tmp_path / "nowhere")
    (folder / "folder.yaml").mkdir()
    os.mkfifo(folder / "pipe.yaml")
    (folder / "device.yaml").symlink_to("/dev/zero")
    library = StyleLibrary([folder])
    assert library.styles() == []
    said = sorted(problem.message for problem in library.problems)
    assert said == ["is no file"] * 2 + ["symbolic links are not followed"] * 4
    assert all(problem.hint for problem in library.problems)


def test_only_the_pack_is_opened(tmp_path):
    script = (
        "import sys; from pathlib import Path; from promptkit.packs.library import read_pack\n"
        "import promptkit.packs.validate\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, arguments: opened.append(str(arguments[0])) if name == 'open' else None)\n"
        "try: read_pack(Path(sys.argv[1]))\n"
        "except Exception as error: pass\n"
        "print('\\n'.join(path for path in opened if path.endswith(('.yaml', 'passwd')) or 'owned' in path))"
    )
    for name in ("a tag of our own", "a tag of Python", "a reference to a file", "a name that climbs"):
        (case,) = (case for case in CASES if case.name == name)
        path = write(tmp_path, case)
        done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
        assert done.stdout.split("\n")[:-1] == [str(path)]


def test_escapes_are_really_in_the_corpus():
    assert sum(ESC in str(case.content) for case in CASES) >= 10
