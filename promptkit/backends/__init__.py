"""Ways to run models: diffusers pipelines, their samplers, and how words become embeddings."""
