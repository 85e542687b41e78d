"""The embedded model, killed and interrupted for real, in forks of a process that has it in memory."""

import os
import signal
import time

import pytest

import promptkit
from promptkit import GenerationSettings, Session
from promptkit.library import Library
from tests.durability import rig

SETTINGS = GenerationSettings(batch_size=3, num_inference_steps=4)
ASKED = {"search": "halving:50", "finish": "grade:contrast=1.2", "finish_all": True, "settings": SETTINGS}


@pytest.mark.slow
def test_a_run_of_the_embedded_model_goes_on_to_the_same_bytes(tmp_path):
    """Halving of 9 to 6 in batches of three, with scores and ties of CLIP: two are killed, one is interrupted."""
    with Session() as session:
        prompt = session.parse("a red lighthouse, watercolour")
        session.backend()
        session.ranker()

        def work(folder) -> int:
            try:
                if rig.begun(folder) is None:
                    session.generate(prompt, candidates=9, library=folder, **ASKED)
                else:
                    with Library(folder) as library:
                        session.go_on(library, 1)
            except promptkit.Interrupted:
                return rig.STOPPED
            return rig.DONE

        whole, cut = tmp_path / "whole", tmp_path / "cut"
        assert rig.end_of(rig.fork(lambda: work(whole))) == rig.DONE
        codes = [strike(lambda: work(cut), cut, 2 * number, sign) for number, sign in enumerate(SIGNS)]
        assert codes == [-signal.SIGKILL, rig.STOPPED, -signal.SIGKILL]
        assert rig.end_of(rig.fork(lambda: work(cut))) == rig.DONE
    assert rig.files(cut) == rig.files(whole)
    assert rig.rows(cut) == rig.rows(whole)
    assert len(rig.files(whole)) == 12


SIGNS = (signal.SIGKILL, signal.SIGINT, signal.SIGKILL)


def strike(task, folder, least: int, sign: int) -> int:
    """Send a signal to a fork once it has written more than ``least`` pictures; return its end."""
    child = rig.fork(task)
    deadline = time.monotonic() + 60
    while len(list(folder.glob("*.png"))) <= least and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(child, sign)
    return rig.end_of(child)
