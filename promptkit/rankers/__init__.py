"""Ways to say how well an image shows what a prompt says."""
