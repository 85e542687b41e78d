"""What is seen while a run lasts, and pictures in the terminal."""
