"""What is typed while no line is open: it comes into the next one, and is not echoed into what is being printed."""

from __future__ import annotations

import atexit
import sys


def hush() -> None:
    """Turn the terminal's own echo off until the process ends. Nothing is done where stdin is no such terminal."""
    try:
        import termios
    except ImportError:
        return
    if not sys.stdin.isatty():
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    now = termios.tcgetattr(terminal)
    now[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, now)
    atexit.register(termios.tcsetattr, terminal, termios.TCSADRAIN, before)
