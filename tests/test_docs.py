"""Every code block of the README and of docs/ runs, and says what is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from promptkit.packs.library import read_pack

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN_BY_CI = ("main job", "tests")


def blocks(language):
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"(?:<!-- ([\w ./-]+) -->\n)?```{language}\n(.*?)```", text, re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            yield pytest.param(match[1], match[2], id=f"{page.name}:{line}")


def is_file(mark):
    """Whether a block is a file of this repository, word for word."""
    return (mark or "").startswith("file ")


@pytest.mark.parametrize(("mark", "code"), list(blocks(r"\w+")))
def test_blocks_that_are_files_say_what_the_files_say(mark, code):
    if is_file(mark):
        assert code == (ROOT / mark.removeprefix("file ")).read_text(encoding="utf-8")


@pytest.mark.parametrize(("mark", "code"), [block for block in blocks("python") if not is_file(block.values[0])])
def test_python_blocks_run(mark, code, tmp_path, warm_python):
    if "__file__" in code:
        (tmp_path / "block.py").write_text(code, encoding="utf-8")
        arguments = [str(tmp_path / "block.py")]
    else:
        arguments = ["-c", code]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([warm_python, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("mark", "code"), list(blocks("sh")))
def test_shell_blocks_run(mark, code, tmp_path, warm_python):
    if mark in RUN_BY_CI:
        runner = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        assert f'readme_command "{mark}"' in runner
        return
    script = code.replace("promptkit ", f"{warm_python} -m promptkit ")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("mark", "code"), list(blocks("yaml")))
def test_yaml_blocks_are_packs(mark, code, tmp_path):
    path = tmp_path / "pack.yaml"
    path.write_text(code, encoding="utf-8")
    pack = read_pack(path)
    assert pack.styles or pack.grades


def test_the_readme_shows_what_parse_says(capsys):
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    done = subprocess.run(
        [sys.executable, "-m", "promptkit", "parse", "A cinematic portrait of a deep-sea diver under neon signs, 35mm, drizzle"],
        # without the COLUMNS that readline, which pytest imports, puts into the environment behind Python's back
        capture_output=True, text=True, check=True, env=dict(os.environ),
    )  # fmt: skip
    said = {" ".join(line.split()) for line in done.stdout.splitlines()}
    for line in shown.splitlines():
        words = " ".join(line.split())
        assert words in said or "…" in words or words.startswith("slot")


def test_links_between_pages_lead_somewhere():
    for page in [*PAGES, *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_examples_run(path, tmp_path, warm_python):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([warm_python, str(path)], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_nothing_names_a_machine():
    roots = [ROOT / name for name in ("promptkit", "docs", "styles", "examples", "benchmarks")]
    pattern = re.compile(r"/(?:home|root|work|Users)/\w")
    for path in [
        *ROOT.glob("*.md"),
        *(
            file
            for root in roots
            for file in root.rglob("*")
            if file.suffix in {".md", ".py", ".yaml", ".txt", ".json"}
        ),
    ]:
        assert not pattern.search(path.read_text(encoding="utf-8")), path
