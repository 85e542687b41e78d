"""Loading a model beside whatever else is done: it begins when the first prompt is typed, and the verb that needs the
model waits for what is left of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptkit.run import OnEvent
    from promptkit.session import Session

ONE_AT_A_TIME = threading.Lock()
"""Held by whoever loads something of a model beside the typing: loaders change torch's modules for the whole process
while they make empty ones, and two at once find each other's."""
WAIT = 0.1
"""Seconds between two looks whether it is done: a Ctrl-C is answered in between."""


class Loads:
    """Loads the model and the ranker of one session at a time."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def begin(self, session: Session) -> None:
        """Begin to load what a session needs, where that was not begun yet; what goes wrong is kept for ``wait``."""
        if self._session is session:
            return
        self._session, self._error = session, None
        self._thread = threading.Thread(target=self._load, args=(session,), name="promptkit-load", daemon=True)
        self._thread.start()

    def loaded(self, session: Session) -> bool:
        """Say whether what a session needs was loaded here, without a fault."""
        thread = self._thread
        return self._session is session and self._error is None and thread is not None and not thread.is_alive()

    def wait(self, session: Session, tell: OnEvent) -> None:
        """Return once a session's model and ranker are there; ``tell`` hears of it where that takes a while. Raises
        what went wrong, once: the next time it is tried anew. A KeyboardInterrupt leaves the loading to go on."""
        self.begin(session)
        thread = self._thread
        if thread is not None and thread.is_alive():
            from promptkit.run import Loading

            tell(Loading(f"model {session.model.name}"))
            while thread.is_alive():
                thread.join(WAIT)
        error = self._error
        if error is not None:
            self._session = self._error = None
            raise error

    def _load(self, session: Session) -> None:
        try:
            with ONE_AT_A_TIME:
                session.backend()
                session.ranker()
        except BaseException as error:
            if session is self._session:
                self._error = error
