"""What other packages bring, by their metadata and the user's switches; nothing of a package is imported."""
