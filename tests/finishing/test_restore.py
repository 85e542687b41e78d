"""Restorers of real architectures, with random weights, are loaded from files and run on aligned faces."""

import numpy as np
import pytest

from promptkit.errors import ModelError
from promptkit.finishing.align import put, restoring, taken
from promptkit.finishing.face import RESTORER, Faces
from promptkit.finishing.weights import load_model

from .asking import ask
from .networks import compact, written
from .portraits import FACE, Knowing, portrait


def restore_former(path):
    """Write a RestoreFormer of two hundredth its size."""
    from spandrel.architectures.RestoreFormer import RestoreFormer

    return written(
        path,
        lambda: RestoreFormer(
            n_embed=16, embed_dim=32, ch=32, out_ch=3, ch_mult=(1, 1, 1, 1, 1, 1), num_res_blocks=1,
            attn_resolutions=(16,), dropout=0.0, in_channels=3, resolution=512, z_channels=32, double_z=False,
            enable_mid=True, head_size=8,
        ),
    )  # fmt: skip


def sha256(path):
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_a_small_restore_former_goes_the_whole_way(tmp_path):
    model = restore_former(tmp_path / "former.safetensors")
    made = ask(Faces(), portrait(), detector=Knowing(), model=str(model), strength=1.0)
    changed = np.abs(np.asarray(made.image, int) - np.asarray(portrait(), int))
    assert changed[90:150, 200:250].mean() > 5
    changed[0:260, 80:380] = 0
    assert changed.max() == 0
    facts = made.facts
    assert (facts["model"], facts["architecture"], facts["method"]) == (
        "former.safetensors",
        "RestoreFormer",
        "restorer",
    )
    assert facts["sha256"] == sha256(model)


def test_a_model_that_enlarges_is_no_restorer(tmp_path):
    model = compact(tmp_path / "upscaler.safetensors")
    with pytest.raises(ModelError, match="is no face restorer") as error:
        ask(Faces(), portrait(), detector=Knowing(), model=str(model))
    assert error.value.hint


def gfpgan(path):
    """Write GFPGAN v1 clean in its real size, as the pickle that its authors publish."""
    from spandrel.architectures.GFPGAN import GFPGAN

    return written(path, lambda: GFPGAN(
        out_size=512, num_style_feat=512, channel_multiplier=2, decoder_load_path=None, fix_decoder=False, num_mlp=8,
        input_is_latent=True, different_w=True, narrow=1, sft_half=True,
    ))  # fmt: skip


@pytest.mark.slow
def test_a_gfpgan_of_real_size_is_asked_as_its_authors_ask_it(tmp_path):
    """They hand it −1 to 1 and take −1 to 1 (TencentARC/GFPGAN, ``GFPGANer.enhance``); noise is that of the file."""
    import torch

    path = gfpgan(tmp_path / "gfpgan.pth")
    with pytest.raises(ModelError, match="only when its SHA-256 is given"):
        ask(Faces(), portrait(), detector=Knowing(), model=str(path))
    drawn = torch.get_rng_state()
    made = ask(Faces(), portrait(), detector=Knowing(), model=str(path), sha256=sha256(path), strength=1.0)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert (made.facts["architecture"], made.facts["model"]) == ("GFPGAN", "gfpgan.pth")
    model = load_model(str(path), sha256(path), RESTORER).descriptor.model
    frame = restoring(FACE, (512, 512))
    face = taken(portrait(), frame)
    given = torch.from_numpy(face.transpose(2, 0, 1)[None].copy()).to(next(model.parameters()).device)
    with torch.inference_mode():
        theirs = model((given - 0.5) / 0.5, return_rgb=False, randomize_noise=False)[0].cpu().clamp(-1, 1)
    due = portrait().copy()
    put(due, frame, (theirs[0].numpy().transpose(1, 2, 0) + 1) / 2, face, 1.0)
    assert np.abs(np.asarray(made.image, int) - np.asarray(due, int)).max() <= 1
    assert np.abs(np.asarray(due, int) - np.asarray(portrait(), int)).mean() > 1
