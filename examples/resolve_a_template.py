"""Draw prompts from a template, and see that another choice leaves the ones before as they were."""

from itertools import islice

import promptkit

TEXT = "a {cat|dog|fox} in {a heavy coat --no sand|a linen shirt --no snow}"
template = promptkit.Template(TEXT)
longer = promptkit.Template(TEXT + ", {dawn|noon|dusk}")
print(template.count(), "prompts")
for before, after in islice(zip(template.samples(seed=1), longer.samples(seed=1), strict=True), 3):
    print(f"{before.text} (not: {before.negative})  →  {after.text}")
