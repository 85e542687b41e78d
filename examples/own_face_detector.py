"""Find faces where they were painted: a detector of your own for pictures that no detector of photographs reads.

A plugin's module needs no more than this; installed, it is ``promptkit finish … --chain "face:detector=skin"``.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from promptkit import Session, hookimpl
from promptkit.interfaces import Face, FaceDetector
from promptkit.plugins import PluginRecord, create_plugin_manager
from promptkit.registry import Registry


class LargestSkin:
    """Takes the largest patch of skin colour for the face: right for one figure on a ground of another colour."""

    name = "skin"

    def detect(self, image: Image.Image, *, model: str = "", sha256: str = "") -> Sequence[Face]:
        luma, blue, red = np.moveaxis(np.asarray(image.convert("YCbCr"), dtype=int), -1, 0)
        skin = (luma > 60) & (abs(red - 152) < 20) & (abs(blue - 105) < 25)
        patches, count = ndimage.label(ndimage.binary_opening(skin, iterations=2))
        if not count:
            return []
        sizes = ndimage.sum_labels(skin, patches, range(1, count + 1))
        rows, columns = ndimage.find_objects(patches)[int(np.argmax(sizes))]
        return [Face(box=(columns.start, rows.start, columns.stop, rows.stop), score=float(sizes.max() / skin.size))]


class SkinPlugin:
    @hookimpl
    def register_face_detectors(self) -> Sequence[FaceDetector]:
        return [LargestSkin()]


figure = Image.new("RGB", (200, 200), (40, 70, 120))
drawing = ImageDraw.Draw(figure)
drawing.ellipse((70, 50, 130, 130), (224, 172, 140))
for left in (84, 106):
    drawing.ellipse((left, 80, left + 10, 88), (40, 30, 30))
noise = np.random.default_rng(0).normal(0, 12, (200, 200, 3))
noisy = Image.fromarray((np.asarray(figure) + noise).clip(0, 255).astype(np.uint8))

host = create_plugin_manager()
host.records["skin"] = PluginRecord(name="skin", version="1")
host.register(SkinPlugin(), host.records["skin"])
with Session(registry=Registry(host)) as session:
    finished = session.finish(noisy, "face:1;detector=skin")
for step in finished.steps:
    print(step.note, dict(step.facts))
before, after = (
    np.abs(np.asarray(one, float) - np.asarray(figure))[60:120, 80:120].mean() for one in (noisy, finished.image)
)
print(f"from the clean drawing, in the face: {before:.1f} levels before, {after:.1f} after")
