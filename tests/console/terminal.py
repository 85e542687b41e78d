"""A real terminal for tests: a program in tmux, keys sent to it, and what stands on its screen."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 15.0
"""Seconds after which what was waited for will not come."""
PAUSE = 0.02
CONSOLE = (sys.executable, "-m", "promptkit", "console")


class Terminal:
    """A tmux session of its own server with one pane, in which a program runs."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        term: str = "tmux-256color",
    ) -> None:
        assert shutil.which("tmux"), "tests of the console need tmux: apt-get install tmux"
        self._socket = f"promptkit-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        said = {"TERM": term, "LC_ALL": "C.UTF-8", "COLUMNS": "", "LINES": "", **(env or {})}
        line = shlex.join(["env", *(f"{name}={value}" for name, value in said.items()), *command])
        self._folder = tempfile.TemporaryDirectory(prefix="terminal-")
        self._code = Path(self._folder.name, "code")
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("-f", os.devnull, "new-session", "-d", "-s", "test", *size, "sleep 1000")
        self._tmux("set-option", "-g", "status", "off", ";", "set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-g", "escape-time", "0", ";", "set-option", "-g", "default-terminal", "tmux-256color")
        self._tmux("resize-window", "-t", "test", *size)
        self._tmux("respawn-pane", "-k", "-t", "test", f"{line}; echo $? > {self._code}")

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: ``Enter``, ``Tab``, ``C-c``, ``M-Enter``, ``F2``, ``Left``."""
        self._tmux("send-keys", "-t", "test", *names)

    def type(self, text: str) -> None:
        """Type text as it is, key by key."""
        self._tmux("send-keys", "-t", "test", "-l", text)

    def paste(self, text: str) -> None:
        """Paste text as a terminal does, in brackets where the program asked for them."""
        self._tmux("load-buffer", "-b", "pasted", "-", given=text.encode("utf-8", "surrogatepass"))
        self._tmux("paste-buffer", "-p", "-r", "-d", "-b", "pasted", "-t", "test")

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-t", "test", "-x", str(columns), "-y", str(rows))

    def screen(self, *, escapes: bool = False, past: bool = False) -> str:
        """Return what stands on the screen; with its colours, and with what was scrolled away, on demand."""
        options = [*(["-e"] if escapes else []), *(["-S", "-"] if past else [])]
        return self._tmux("capture-pane", "-p", "-t", "test", *options)

    def wait_for(self, *texts: str, escapes: bool = False, past: bool = False, patience: float = PATIENCE) -> str:
        """Return the screen once every text stands on it. Raises AssertionError with the screen where none comes."""
        return self.wait_until(
            lambda screen: all(text in screen for text in texts),
            told=f"{texts!r} did not come",
            escapes=escapes,
            past=past,
            patience=patience,
        )

    def wait_until(
        self,
        true: Callable[[str], bool],
        *,
        told: str = "it did not come true",
        escapes: bool = False,
        past: bool = False,
        patience: float = PATIENCE,
    ) -> str:
        """Return the screen once something is true of it. Raises AssertionError with the screen where that never is."""
        end = time.monotonic() + patience
        while True:
            screen = self.screen(escapes=escapes, past=past)
            if true(screen):
                return screen
            assert time.monotonic() < end, f"{told}:\n{screen}"
            time.sleep(PAUSE)

    @property
    def cursor(self) -> tuple[int, int]:
        """Return column and row of the cursor, from 0."""
        column, row = self._tmux("display-message", "-p", "-t", "test", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(row)

    @property
    def title(self) -> str:
        """Return what the program named the terminal."""
        return self._tmux("display-message", "-p", "-t", "test", "#{pane_title}").strip()

    @property
    def pid(self) -> int:
        """Return the process of the program."""
        shell = self._tmux("display-message", "-p", "-t", "test", "#{pane_pid}").strip()
        return int(Path(f"/proc/{shell}/task/{shell}/children").read_text().split()[0])

    @property
    def exit_code(self) -> int | None:
        """Return the program's exit code as a shell tells it: 128 and the signal that ended it; ``None`` while it runs.

        tmux knows it too, but forgets it now and then.
        """
        said = self._code.read_text() if self._code.exists() else ""
        return int(said) if said.endswith("\n") else None

    def wait_for_exit(self, patience: float = PATIENCE) -> int:
        """Return the exit code once the program has ended."""
        self.wait_until(lambda _: self.exit_code is not None, told="it did not end", patience=patience)
        code = self.exit_code
        assert code is not None
        return code

    def kill(self) -> None:
        """End the program and the terminal."""
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False, timeout=10)
        self._folder.cleanup()

    def _tmux(self, *arguments: str, given: bytes | None = None) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], input=given, capture_output=True, check=False, timeout=30
        )
        assert done.returncode == 0, f"tmux {arguments}: {done.stderr.decode(errors='replace')}"
        return done.stdout.decode("utf-8", "replace")


@contextmanager
def terminal(command: Sequence[str] = CONSOLE, **options: Any) -> Iterator[Terminal]:
    """Run a program in a terminal as long as the block lasts."""
    opened = Terminal(command, **options)
    try:
        yield opened
    finally:
        opened.kill()


def home(folder: Path) -> dict[str, str]:
    """Return the environment of a console that keeps everything in a folder, and was welcomed before."""
    kept = folder / "home"
    (kept / "console").mkdir(parents=True, exist_ok=True, mode=0o700)
    (kept / "console" / "welcomed").touch()
    return {"PROMPTKIT_HOME": str(kept), "PROMPTKIT_LIBRARY": str(folder / "pictures")}
