"""Plugins as installed packages: a module and its metadata in a folder on the path."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from promptkit.cli import main

FAKES = "from promptkit.testing import FakePlugin\nplugin = FakePlugin()\n"


def install(folder, name, code, *, entries=None, metadata=None, requires=(), version="1.2.3"):
    """Put a plugin there. ``entries`` and ``metadata`` are the texts of its files of metadata, where they are not the
    usual ones."""
    module = f"{name.replace('-', '_')}_module"
    (folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    needed = "".join(f"Requires-Dist: {line}\n" for line in requires)
    usual = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}"
    (info / "METADATA").write_text(usual if metadata is None else metadata, encoding="utf-8")
    lines = f"[promptkit.plugins]\n{name} = {module}\n"
    (info / "entry_points.txt").write_text(lines if entries is None else entries, encoding="utf-8")
    return info


def install_fakes(folder):
    """Install the model ``fake`` and its ranker, which need no torch."""
    return install(folder, "fakes", FAKES, entries="[promptkit.plugins]\nfakes = fakes_module:plugin\n")


def environment(folder, **more):
    paths = os.pathsep.join([str(folder), str(Path(__file__).parent.parent.parent)])
    return {**os.environ, "PYTHONPATH": paths, **more}


def promptkit(folder, *arguments, **more):
    """Run the command in a process of its own, with the plugins of ``folder``."""
    return subprocess.run(
        [sys.executable, "-m", "promptkit", *arguments],
        capture_output=True, text=True, env=environment(folder, **more), check=False, cwd=folder, timeout=120,
    )  # fmt: skip


def called(monkeypatch, capsys, *arguments):
    """Run the command in this process, with the plugins on ``sys.path``; return its exit code, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", ["promptkit", *arguments])
    try:
        main()
    except SystemExit as end:
        code = end.code
    captured = capsys.readouterr()
    return code, captured.out, captured.err
