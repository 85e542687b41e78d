"""How candidates are spent, on the fake backend: who is dropped when, what is kept, and what an interrupt costs."""

import math

import pytest

import promptkit
from promptkit.cli.pictures import candidate_json
from promptkit.errors import SettingsError
from promptkit.interfaces import Search, SearchStrategy, StepEvent
from promptkit.metadata import read_provenance
from promptkit.pictures import open_picture
from promptkit.plugins import PluginRecord
from promptkit.records import FINISHED, PRUNED, PRUNING, STEPS, VARIATION, GenerationSettings
from promptkit.run import Ready
from promptkit.searches.halving import SCHEDULE, Halving, HalvingStrategy, checkpoints
from promptkit.session import Session
from promptkit.testing import FakeBackend

TEN_STEPS = GenerationSettings(num_inference_steps=10, batch_size=16)


@pytest.fixture
def session(registry):
    with Session("fake", registry=registry) as opened:
        yield opened


@pytest.fixture
def ranker(registry):
    return registry.get("ranker", "redness")


def halve(session, candidates, settings=TEN_STEPS, search="halving", **more):
    return session.generate("a dog", candidates=candidates, settings=settings, search=search, **more)


def redness(session, candidates, **more):
    """Totals of every seed, by a run that drops none."""
    found = session.generate("a dog", candidates=candidates, settings=TEN_STEPS, **more).candidates
    return {candidate.seed: candidate.scores["total"] for candidate in found}


def test_the_better_half_goes_on_at_each_checkpoint(session):
    totals = redness(session, 16)
    result = halve(session, 16)
    best_first = sorted(totals, key=lambda seed: -totals[seed])
    assert [candidate.seed for candidate in result.ranked] == best_first[:4]
    gone = {candidate.seed: candidate for candidate in result.candidates if candidate.outcome == PRUNED}
    assert {seed for seed, candidate in gone.items() if candidate.pruned_at == 4} == set(best_first[8:])
    assert {seed for seed, candidate in gone.items() if candidate.pruned_at == 6} == set(best_first[4:8])
    assert all(candidate.scores["total"] == totals[seed] for seed, candidate in gone.items())
    assert {candidate.shrunk for candidate in result.candidates} == {((4, 8), (6, 4))}
    assert result.lost == ()


def test_halving_changes_no_survivor(session):
    plain = {c.seed: c.image.tobytes() for c in session.generate("a dog", candidates=16).candidates}
    survivors = halve(session, 16).ranked
    assert survivors
    assert all(candidate.image.tobytes() == plain[candidate.seed] for candidate in survivors)


@pytest.mark.parametrize(
    ("candidates", "left"), [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (7, 2), (16, 4), (17, 5), (32, 8), (40, 10)]
)
def test_every_cohort_keeps_someone(session, candidates, left):
    assert len(halve(session, candidates).ranked) == left


def test_a_cohort_is_a_batch(session):
    small = GenerationSettings(num_inference_steps=10, batch_size=4)
    totals = redness(session, 8)
    kept = {candidate.seed for candidate in halve(session, 8, small).ranked}
    assert kept == {max(range(4), key=totals.get), max(range(4, 8), key=totals.get)}


@pytest.mark.parametrize(
    ("steps", "after"),
    [(1, ()), (2, (1,)), (3, (1, 2)), (4, (2,)), (5, (2, 3)), (8, (3, 5)), (16, (6, 10)), (30, (12, 18))],
)
def test_checkpoints_are_steps_before_the_last(steps, after):
    assert checkpoints(SCHEDULE, steps) == after


@pytest.mark.parametrize(
    ("settings", "candidates", "said"),
    [
        (GenerationSettings(num_inference_steps=1), 4, "1 step cannot be halved"),
        (GenerationSettings(num_inference_steps=10, batch_size=1), 4, "one by one"),
        (TEN_STEPS, 1, "one candidate"),
    ],
)
def test_a_run_that_cannot_be_halved_is_told_and_whole(session, settings, candidates, said):
    result = halve(session, candidates, settings)
    assert len(result.ranked) == candidates
    (note,) = session.notes()
    assert said in note


@pytest.mark.parametrize(
    "scores", [ValueError("no idea"), [], [{"total": math.nan}] * 8, [{"total": 1.0}, {}] * 4, [{}] * 8]
)
def test_where_previews_cannot_be_scored_all_are_kept(session, ranker, monkeypatch, scores):
    honest = ranker.score

    def score(prompt, candidates):
        if candidates[0].outcome == FINISHED and asked:
            return honest(prompt, candidates)
        asked.append(len(candidates))
        if isinstance(scores, Exception):
            raise scores
        return scores

    asked = []
    monkeypatch.setattr(ranker, "score", score)
    result = halve(session, 8)
    assert len(result.ranked) == 8
    assert asked == [8]
    (note,) = session.notes()
    assert "From step 4 on no candidate is dropped" in note
    assert all("total" in candidate.scores for candidate in result.candidates)


def test_the_recipe_says_how_candidates_were_spent(session, tmp_path):
    result = halve(session, 16, out=tmp_path, search="halving:25, 50%")
    assert result.recipe.search == {"name": "halving", "schedule": [25.0, 50.0], "after_steps": [3, 5]}
    assert session.generate("a dog", candidates=1).recipe.search == {"name": "best-of-n"}
    path = tmp_path / f"{result.recipe.id}-{result.best.seed}.png"
    record = read_provenance(open_picture(path))
    assert record.recipe["search"] == result.recipe.search
    assert record.candidate["shrunk"] == [[3, 8], [5, 4]]
    assert len(list(tmp_path.iterdir())) == 4
    assert candidate_json(result.best)["shrunk"] == [[3, 8], [5, 4]]


@pytest.mark.parametrize(
    "schedule", ["", "x", "40;60", "0", "100", "60,40", "40,40", "nan", "inf", "-5", "1,2,3,4,5,6,7,8,9"]
)
def test_a_schedule_that_cannot_be_followed_is_refused(session, fake_backend, schedule):
    with pytest.raises(SettingsError) as caught:
        halve(session, 4, search=f"halving:{schedule}")
    assert caught.value.hint
    assert fake_backend.requests == []


@pytest.mark.parametrize("search", ["halvin", "best of m", ""])
def test_a_search_that_is_none_is_refused(session, search):
    with pytest.raises(promptkit.UnknownNameError):
        halve(session, 4, search=search)


def test_best_of_n_takes_no_schedule(session):
    with pytest.raises(SettingsError, match="no schedule"):
        halve(session, 4, search="best-of-n:40")


def test_a_backend_that_cannot_drop_candidates_is_no_backend_for_halving(session, fake_backend, monkeypatch):
    monkeypatch.setattr(FakeBackend, "abilities", frozenset({STEPS}))
    with pytest.raises(SettingsError, match="preview and pruning") as caught:
        halve(session, 4)
    assert "--search best-of-n" in caught.value.hint
    assert fake_backend.requests == []


def test_halving_needs_a_ranker(registry, fake_backend):
    with Session("fake", ranker="none", registry=registry) as session:
        with pytest.raises(SettingsError, match="no ranker") as caught:
            halve(session, 4)
        assert "--ranker" in caught.value.hint
        assert len(session.generate("a dog", candidates=2).candidates) == 2
    assert len(fake_backend.requests) == 1


def test_progress_previews_and_pruning_share_each_step(session, monkeypatch):
    decoded = []
    honest = StepEvent.preview

    def look(event):
        if isinstance(event, StepEvent):
            events.append((event.step, event.indices))
            assert event.preview(event.indices[0]).size == (16, 16)
            list(event.previews(event.indices))

    events = []
    monkeypatch.setattr(StepEvent, "preview", lambda event, i: decoded.append(i) or honest(event, i))
    halve(session, 8, on_event=look)
    assert [step for step, _ in events] == list(range(1, 11))
    assert [len(indices) for _, indices in events] == [8] * 4 + [4] * 2 + [2] * 4
    assert len(decoded) == 10


def test_previews_that_were_looked_at_are_not_decoded_again():
    decoded = []
    halving = Halving([50.0])
    event = StepEvent(
        step=1, num_inference_steps=2, indices=(0, 1), previews=lambda wanted: decoded.append(wanted) or ["p"] * 2
    )

    class Backend:
        def generate(self, request, *, on_step):
            assert on_step(event) == (1,)
            return iter(())

    request = promptkit.GenerationRequest(
        prompt=promptkit.parse("a dog"), seeds=(0, 1), settings=GenerationSettings(num_inference_steps=2, batch_size=2)
    )
    score = lambda shown: [{"total": 0.1}, {"total": 0.2}]
    look = lambda event: event.previews(event.indices) and None
    assert list(halving.run(Backend(), request, score=score, on_step=look, note=print)) == []
    assert decoded == [(0, 1)]


def test_a_batch_that_begins_again_smaller_is_judged_anew(session, fake_backend, monkeypatch):
    """As when memory runs out at step 7 of 8 candidates: they come again, four by four."""
    whole = FakeBackend._steps

    def steps(self, batch, steps, on_step):
        if len(batch) == 8:
            whole(self, batch, 7, on_step)
        return whole(self, batch, steps, on_step)

    def generate(self, request, *, on_step=None):
        steps(self, dict(enumerate(request.seeds)), 10, on_step)
        small = promptkit.GenerationRequest(
            prompt=request.prompt,
            seeds=request.seeds,
            settings=GenerationSettings(num_inference_steps=10, batch_size=4),
        )
        yield from honest(self, small, on_step=on_step)

    totals = redness(session, 8)
    honest = FakeBackend.generate
    monkeypatch.setattr(FakeBackend, "generate", generate)
    result = halve(session, 8)
    assert {c.seed for c in result.ranked} == {max(range(4), key=totals.get), max(range(4, 8), key=totals.get)}
    assert [c.pruned_at for c in result.candidates].count(None) == 2


def test_a_batch_that_begins_again_at_the_first_step_is_judged_anew(session):
    """With two steps the decision falls after the first one, and a batch of the same size follows."""
    two = GenerationSettings(num_inference_steps=2, batch_size=4)
    assert len(halve(session, 16, two).ranked) == 8


def test_an_interrupt_while_pruning_keeps_earlier_cohorts(session, ranker, monkeypatch, tmp_path):
    asked = []
    honest = ranker.score

    def score(prompt, candidates):
        asked.append(candidates)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return honest(prompt, candidates)

    monkeypatch.setattr(ranker, "score", score)
    with pytest.raises(promptkit.Interrupted) as caught:
        halve(session, 8, GenerationSettings(num_inference_steps=10, batch_size=4), out=tmp_path)
    kept = caught.value.result
    assert [candidate.outcome for candidate in kept.candidates].count(FINISHED) == 1
    assert len(kept.candidates) == 4
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("moment", range(1, 9))
@pytest.mark.parametrize("place", ["step", "score", "write", "told"])
@pytest.mark.parametrize("keep", [None, 2])
def test_an_interrupt_at_any_moment_loses_no_finished_picture(
    session, ranker, monkeypatch, tmp_path, place, moment, keep
):
    """Eight seeds in batches of four, stopped the so-manieth time that something happens."""
    happened = []

    def strike(at):
        if at == place:
            happened.append(at)
            if len(happened) == moment:
                raise KeyboardInterrupt

    def watch(name, at, home):
        honest = getattr(home, name)

        def watched(*arguments, **named):
            strike(at)
            return honest(*arguments, **named)

        monkeypatch.setattr(home, name, watched)

    import promptkit.placing

    watch("score", "score", ranker)
    watch("write_file", "write", promptkit.placing)
    made = []
    honest = FakeBackend.generate

    def generate(self, request, *, on_step=None):
        for candidate in honest(self, request, on_step=on_step):
            made.append(candidate.seed)
            yield candidate

    monkeypatch.setattr(FakeBackend, "generate", generate)
    tell = lambda event: strike("step" if isinstance(event, StepEvent) else "told" if isinstance(event, Ready) else "")
    try:
        result = session.generate("a dog", candidates=8, out=tmp_path, on_event=tell, keep=keep)
    except promptkit.Interrupted as stopped:
        result = stopped.result
    files = [path for path in tmp_path.iterdir() if path.suffix == ".png"]
    assert len(list(tmp_path.iterdir())) == len(files) == min(len(made), keep or 8)
    assert [candidate.seed for candidate in (result.candidates if result else ())] == made
    assert len(happened) >= min(moment, {"step": 4, "score": 2, "write": keep or 8, "told": 8}[place])


def test_a_stopped_run_says_how_many_it_kept(session, fake_backend, tmp_path):
    fake_backend.stop_at = 6
    with pytest.raises(promptkit.Interrupted) as caught:
        session.generate("a dog", candidates=8, out=tmp_path, keep=2)
    assert str(caught.value) == f"6 pictures finished and the best 2 kept in {tmp_path}."


def test_keep_writes_the_best_alone(session, tmp_path):
    result = session.generate("a dog", candidates=8, out=tmp_path, keep=3)
    assert {candidate.path for candidate in result.ranked[:3]} == {str(path) for path in tmp_path.iterdir()}
    assert [candidate.path for candidate in result.ranked[3:]] == [None] * 5
    assert all(candidate.image is not None for candidate in result.candidates)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"keep": 0, "out": "x"}, "0 pictures"), ({"keep": "2", "out": "x"}, "'2'"), ({"keep": 1}, "folder")],
)
def test_numbers_to_keep_that_do_nothing_are_refused(session, fake_backend, tmp_path, arguments, said):
    if "out" in arguments:
        arguments["out"] = tmp_path
    with pytest.raises(SettingsError, match=said):
        session.generate("a dog", **arguments)
    assert fake_backend.requests == []


def test_the_best_cannot_be_kept_unranked(registry, tmp_path):
    with Session("fake", ranker="none", registry=registry) as session, pytest.raises(SettingsError, match="no ranker"):
        session.generate("a dog", out=tmp_path, keep=1)


class VaryingBackend(FakeBackend):
    abilities = frozenset({STEPS, PRUNING, VARIATION})

    def generate(self, request, *, on_step=None):
        from dataclasses import replace

        for candidate in super().generate(request, on_step=on_step):
            yield replace(candidate, variation_seed=request.variation.seeds[candidate.index])


def test_a_variation_keeps_the_seed_and_counts_the_second_one(session, registry, fake_backend, tmp_path):
    registry.get("backend", "fake").backend = varying = VaryingBackend()
    result = session.generate("a dog", candidates=3, seed=5, variation_seed=70, variation_strength=0.25, out=tmp_path)
    (request,) = varying.requests
    assert request.seeds == (5, 5, 5)
    assert (request.variation.seeds, request.variation.strength) == ((70, 71, 72), 0.25)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{result.recipe.id}-5-v{70 + i}.png" for i in range(3)]
    assert result.recipe.variation == {"seed": 70, "strength": 0.25}
    opened = open_picture(tmp_path / f"{result.recipe.id}-5-v71.png")
    record, infotext = read_provenance(opened), opened.texts["parameters"]
    assert "Variation seed: 71, Variation seed strength: 0.25" in infotext
    assert record.candidate["variation_seed"] == 71


def test_a_backend_that_cannot_vary_says_so(session, fake_backend):
    with pytest.raises(SettingsError, match="two seeds"):
        session.generate("a dog", variation_seed=1, variation_strength=0.5)
    assert fake_backend.requests == []


@pytest.mark.parametrize(
    ("seed", "strength"),
    [(1, None), (None, 0.5), (1, -0.1), (1, 1.1), (1, math.nan), (-1, 0.5), (2**63, 0.5), (1, "0.5")],
)
def test_half_a_variation_is_refused(session, fake_backend, seed, strength):
    with pytest.raises(SettingsError) as caught:
        session.generate("a dog", variation_seed=seed, variation_strength=strength)
    assert caught.value.hint
    assert fake_backend.requests == []


@pytest.mark.parametrize("sampler", ["euler_a", "dpmpp_2m", "dpm2"])
@pytest.mark.parametrize(
    ("prompt", "search", "shrunk", "left"),
    [
        ("a red barn, fog", "halving", {((2, 2), (3, 1)), ((2, 1),)}, 2),
        ("a [red barn:blue boat:0.5], fog", "halving", {((2, 2), (3, 1)), ((2, 1),)}, 2),
        ("a [red barn:blue boat:0.5], fog", "halving:40", {((2, 2),), ((2, 1),)}, 3),
    ],
    ids=["twice", "the words change in between", "the words change after it"],
)
def test_on_a_real_pipeline_halving_composes_with_schedules_previews_and_batches(
    tiny_sd, registry, sampler, prompt, search, shrunk, left
):
    """Six candidates in batches of four, every step looked at."""
    settings = GenerationSettings(num_inference_steps=5, batch_size=4, sampler=sampler)
    looked = []

    def look(event):
        if isinstance(event, StepEvent):
            looked.append(event.previews(event.indices)[0].size)

    with Session(str(tiny_sd), ranker="redness", registry=registry, device="cpu") as session:
        whole = session.generate(prompt, candidates=6, settings=settings)
        first, second = (
            session.generate(prompt, candidates=6, settings=settings, search=search, on_event=look) for _ in range(2)
        )
    assert [c.outcome for c in first.candidates].count(FINISHED) == left
    assert {c.shrunk for c in first.candidates} == shrunk
    assert [c.pruned_at for c in first.candidates] == [c.pruned_at for c in second.candidates]
    assert len(looked) == 2 * 2 * 5
    for survivor, again in zip(first.ranked, second.ranked, strict=True):
        assert survivor.image.tobytes() == again.image.tobytes()
        pair = zip(survivor.image.tobytes(), whole.candidates[survivor.index].image.tobytes(), strict=True)
        assert max(abs(one - other) for one, other in pair) <= 1


def test_built_in_searches_are_what_the_protocols_say(registry):
    for registered in registry.all("search").values():
        assert isinstance(registered.value, SearchStrategy)
        assert isinstance(registered.value.plan(), Search)
    assert registry.names("search") == ["best-of-n", "halving"]
    assert HalvingStrategy().plan().schedule == SCHEDULE


def test_a_plugin_brings_a_search(registry, session):
    """The example of docs/plugins/hooks.md, which also gives a schedule that is no number."""
    from tests.test_docs_plugins import hook_examples

    code = {name: code for name, _, code in hook_examples()}["register_searches"]
    scope = {"__name__": "plugin"}
    exec(code, scope)
    record = PluginRecord(name="good", version="1")
    registry.host.register(
        type("Plugin", (), {"register_searches": staticmethod(scope["register_searches"])})(), record
    )
    registry.host.records["good"] = record
    totals = redness(session, 8)
    good = sorted(totals.values())[-3]
    result = halve(session, 8, search=f"good-enough:{good}")
    first = next(seed for seed in range(8) if totals[seed] >= good)
    assert [candidate.seed for candidate in result.candidates] == list(range(first + 1))
    assert all(candidate.scores for candidate in result.candidates)
    with pytest.raises(SettingsError, match="no schedule of 'good-enough'"):
        halve(session, 8, search="good-enough:soon")
