import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from promptkit.dialects.a1111 import parse as read
from promptkit.slots.tagger import SLOTS, Place, Tagger, builtin_tagger
from promptkit.slots.words import segments

ROOT = Path(__file__).parent.parent.parent


def place(text, claimed=None, before=None):
    words = segments(text, read(text))[0]
    return Place(words, claimed or [None] * len(words), before, 0, named=False)


@given(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=1, max_size=8), st.sampled_from([None, *SLOTS]))
def test_every_word_gets_a_slot_and_a_certainty(words, before):
    tagged = builtin_tagger().tag(place(" ".join(words), before=before))
    assert len(tagged) == len(words)
    assert all(slot in SLOTS and 0.25 <= sure <= 1 for slot, sure in tagged)


def test_claimed_words_keep_their_slots():
    assert Tagger({}).tag(place("soft light", ["lighting", "lighting"])) == [("lighting", 1.0)] * 2


def test_a_name_after_words_of_style_is_a_maker_and_a_thing_at_the_start_is_a_thing():
    tagger = builtin_tagger()
    assert {slot for slot, _ in tagger.tag(place("zdenka brulowski", before="style"))} == {"style"}
    assert {slot for slot, _ in tagger.tag(place("a gleaming brulowski on the table"))} == {"subject"}


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
        [sys.executable, str(script), str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "sealed 1.0000" in done.stdout
