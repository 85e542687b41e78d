"""A built wheel, installed without its dependencies into an environment that reaches this one's."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.forked import PYTEST

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_holds_what_it_needs_and_no_more(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "promptkit/_styles/embedded.yaml",
        "promptkit/slots/data/style.txt",
        "promptkit/embedded/weights/pipeline/model_index.json",
        "promptkit/embedded/weights/clip/open_clip_model.safetensors",
        "promptkit/embedded/weights/upscaler-x2.safetensors",
        "promptkit/embedded/MODEL_CARD.md",
        "promptkit/gallery/page.html.j2",
        "promptkit/gallery/script.js",
        "promptkit/gallery/style.css",
        "promptkit/plugin_template/sampler/scheduler.py.template",
        "promptkit/plugin_template/common/gitignore.template",
        "promptkit/py.typed",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests", ".train", "pictures"))]


@pytest.mark.slow
def test_the_installed_wheel_does_the_main_job(wheel, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    (site / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    script = "import promptkit; print(promptkit.__file__)"
    where = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, env=env, cwd=tmp_path)
    assert str(site) in where.stdout
    command = [
        tmp_path / "venv" / "bin" / "promptkit",
        "generate",
        "a red lighthouse",
        "--style",
        "embedded/watercolour-dusk",
        "--candidates",
        "2",
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / done.stdout.strip()).is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder",
    [path for path in sorted((ROOT / "plugins").glob("*/pyproject.toml")) if '"promptkit.plugins"' in path.read_text()],
    ids=lambda path: path.parent.name,
)
def test_a_first_party_plugin_builds_installs_appears_and_passes_its_own_tests(folder, tmp_path, warm_python):
    source = folder.parent
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, capture_output=True, check=True)
    (built,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
        str(built),
    ]
    subprocess.run(install, check=True)
    env = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    listed = subprocess.run(
        [warm_python, "-m", "promptkit", "plugins", "list"], capture_output=True, text=True, env=env, check=True
    )
    assert source.name.removeprefix("promptkit-") in listed.stdout
    tests = [
        warm_python,
        "-m",
        "pytest",
        *PYTEST,
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(source),
        str(source / "tests"),
    ]
    done = subprocess.run(tests, capture_output=True, text=True, env=env, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout
