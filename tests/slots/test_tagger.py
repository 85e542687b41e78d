import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import promptkit
from promptkit.dialects.a1111 import parse as read
from promptkit.slots.claims import claims
from promptkit.slots.sights import sights
from promptkit.slots.tagger import SLOTS, Tagger, builtin_tagger
from promptkit.slots.vocabulary import Index, Term, Vocabulary, builtin_vocabulary
from promptkit.slots.words import segments

ROOT = Path(__file__).parent.parent.parent


def seen(text, *vocabularies):
    """Return what the tagger sees of a prompt."""
    index = Index((builtin_vocabulary(), *vocabularies))
    parts = segments(text, read(text))
    return sights(parts, [claims(words, index) for words in parts])[1]


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1, max_size=8).map(" ".join))
def test_every_word_gets_a_slot_and_a_certainty(text):
    tagged = builtin_tagger().tag(seen(text))
    assert len(tagged) == len(seen(text))
    assert all(slot in SLOTS and 0 < sure <= 1 for slot, sure in tagged)


def test_what_a_plugin_says_of_a_word_stands_and_sways_its_neighbours():
    own = Vocabulary("own", (Term("zorb", "lighting"),))
    weights = {"bias": [1.0, 0.0, 0.0, 0.0]}
    links = {"": [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1.5, 0], [0, 0, 0, 0]]}
    assert [slot for slot, _ in Tagger(weights, links).tag(seen("zorb frizz", own))] == ["lighting", "lighting"]
    assert [slot for slot, _ in Tagger(weights, links).tag(seen("zorb frizz"))] == ["subject", "subject"]


def test_the_best_slots_are_found_for_all_words_at_once():
    """Alone, each word leans to the subject; together they are cheaper as style, which only a search over paths sees."""
    weights = {"bias": [1.0, 0.0, 0.0, 0.0]}
    links = {"": [[-5, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]}
    tagger = Tagger(weights, links)
    assert [slot for slot, _ in tagger.tag(seen("frizz blorb snark"))] == ["style", "style", "style"]
    assert tagger.tag(seen("frizz"))[0][0] == "subject"


def test_names_that_nobody_knows_are_told_by_where_they_stand():
    for text in (
        "a castle on a hill, oil painting, by zdenka brulowski and marek ostrovin",
        "a castle on a hill, concept art, artstation, zdenka brulowski, marek ostrovin, highly detailed",
    ):
        slots = {word: phrase.slot for phrase in promptkit.parse(text).phrases for word in phrase.text.split()}
        assert slots["castle"] == "subject"
        assert slots["zdenka"] == slots["ostrovin,".strip(",")] == "style"
    assert {phrase.slot for phrase in promptkit.parse("a gleaming brulowski on the table").phrases} == {"subject"}


def test_the_training_script_learns_and_reports(tmp_path):
    rows = [
        {
            "id": f"x{i}",
            "prompt": f"a blorb{i}, frizzcore",
            "segments": [{"text": f"a blorb{i}", "slot": "subject"}, {"text": "frizzcore", "slot": "style"}],
        }
        for i in range(12)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    script = ROOT / "benchmarks" / "train_tagger.py"
    done = subprocess.run(
        [sys.executable, str(script), str(path), "--made", "30", "--pack-rounds", "0"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "sealed 1.0000" in done.stdout
