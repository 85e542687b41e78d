"""Draw eight candidates with the embedded model and keep the one that says most of the prompt."""

import promptkit

with promptkit.Session() as session:
    result = session.generate("an orange fish, ink line drawing, moonlight", candidates=8, seed=3)
result.best.image.save("fish.png")
for candidate in result.ranked:
    print(candidate.seed, {slot: round(score, 2) for slot, score in candidate.scores.items()})
