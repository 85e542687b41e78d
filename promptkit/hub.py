"""The model hub, where there is one: finding out that there is no network at once, instead of after a minute of
retries."""

from __future__ import annotations

import logging
import os
import socket
import sys
from urllib.parse import urlsplit

ENDPOINT = "https://huggingface.co"
VARIABLE = "HF_HUB_OFFLINE"


def prepare_hub() -> bool:
    """Return whether the hub can be asked; where it cannot, make its library look into the cache alone.

    The library's own warnings are silenced: what fails comes back as an exception.
    """
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)
    if os.environ.get(VARIABLE, "").lower() in ("1", "true", "yes", "on"):
        return False
    if _reachable(os.environ.get("HF_ENDPOINT", ENDPOINT)):
        return True
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        constants.HF_HUB_OFFLINE = True  # type: ignore[attr-defined]
    else:
        os.environ[VARIABLE] = "1"
    return False


def _reachable(endpoint: str) -> bool:
    """Whether the endpoint's name is known, or a proxy stands between."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")):
        return True
    parts = urlsplit(endpoint)
    try:
        socket.getaddrinfo(parts.hostname, parts.port or 443)
    except OSError:
        return False
    return True
