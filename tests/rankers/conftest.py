"""A CLIP with random weights and pictures to score."""

import pytest
from PIL import Image

from promptkit.records import Candidate


@pytest.fixture(scope="session")
def model(tiny_clip):
    return f"local-dir:{tiny_clip}"


@pytest.fixture(scope="session")
def candidates():
    tones = [(220, 30, 30), (20, 40, 200), (240, 240, 230)]
    pictures = [Image.new("RGB", (40, 56), tone) for tone in tones]
    for picture in pictures:
        picture.paste((0, 0, 0), (0, 0, 12, 20))
    return [Candidate(index=i, seed=i, image=picture) for i, picture in enumerate(pictures)]
