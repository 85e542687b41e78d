"""The recipe of the embedded model: judge, autoencoder, CLIP, denoiser, and their evaluation."""
