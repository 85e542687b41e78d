"""Finish a picture: four times larger by the embedded network, a little sharper, and warmer."""

import promptkit

CHAIN = "upscale:4;model=embedded,sharpen:0.4,grade:golden"

with promptkit.Session() as session:
    made = session.generate("a red cat, flat vector, soft daylight", candidates=1, seed=3).best
    finished = session.finish(made.image, CHAIN, seed=made.seed)
finished.image.save("cat-finished.png")
print(f"{made.image.width}x{made.image.height} -> {finished.image.width}x{finished.image.height}")
for step in finished.steps:
    print(step.name, step.note, dict(step.facts))
