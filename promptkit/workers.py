"""Who works for a session: the model and the ranker, loaded when they are first needed, and whose failure is whose."""

from __future__ import annotations

from contextlib import AbstractContextManager

from promptkit.backends.samplers import refused
from promptkit.blame import InUse
from promptkit.errors import UnknownNameError
from promptkit.interfaces import Backend, EarlyCheck, EarlyNameCheck, Ranker, Search
from promptkit.records import GenerationSettings, LoadOptions, ModelSpec, SamplerSpec
from promptkit.registry import Registry
from promptkit.run import Loading, OnEvent
from promptkit.search import choose_search

NO_RANKER = "none"


class Workers:
    """A model and a ranker by name, and what is in use beside them.

    What is asked of them goes inside ``blaming``, so that a plugin's failure is told as one.
    """

    def __init__(self, registry: Registry, model: ModelSpec, ranker_name: str, load: LoadOptions) -> None:
        self.registry, self.model, self.ranker_name, self.load = registry, model, ranker_name, load
        self.used = InUse(registry)
        self._backend: Backend | None = None
        self._ranker: Ranker | None = None

    @property
    def ranks(self) -> bool:
        return self.ranker_name != NO_RANKER

    def blaming(self) -> AbstractContextManager[None]:
        """Raise PluginError in place of an error that a plugin in use is to blame for."""
        return self.used.blaming()

    def close(self) -> None:
        """Let go of the model and the ranker."""
        self._backend = self._ranker = None

    def notes(self) -> list[str]:
        """Return what the model could not do as it was asked, in words for the user."""
        return [] if self._backend is None else list(self._backend.describe().get("notes", ()))

    def search(self, name: str) -> Search:
        """Return a search, ``name`` or ``name:schedule``. Raises UnknownNameError and SettingsError."""
        self.used.find("search", name.partition(":")[0])
        return choose_search(name, self.registry, ranked=self.ranks)

    def sampler(self, name: str | None) -> SamplerSpec | None:
        """Return the sampler of that name. Raises SettingsError for one that is known and cannot be had,
        UnknownNameError for any other."""
        self.used.drop("sampler")
        try:
            return None if name is None else self.used.find("sampler", name)
        except UnknownNameError as error:
            assert name is not None
            raise refused(name) or error from None

    def check_early(self, settings: GenerationSettings, sampler: SamplerSpec | None) -> None:
        """Refuse what the model and the ranker cannot do before they are loaded, where their loaders can tell."""
        loader = self.used.find("backend", self.model.backend)
        if self._backend is None and isinstance(loader, EarlyCheck):
            loader.check(self.model, settings, sampler)
        name, _, checkpoint = self.ranker_name.partition(":")
        if self._ranker is None and checkpoint:
            ranker = self.used.find("ranker", name)
            if isinstance(ranker, EarlyNameCheck):
                ranker.check_name(checkpoint)

    def backend(self, tell: OnEvent) -> Backend:
        """Return the model, loaded. Raises ModelError and SettingsError."""
        if self._backend is None:
            loader = self.used.find("backend", self.model.backend)
            tell(Loading(f"model {self.model.name}"))
            self._backend = self.used.loaded("backend", loader.load(self.model, self.load), "generate")
        assert self._backend is not None
        return self._backend

    def ranker(self, tell: OnEvent) -> Ranker | None:
        """Return the ranker, loaded; ``None`` where there is none. Raises ModelError."""
        if self._ranker is None and self.ranks:
            name, _, checkpoint = self.ranker_name.partition(":")
            tell(Loading(f"ranker {self.ranker_name}"))
            loader = self.used.find("ranker", name)
            made = loader.load(checkpoint or None, device=self.load.device)
            self._ranker = self.used.loaded("ranker", made, "score")
        return self._ranker
