"""One file for each tool whose pictures are read: ``read(carried) -> Provenance | None``."""
