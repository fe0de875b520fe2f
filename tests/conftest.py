"""What every test relies on: loopback only, a home of its own, and no silent skip in CI."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import socket
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# Cores are shared, so a time limit per example would fail at random.
settings.register_profile("house", deadline=None, derandomize=IN_CI, print_blob=True)
settings.load_profile("house")


# ---- skips ------------------------------------------------------------------------------------
# On a laptop a test may skip (no Chromium, no ../shared). In CI everything is installed, so a
# skip there means that something went untested unnoticed.


def _fail_if_skipped(report: Any) -> Any:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"CI=true, where nothing may be skipped. {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _fail_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _fail_if_skipped((yield))


# ---- two processes ----------------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that both processes of `make test` end together.

    A file stays on one process (``--dist loadfile``), since its tests share what it builds.
    """
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: item.path not in slow)


# ---- surroundings -----------------------------------------------------------------------------


def pytest_configure() -> None:
    """Let Ctrl-C count for the commands that tests start.

    A shell without job control starts what it puts behind (`… &`) with SIGINT ignored, and
    whatever that starts inherits it, unless a handler stands in between.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the project's shared folder, which lies beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no ../shared folder beside the repository")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep keys and settings that tests make out of the home of whoever runs them."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name, folder in (("CONFIG", ".config"), ("CACHE", ".cache"), ("DATA", ".local/share")):
            patch.setenv(f"XDG_{name}_HOME", str(home / folder))
        yield


class NetworkUsed(RuntimeError):
    """A test tried to leave the machine."""


def _refuse_outside(host: str | bytes | None) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        if ipaddress.ip_address(name.split("%")[0]).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkUsed(f"tests reach loopback only, not {name!r}")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Refuse every look-up and connection that would leave the machine."""
    real_look_up = socket.getaddrinfo

    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        _refuse_outside(host)
        return real_look_up(host, *args, **options)

    def guarded(name: str) -> Any:
        real = getattr(socket.socket, name)

        def call(self: socket.socket, *args: Any) -> Any:
            address = args[-1]  # sendto(data, [flags,] address)
            if isinstance(address, tuple):
                _refuse_outside(address[0])
            return real(self, *args)

        return call

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", look_up)
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(name))
        yield


# ---- browser ----------------------------------------------------------------------------------


def _chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is None:
        return
    if _chromium_path() is None:
        pytest.skip("no Chromium found (Debian: apt-get install chromium)")
    if find_spec("playwright") is None:
        pytest.skip("playwright is not installed (make setup-dev)")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the system's Chromium once; a test that asks for it is marked `browser`."""
    from playwright.sync_api import sync_playwright

    # Chromium refuses to sandbox itself when root runs it; the other switches keep it quiet.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    arguments += [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium_path(), args=arguments)
        yield browser
        browser.close()
