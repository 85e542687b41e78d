"""A tiny GPT-2, trained in seconds on a few prompts, in its real classes and files."""

import itertools
import random

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

SUBJECTS = ("a lighthouse", "a barn owl", "an old harbour", "a red fox", "a deep-sea diver", "a bicycle")
STYLES = ("oil painting", "watercolour", "pixel art", "pencil drawing")
LIGHTS = ("golden hour", "soft window light", "neon light", "overcast daylight")
CAMERAS = ("close-up", "wide shot", "35mm lens", "low angle")
END = "<|endoftext|>"


def prompts():
    rng = random.Random(0)
    for subject, style, light, camera in itertools.product(SUBJECTS, STYLES, LIGHTS, CAMERAS):
        words = [style, light, camera, "beautiful (masterpiece:1.2)"]
        rng.shuffle(words)
        yield f"{subject}, {', '.join(words)}, {END}"


def learnt_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=340, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False, special_tokens=[END]
    )
    tokenizer.train_from_iterator(prompts(), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)


def save_model(folder):
    torch.manual_seed(0)
    tokenizer = learnt_tokenizer()
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=256, n_embd=48, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    model = GPT2LMHeadModel(config)
    batch = tokenizer(list(prompts()), padding=True, return_tensors="pt").input_ids
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(60):
        rows = batch[torch.randint(len(batch), (48,))]
        loss = model(input_ids=rows, labels=rows).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 1.5
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
