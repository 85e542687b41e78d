"""Write a style pack, check it, find one of its styles by words, and use it."""

import tempfile
from pathlib import Path

import promptkit
from promptkit.packs.check import check_files
from promptkit.packs.library import StyleLibrary, installed_library
from promptkit.packs.search import search

PACK = """
promptkit: 1
name: allotment
version: 1.0.0
title: Allotment
styles:
  shed-light:
    title: Shed light
    summary: Dusty light through one small pane.
    style: [large format photograph]
    lighting: [dusty light through a small pane]
    camera: [90mm lens, f/16]
    negative: [flash]
  greenhouse:
    title: Greenhouse
    extends: shed-light
    lighting: ["diffused light through {glass} glass"]
    choices: {glass: [fogged, whitewashed]}
"""

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "allotment.yaml"
    path.write_text(PACK.replace("negative", "negatif"), encoding="utf-8")
    for one in check_files([path], StyleLibrary([])):
        for problem in one.problems:
            print(f"line {problem.line}, column {problem.column}: {problem.message} '{problem.key}'. {problem.hint}")

    path.write_text(PACK, encoding="utf-8")
    library = installed_library(given=[path])
    hit = search("whitewashed glas", library.styles())[0]
    print(f"{hit.style.id} says it in {hit.where}: {hit.text}")

    with promptkit.Session(packs=[path], ranker="none") as session:
        for variant in session.expand("a watering can", styles=[hit.style.id]):
            print(variant.resolved)
