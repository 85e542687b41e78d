"""Work that is done beside typing: only the newest of a kind is worth doing."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]


class Beside:
    """Does the newest job after a pause in which no newer one came; those before it are dropped."""

    def __init__(self, name: str, pause: float) -> None:
        self._name = name
        self._pause = pause
        self._job: Job | None = None
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    def do(self, job: Job) -> None:
        """Do a job soon. It must not raise."""
        with self._news:
            self._job = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._news.notify()

    def _work(self) -> None:
        while True:
            self._take()()

    def _take(self) -> Job:
        """Wait until no newer job came for a while, and take the newest."""
        with self._news:
            self._news.wait_for(lambda: self._job is not None)
            while self._news.wait(self._pause):
                pass
            job, self._job = self._job, None
            assert job is not None
            return job
