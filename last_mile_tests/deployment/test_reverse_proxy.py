"""deploy/nginx.conf in a real nginx, in front of a real webserver: who gets in, and to what."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from last_mile_tests.deployment.compose_file import ROOT
from last_mile_tests.deployment.services import binary, free_port, wait_for

pytestmark = pytest.mark.services
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"ana:wonder").decode()}
QUERY = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of an nginx with the config of the repository, its paths and ports those of a folder."""
    if not shutil.which("nginx") and not Path("/usr/sbin/nginx").exists():
        pytest.skip("nginx is not installed (Debian: apt-get install nginx)")
    folder, inner, outer = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    _write_config(folder, inner, outer)
    nginx = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(folder), "-c"]
    webserver = [str(binary("dagster-webserver")), "--empty-workspace", "-p", str(inner)]
    environment = {**os.environ, "DAGSTER_HOME": str(folder)}
    with (
        subprocess.Popen(webserver, env=environment, cwd=folder, stderr=subprocess.DEVNULL) as web,
        subprocess.Popen([*nginx, "main.conf", "-g", "daemon off;"]) as proxy,
    ):
        try:
            wait_for(lambda: _status(outer, LOGIN) == 200, "the webserver does not answer")
            yield outer
        finally:
            proxy.send_signal(signal.SIGTERM)
            web.send_signal(signal.SIGTERM)


def _write_config(folder: Path, inner: int, outer: int) -> None:
    config = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for written, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{outer} ssl",
        "127.0.0.1:3000": f"127.0.0.1:{inner}",
        "/etc/nginx/": f"{folder}/",
    }.items():
        assert written in config
        config = config.replace(written, here)
    (folder / "site.conf").write_text(config)
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    as_root = "user root;\n" if os.getuid() == 0 else ""  # or it would read files as nobody
    (folder / "main.conf").write_text(
        f"{as_root}pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log {folder}/access.log;\n{paths}include {folder}/site.conf;\n}}\n"
    )
    word = subprocess.run(
        ["openssl", "passwd", "-6", "wonder"], capture_output=True, text=True, check=True
    )
    (folder / "last_mile.users").write_text(f"ana:{word.stdout}")
    key = ["-keyout", f"{folder}/last_mile.key", "-out", f"{folder}/last_mile.crt"]
    self_signed = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run([*self_signed, *key, "-subj", "/CN=x"], check=True, capture_output=True)


def _ask(
    port: int, headers: Mapping[str, str], path: str = "/", body: bytes | None = None
) -> tuple[int, bytes]:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}", body, dict(headers))
    try:
        with urllib.request.urlopen(request, context=unverified, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""
    except urllib.error.URLError:
        return 0, b""


def _status(port: int, headers: Mapping[str, str], path: str = "/") -> int:
    return _ask(port, headers, path)[0]


def test_nobody_gets_in_without_a_login(port: int) -> None:
    wrong = {"Authorization": "Basic " + base64.b64encode(b"ana:wander").decode()}
    for path in ("/", "/graphql", "/server_info"):
        assert [_status(port, headers, path) for headers in ({}, wrong)] == [401, 401]


def test_with_a_login_the_page_and_graphql_answer(port: int) -> None:
    status, page = _ask(port, LOGIN)
    assert (status, b"<title>Dagster" in page or b"dagster" in page.lower()) == (200, True)
    body = json.dumps({"query": "{ version }"}).encode()
    status, answer = _ask(port, {**LOGIN, **QUERY}, "/graphql", body)
    assert status == 200
    assert json.loads(answer)["data"]["version"].startswith("1.")


def test_another_page_cannot_use_the_login_of_a_browser(port: int) -> None:
    body = json.dumps({"query": "{ version }"}).encode()
    headers = {**LOGIN, **QUERY}
    for site, expected in (("cross-site", 403), ("same-origin", 200)):
        assert _ask(port, {**headers, "Sec-Fetch-Site": site}, "/graphql", body)[0] == expected


def test_the_websocket_over_which_the_ui_follows_runs_is_passed_on(port: int) -> None:
    unverified = ssl.create_default_context()
    unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE
    asked = (
        f"GET /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: {LOGIN['Authorization']}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as raw:
        secured = unverified.wrap_socket(raw)
        secured.sendall(asked.encode())
        assert secured.recv(200).startswith(b"HTTP/1.1 101 ")
