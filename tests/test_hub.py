import logging
import socket
import sys

import pytest

from promptkit.hub import prepare_hub


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "huggingface_hub.constants", raising=False)


def unknown_host(*_):
    raise socket.gaierror(-2, "Name or service not known")


def test_without_a_network_the_cache_alone_is_asked(monkeypatch):
    import os

    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert prepare_hub() is False
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_with_a_network_or_a_proxy_the_hub_is_asked(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [()])
    assert prepare_hub() is True
    monkeypatch.setattr(socket, "getaddrinfo", unknown_host)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    assert prepare_hub() is True


def test_the_users_wish_to_be_offline_is_kept(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [()])
    assert prepare_hub() is False
    assert logging.getLogger("huggingface_hub").level == logging.CRITICAL
