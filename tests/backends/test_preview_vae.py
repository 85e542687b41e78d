import numpy as np
import pytest

from promptkit.backends.preview_vae import PREVIEW_VAE, offer_preview_vae, preview_vae
from promptkit.embedded import pipeline_path
from promptkit.errors import ModelError
from tests.backends.conftest import load
from tests.backends.test_seeds import made


def test_a_decoder_beside_the_model_shows_half_finished_pictures():
    backend, shown = load(pipeline_path()), []
    made(backend, [1, 2], width=64, height=64, on_step=lambda event: shown.append(event.previews(event.indices)))
    assert type(preview_vae(backend.pipeline)).__name__ == "AutoencoderTiny"
    picture = np.asarray(made(backend, [1, 2], width=64, height=64)[1].image.reduce(2)).astype(int)
    assert np.abs(np.asarray(shown[-1][1]).astype(int) - picture).mean() < 12


def test_a_decoder_is_loaded_at_the_first_preview_and_not_before():
    pipeline = load(pipeline_path()).pipeline
    assert getattr(pipeline, PREVIEW_VAE) == str(pipeline_path() / PREVIEW_VAE)


def test_one_of_the_users_own_counts_before_the_models(tiny_sd, tmp_path):
    from diffusers import AutoencoderTiny

    folder = tmp_path / "tiny"
    AutoencoderTiny(
        latent_channels=4, decoder_block_out_channels=(4, 4), num_decoder_blocks=(1, 1), num_encoder_blocks=(1, 1),
        encoder_block_out_channels=(4, 4),
    ).save_pretrained(folder)  # fmt: skip
    backend = load(tiny_sd, preview_vae=str(folder))
    assert preview_vae(backend.pipeline).config.decoder_block_out_channels == [4, 4]
    sizes = []
    made(backend, [1], on_step=lambda event: sizes.append(event.preview(0).size))
    assert set(sizes) == {(16, 16)}


def test_one_that_cannot_be_loaded_says_which(loaded, tmp_path):
    pipeline = loaded["sd"].pipeline
    (tmp_path / "nothing").mkdir()
    offer_preview_vae(pipeline, "", str(tmp_path / "nothing"))
    try:
        with pytest.raises(ModelError, match="nothing") as caught:
            made(loaded["sd"], [1], on_step=lambda event: event.previews(event.indices) and None)
        assert "--preview-vae" in (caught.value.hint or "")
    finally:
        offer_preview_vae(pipeline, "")


@pytest.mark.parametrize("given", ["nope", "./owner/name", "/gone/folder"])
def test_what_is_neither_a_folder_nor_a_hub_id_is_refused_before_any_preview(given):
    with pytest.raises(ModelError, match="neither a folder nor a hub id") as caught:
        load(pipeline_path(), preview_vae=given)
    assert "--preview-vae" in (caught.value.hint or "")
