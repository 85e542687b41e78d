"""Read a prompt and see what it leaves to chance."""

import promptkit

prompt = promptkit.parse("a cinematic portrait of a lighthouse keeper, 35mm")
for phrase in prompt.phrases:
    print(f"{phrase.slot:9} {phrase.text}")
for slot in prompt.missing:
    print(f"{slot:9} {'hinted' if slot in prompt.hinted else 'left to chance'}")
