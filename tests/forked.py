"""A Python that has imported the heavy libraries already, as a program that stands in for ``sys.executable``.

A command that makes pictures takes six seconds for its imports and less than one for the pictures. ``warm_python`` starts
one server with the imports done, none of them promptkit's, and gives the path of a program: it takes ``-m module``,
``-c code`` or a file, as Python does, and runs it in a fork of the server with the caller's folder, environment and open
files. That is a process of its own, with modules of promptkit and plugins loaded afresh, and its own end: exit code, exit
handlers, death by a signal.

An interrupt is passed on. It proves nothing of what a new interpreter does: which modules are imported, how long the start
takes, options and variables that Python itself reads, another hash seed, an interrupt while modules load. For those run
``sys.executable``.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

HEAVY = (
    "torch", "diffusers", "transformers", "open_clip", "peft", "pydantic", "rich.console", "PIL.Image", "scipy.optimize",
    "diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion",
    "diffusers.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl",
    "transformers.models.clip.modeling_clip", "transformers.models.clip.tokenization_clip",
)  # fmt: skip
READY = b"ready\n"
PYTEST = ("-n0", "-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Options of a pytest that runs here: in this process alone, and it minds that plugins of its own are in memory."""


@contextlib.contextmanager
def warm_python() -> Iterator[str]:
    """Start a server and give the path of the program that asks it; at the end of the block the server ends."""
    with tempfile.TemporaryDirectory(prefix="warm") as folder:
        door, program = Path(folder, "door"), Path(folder, "python")
        words = [sys.executable, "-ISB", __file__, "ask", str(door)]
        program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        program.chmod(0o700)
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        command = [sys.executable, "-P", __file__, "serve", str(door)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as server:
            if server.stdout.readline() != READY:
                raise RuntimeError("The server of warm Pythons did not start; see its stderr")
            yield str(program)
            server.stdin.close()


def ask(door: str, arguments: list[str]) -> int:
    """Have the server at ``door`` run a command with this process's files, folder and environment; return its exit code."""
    request = {"arguments": arguments, "folder": str(Path.cwd()), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(door)
        socket.send_fds(talk, [b"f"], [0, 1, 2])
        talk.sendall(json.dumps(request).encode())
        talk.shutdown(socket.SHUT_WR)
        answers = talk.makefile()
        child = int(answers.readline())
        signal.signal(signal.SIGINT, lambda number, _: os.kill(child, number))
        status = int(answers.readline())
    return status if status >= 0 else 128 - status


def serve(door: str) -> dict:
    """Answer at ``door`` until stdin is closed. Returns in the fork that is to run a command, with its request."""
    for name in HEAVY:
        import_module(name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(door)
        listening.listen()
        os.write(1, READY)
        while True:
            ready, _, _ = select.select([listening, 0], [], [])
            _bury()
            if 0 in ready:
                os._exit(0)
            talk, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                return _accompany(talk)
            talk.close()


def _bury() -> None:
    """Collect what became of the children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _accompany(talk: socket.socket) -> dict:
    """Fork once more: the child takes the caller's files and returns its request, this process waits and tells its end."""
    _, files, _, _ = socket.recv_fds(talk, 1, 3)
    request = json.loads(b"".join(iter(lambda: talk.recv(65536), b"")))
    child = os.fork()
    if child:
        talk.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        talk.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    talk.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    return request


def run(arguments: list[str], folder: str, environment: dict[str, str]) -> None:
    """Do what ``python *arguments`` does, in that folder and environment."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    match arguments:
        case ["-c", code, *rest]:
            sys.argv, sys.path[:0] = ["-c", *rest], [""]
            module = sys.modules["__main__"] = ModuleType("__main__")
            exec(compile(code, "<string>", "exec"), module.__dict__)
        case ["-m", name, *rest]:
            sys.argv, sys.path[:0] = [name, *rest], [folder]
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        case [file, *rest]:
            sys.argv, sys.path[:0] = [file, *rest], [str(Path(file).resolve().parent)]
            runpy.run_path(file, run_name="__main__")


class End:
    """The end of a command without the half second in which Python takes a full memory apart: the last exit handler."""

    code = 1

    def __call__(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.code)

    def watch(self, command: Callable[[], None]) -> None:
        """Run the command and keep its exit code; what it raises goes on to Python, which tells of it."""
        try:
            command()
        except SystemExit as end:
            self.code = 0 if end.code is None else end.code if isinstance(end.code, int) else 1
            raise
        self.code = 0


if __name__ == "__main__":
    _, _task, _door, *_rest = sys.argv
    if _task == "ask":
        sys.exit(ask(_door, _rest))
    atexit.register(_end := End())
    _request = serve(_door)
    _end.watch(lambda: run(**_request))
