"""Fill the open slots of a bare prompt in three ways."""

import promptkit

for variant in promptkit.expand("a dog", styles=["portrait-photography/clamshell-beauty"], limit=3):
    print(variant.resolved)
