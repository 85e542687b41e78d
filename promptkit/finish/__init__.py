"""The chain of post-processors: how it is written, what it means, what it does to a picture."""

from promptkit.finish.grammar import spoken
from promptkit.finish.judging import Judge
from promptkit.finish.planning import Chain, FinishStep, plan_chain
from promptkit.finish.running import DoneStep, Finished, run_chain

__all__ = ["Chain", "DoneStep", "FinishStep", "Finished", "Judge", "plan_chain", "run_chain", "spoken"]
