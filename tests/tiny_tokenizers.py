"""Tokenizers of the newer text encoders, in their real classes, learnt from a few sentences: nothing is downloaded."""

import json

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

SENTENCES = (
    "a red dog on a grassy hill, oil painting, golden hour, close-up",
    "a watercolour of a blue lighthouse at dusk, wide shot, soft light",
    "portrait of a fox in the snow, studio lighting, 85mm lens",
    "no text, no watermark, blurry",
)
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def t5():
    """T5's: pieces with scores, one at least for each letter."""
    from transformers import T5Tokenizer

    words = sorted({"▁" + word.strip(",.") for sentence in SENTENCES for word in sentence.split()})
    letters = sorted({char for word in words for char in word} | set("abcdefghijklmnopqrstuvwxyz,.-0123456789"))
    scores = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    scores += [(word, -1.0 - len(word) / 100) for word in words if len(word) > 1]
    scores += [(letter, -8.0) for letter in letters]
    return T5Tokenizer(vocab=scores, extra_ids=0, additional_special_tokens=[], model_max_length=512)


def gemma():
    """Gemma's: byte pairs with a fall back to bytes."""
    from transformers import GemmaTokenizer

    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    letters = sorted({char for sentence in SENTENCES for char in sentence.replace(" ", "▁")} | set("▁'\":.-"))
    tokens = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    return GemmaTokenizer(vocab=vocabulary, merges=[], model_max_length=512)


def qwen():
    """Qwen's: byte-level pairs, with the marks of its chat."""
    from transformers import Qwen2Tokenizer

    learnt = Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    learnt.train_from_iterator(SENTENCES, trainer)
    model = json.loads(learnt.to_str())["model"]
    vocabulary = {**model["vocab"], "<|endoftext|>": len(model["vocab"])}
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=[tuple(pair) for pair in model["merges"]], model_max_length=512)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = CHAT
    return tokenizer
