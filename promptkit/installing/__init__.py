"""Installing and uninstalling plugins: what would change, in which kind of environment, and whether it works then."""
