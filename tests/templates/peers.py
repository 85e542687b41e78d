"""What the tests on other tools' cases share."""

import json
import os
from pathlib import Path

import pytest

from promptkit.templates.nodes import Assign, Choice, Literal, Sequence, Use, Wildcard

PEERS = Path(os.environ.get("PROMPTKIT_EVAL_DIR", "")) / "peers"
SAMPLERS = {None: None, "~": "random", "!": "combinatorial", "@": "cycle"}


def needs(name):
    return pytest.mark.skipif(
        not (PEERS / name).is_file(), reason="needs PROMPTKIT_EVAL_DIR: cases of other tools, not part of the project"
    )


def read(name):
    return json.loads((PEERS / name).read_text(encoding="utf-8"))


def projected(node):
    """Our tree in the shape in which the cases are written."""
    if isinstance(node, Literal):
        return {"literal": node.text}
    if isinstance(node, Sequence):
        return {"sequence": [projected(part) for part in node.parts]}
    if isinstance(node, Choice):
        options = [{"weight": option.weight, "value": projected(option.value)} for option in node.options]
        high = len(options) if node.high is None else node.high
        return {
            "variant": {
                "options": options, "min": node.low, "max": high, "sep": node.separator, "sampler": SAMPLERS[node.sampler],
            }
        }  # fmt: skip
    if isinstance(node, Wildcard):
        path = node.path.text if isinstance(node.path, Literal) else projected(node.path)
        variables = {name: projected(value) for name, value in node.variables}
        return {"wildcard": {"path": path, "sampler": SAMPLERS[node.sampler], "vars": variables}}
    if isinstance(node, Use):
        return {"var": {"name": node.name, "default": None if node.default is None else projected(node.default)}}
    if isinstance(node, Assign):
        return {
            "assign": {
                "name": node.name, "value": projected(node.value), "overwrite": node.overwrite, "immediate": node.immediate,
            }
        }  # fmt: skip
    return {"wrap": {"wrapper": projected(node.wrapper), "inner": projected(node.inner)}}
