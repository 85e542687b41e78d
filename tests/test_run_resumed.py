"""Runs that are gone on with in one process: which batches are made again, what is told, what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import promptkit
from promptkit import GenerationSettings, Session
from promptkit.errors import GenerationError, LibraryError, SettingsError, UnknownNameError
from promptkit.interfaces import StepEvent
from promptkit.library import Library
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.records import GenerationRequest, Variation
from promptkit.registry import Registry
from promptkit.resuming import parts_left
from promptkit.run import Begun, Ready
from promptkit.searches.best_of_n import BestOfN
from promptkit.testing import FakeBackend, FakePlugin

FOUR = GenerationSettings(batch_size=4)


def pictures(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


@pytest.fixture
def session(registry):
    with Session("fake", registry=registry) as made:
        yield made


@pytest.fixture
def stopped(session, fake_backend, tmp_path):
    """A library with a run of ten that was stopped in its second batch."""
    fake_backend.stop_at = 6
    with pytest.raises(promptkit.Interrupted):
        session.generate("a dog", candidates=10, library=tmp_path / "library", settings=FOUR)
    fake_backend.stop_at = None
    fake_backend.requests.clear()
    return tmp_path / "library"


def test_only_batches_that_are_not_whole_are_made_again(session, fake_backend, stopped, registry, tmp_path):
    result = Session.resume(stopped, registry=registry)
    assert [request.seeds for request in fake_backend.requests] == [tuple(range(4, 10))]
    assert [candidate.index for candidate in result.candidates] == list(range(10))
    assert all(candidate.image is not None for candidate in result.candidates)
    whole = session.generate("a dog", candidates=10, library=tmp_path / "whole", settings=FOUR)
    assert pictures(stopped) == pictures(tmp_path / "whole")
    assert result.best.seed == whole.best.seed
    assert result.recipe == whole.recipe
    with Library(stopped) as library:
        (run,) = library.runs()
        assert run.state == "finished"
        assert run.seconds > 0


def test_a_candidate_whose_picture_is_gone_or_broken_is_made_again_with_its_batch(
    session, fake_backend, registry, tmp_path
):
    fake_backend.stop_at = 8
    with pytest.raises(promptkit.Interrupted):
        session.generate("a dog", candidates=12, library=tmp_path, settings=FOUR)
    fake_backend.stop_at = None
    before = pictures(tmp_path)
    next(tmp_path.glob("*-2.png")).unlink()
    next(tmp_path.glob("*-5.png")).write_bytes(b"no picture")
    next(tmp_path.glob("*-5.png")).unlink()
    fake_backend.requests.clear()
    Session.resume(tmp_path, registry=registry)
    assert [request.seeds for request in fake_backend.requests] == [tuple(range(12))]
    assert pictures(tmp_path).items() >= before.items()
    assert len(pictures(tmp_path)) == 12


def request_of(count, size, **more):
    prompt = promptkit.parse("a dog")
    return GenerationRequest(
        prompt=prompt, seeds=tuple(range(count)), settings=GenerationSettings(batch_size=size), **more
    )


def there(*pairs):
    return {index: promptkit.Candidate(index=index, seed=index, image=None, batch_size=size) for index, size in pairs}


@pytest.mark.parametrize(
    ("recorded", "left"),
    [
        ([], [(0, 10, 4)]),
        ([(i, 4) for i in range(4)], [(4, 10, 4)]),
        ([(i, 4) for i in range(3)], [(0, 10, 4)]),
        ([(i, 4) for i in (0, 1, 2, 3, 5)], [(4, 10, 4)]),
        ([(i, 4) for i in (4, 5, 6, 7)], [(0, 4, 4, 8, 10)]),
        ([(i, 2) for i in range(2)], [(2, 10, 2)]),
        ([(0, 4), (1, 4), (2, 4), (3, 4), (4, 2)], [(4, 10, 2)]),
        ([(i, 4) for i in range(8)] + [(8, 2), (9, 2)], []),
        ([(i, 4) for i in range(8)] + [(9, 2)], [(8, 10, 2)]),
    ],
)
def test_batches_keep_the_sizes_that_they_had(recorded, left):
    """Also where memory ran out and they became smaller, and at the end, where fewer are left."""
    parts = parts_left(BestOfN(), request_of(10, 4), there(*recorded))
    assert [(part.indices, part.size) for part in parts] == [
        ((*range(begin, end), *(range(*more) if more else ())), size) for begin, end, size, *more in left
    ]


def test_a_part_has_its_own_seeds_and_hears_of_places_in_the_run():
    variation = Variation(seeds=tuple(range(100, 110)), strength=0.5)
    whole = request_of(10, 4, variation=variation)
    (part,) = parts_left(BestOfN(), whole, there(*((i, 4) for i in range(4))))
    asked = part.request(whole)
    assert (asked.seeds, asked.variation.seeds) == (tuple(range(4, 10)), tuple(range(104, 110)))
    heard = []

    def listen(event):
        heard.append((event.indices, event.previews([5])))
        return [5]

    event = StepEvent(step=1, num_inference_steps=2, indices=(0, 1), previews=lambda wanted: list(wanted))
    assert part.told(listen)(event) == [1]
    assert heard == [((4, 5), [1])]


class Rounds:
    """A search of a third party that says nothing of batches."""

    needs = frozenset()
    needs_ranker = False

    def run(self, backend, request, *, score, on_step, note):
        return backend.generate(request, on_step=on_step)

    def describe(self, num_inference_steps):
        return {"name": "rounds"}


def test_a_search_that_may_have_rounds_is_run_again_as_a_whole():
    whole = request_of(10, 4)
    (part,) = parts_left(Rounds(), whole, there(*((i, 4) for i in range(4))))
    assert part.request(whole) is whole
    assert parts_left(Rounds(), whole, there(*((i, 4) for i in range(10)))) == []


def test_what_changed_since_is_told_and_refused_where_that_is_wished(stopped, registry, fake_backend, monkeypatch):
    monkeypatch.setattr(type(fake_backend), "describe", lambda self: {"device": "cuda", "hash": "ff", "notes": []})
    with pytest.raises(SettingsError, match="device was cpu and is cuda") as caught:
        Session.resume(stopped, strict=True, registry=registry)
    assert "--strict" in caught.value.hint
    with Library(stopped) as library, Session.for_run(library, 1, registry=registry) as session:
        result = session.go_on(library, 1)
        told = " ".join(session.notes())
        assert "device was cpu and is cuda" in told
        assert "model hash was null and is ff" in told
        recipes = {picture.index: picture.recipe["environment"]["device"] for picture in library.pictures()}
    assert recipes == {**dict.fromkeys(range(4), "cpu"), **dict.fromkeys(range(4, 10), "cuda")}
    assert len({path.name.partition("-")[0] for path in stopped.glob("*.png")}) == 2
    assert result.recipe.environment["device"] == "cuda"


def test_what_is_there_of_a_batch_stays_what_it_was(session, registry, fake_backend, monkeypatch, tmp_path):
    """One of its pictures is gone, and the machine is another one by now: that picture alone says so."""
    fake_backend.stop_at = 9
    with pytest.raises(promptkit.Interrupted):
        session.generate("a dog", candidates=10, library=tmp_path, settings=FOUR)
    fake_backend.stop_at = None
    next(tmp_path.glob("*-2.png")).unlink()
    before = pictures(tmp_path)
    monkeypatch.setattr(type(fake_backend), "describe", lambda self: {"device": "cuda", "hash": None, "notes": []})
    monkeypatch.setattr("promptkit.testing.fakes._one_colour", lambda _: Image.new("RGB", (16, 16), "red"))
    result = Session.resume(tmp_path, registry=registry)
    assert [candidate.index for candidate in result.candidates] == list(range(10))
    assert pictures(tmp_path).items() >= before.items()
    assert len(pictures(tmp_path)) == 10
    with Library(tmp_path) as library:
        there = {Path(candidate.path).name for candidate in library.candidates(1)}
    assert there == set(pictures(tmp_path))


def test_a_run_is_worked_on_by_one_process_at_a_time(session, registry, tmp_path):
    def meanwhile(event):
        if isinstance(event, Ready):
            with pytest.raises(LibraryError, match="worked on by another"):
                Session.resume(tmp_path, 1, registry=registry)
            with pytest.raises(LibraryError, match="No run"):
                Session.resume(tmp_path, registry=registry)

    assert session.generate("a dog", candidates=2, library=tmp_path, on_event=meanwhile).run == 1


def test_runs_at_their_end_and_unknown_ones_are_refused(session, registry, tmp_path):
    session.generate("a dog", candidates=2, library=tmp_path)
    with pytest.raises(LibraryError, match="at its end"):
        Session.resume(tmp_path, 1, registry=registry)
    with pytest.raises(UnknownNameError):
        Session.resume(tmp_path, 7, registry=registry)


def test_a_session_of_another_model_is_refused(registry, stopped):
    with Library(stopped) as library, pytest.raises(SettingsError, match="ranker 'redness'"):
        Session("fake", ranker="none", registry=registry).go_on(library, 1)


def test_a_folder_and_a_library_at_once_are_refused(session, fake_backend, tmp_path):
    with pytest.raises(SettingsError, match="not into both"):
        session.generate("a dog", out=tmp_path, library=tmp_path)
    assert fake_backend.requests == []


def test_a_run_without_any_picture_failed_and_is_not_gone_on_with(session, fake_backend, registry, tmp_path):
    fake_backend.fail = (0, 1)
    with pytest.raises(GenerationError):
        session.generate("a dog", candidates=2, library=tmp_path)
    with Library(tmp_path) as library:
        assert [run.state for run in library.runs()] == ["failed"]
    with pytest.raises(LibraryError):
        Session.resume(tmp_path, registry=registry)


def test_candidates_that_a_plugin_lost_are_tried_again(tmp_path):
    """Its pictures are kept, and the run is stopped, not at its end."""

    class Breaking(FakeBackend):
        broken = True

        def generate(self, request, *, on_step=None):
            for candidate in super().generate(request, on_step=on_step):
                if self.broken and candidate.seed == 4:
                    raise RuntimeError("out of ink")
                yield candidate

    backend = Breaking()
    host = create_plugin_manager(entry_points=False)
    record = PluginRecord(name="third", version="1", builtin=False)
    host.register(FakePlugin(backend), record)
    host.records[record.name] = record
    registry = Registry(host)
    with Session("fake", registry=registry) as session:
        result = session.generate("a dog", candidates=8, library=tmp_path, settings=FOUR)
    assert len(result.lost) == 4
    backend.broken = False
    resumed = Session.resume(tmp_path, registry=registry)
    assert (len(resumed.lost), len(resumed.ranked)) == (0, 8)
    assert [request.seeds for request in backend.requests] == [tuple(range(8)), (4, 5, 6, 7)]


def test_a_whole_batch_that_waits_for_its_scores_is_kept_on_ctrl_c(session, registry, monkeypatch, tmp_path):
    """What took minutes is not thrown away for the second that is left of it."""
    ranker = registry.get("ranker", "redness")
    honest, asked = ranker.score, []

    def score(prompt, candidates):
        asked.append(len(candidates))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return honest(prompt, candidates)

    monkeypatch.setattr(ranker, "score", score, raising=False)
    with pytest.raises(promptkit.Interrupted) as caught:
        session.generate("a dog", candidates=12, library=tmp_path, settings=FOUR)
    assert asked == [4, 4, 4]
    assert len(caught.value.result.candidates) == 8
    assert caught.value.hint == f"Go on with it: promptkit resume 1 --library {tmp_path}"


def test_pictures_that_wait_for_the_end_are_in_no_ones_way(session, fake_backend, registry, tmp_path):
    fake_backend.stop_at = 6
    with pytest.raises(promptkit.Interrupted):
        session.generate("a dog", candidates=10, library=tmp_path, settings=FOUR, keep=2)
    assert pictures(tmp_path) == {}
    assert len(list((tmp_path / ".promptkit" / "run-1").iterdir())) == 4
    fake_backend.stop_at = None
    result = Session.resume(tmp_path, registry=registry)
    assert {Path(candidate.path).name for candidate in result.ranked[:2]} == set(pictures(tmp_path))
    assert not (tmp_path / ".promptkit" / "run-1").exists()


def test_events_tell_the_number_first_and_what_is_there_already(stopped, registry):
    heard = []
    Session.resume(stopped, registry=registry, on_event=heard.append)
    kinds = [event for event in heard if isinstance(event, Begun | Ready)]
    assert kinds[0] == Begun(1)
    assert [event.candidate.index for event in kinds[1:]] == list(range(10))


def test_a_chain_and_packs_are_those_of_the_run(session, fake_backend, registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cube = Path("warm.cube")
    cube.write_text("LUT_3D_SIZE 2\n" + "\n".join(f"{r} {g} 0" for _ in "ab" for g in (0, 1) for r in (0, 1)))
    fake_backend.stop_at = 6
    with pytest.raises(promptkit.Interrupted):
        session.generate("a dog", candidates=8, library="library", settings=FOUR, finish=f"grade:lut={cube}")
    fake_backend.stop_at = None
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = Session.resume(tmp_path / "library", registry=registry)
    assert result.unfinished == ()
    assert Path(result.best.finished_path).exists()


def test_a_run_of_the_same_prompt_shares_its_pictures(session, tmp_path):
    first = session.generate("a dog", candidates=3, library=tmp_path)
    second = session.generate("a dog", candidates=3, library=tmp_path, keep=1)
    assert (first.run, second.run) == (1, 2)
    assert len(pictures(tmp_path)) == 3
    with Library(tmp_path) as library:
        assert len(library.pictures()) == 3
        assert [len(library.candidates(run)) for run in (1, 2)] == [3, 3]


def test_seconds_are_shared_by_a_batch_and_stay_when_more_is_known(session, tmp_path):
    session.generate("a dog", candidates=4, library=tmp_path, finish="grade:contrast=1.2", finish_all=True)
    with Library(tmp_path) as library:
        seconds = [found for (found,) in library.rows("SELECT seconds FROM candidates")]
        (run,) = library.runs()
    assert all(0 < one < run.seconds for one in seconds)
    assert sum(seconds) <= run.seconds * 4


def test_recorded_variations_go_on():
    variation = Variation(seeds=(5, 6), strength=1.0)
    request = replace(request_of(2, 4), variation=variation)
    assert parts_left(BestOfN(), request, there((0, 2), (1, 2))) == []
