"""What the product is made of: checksums that are enforced, a list of the parts, and an audit that cannot be silent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from izwi.hub.faults import Tampered
from izwi.hub.registry import load
from izwi.hub.store import Store
from izwi.settings import ROOT


def test_an_embedded_model_with_one_bit_changed_is_not_loaded(tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / "embedded").mkdir(parents=True)
    shutil.copy(ROOT / "models/registry.toml", models)
    shutil.copytree(ROOT / "models/embedded/llama", models / "embedded/llama")
    model, store = load(models)["izwi-micro-llama"], Store(models, tmp_path / "cache", "")
    assert store.held(model).is_dir()
    file = models / "embedded/llama/gate.json"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(Tampered, match=r"gate\.json"):
        store.held(model)


def test_every_embedded_model_has_its_checksums() -> None:
    for model in load(ROOT / "models").models.values():
        if model.path:
            there = {
                str(f.relative_to(ROOT / "models" / model.path)) for f in (ROOT / "models" / model.path).rglob("*")
            }
            assert model.sha256, model.name
            assert set(model.sha256) <= there


@pytest.mark.slow
def test_the_bill_of_materials_names_packages_and_models() -> None:
    subprocess.run([sys.executable, ROOT / ".ci/sbom.py"], check=True, capture_output=True)
    described = json.loads((ROOT / "artefacts/sbom.json").read_text("utf-8"))
    parts = {part["name"]: part for part in described["components"]}
    assert described["bomFormat"] == "CycloneDX"
    assert {"torch", "fastapi", "izwi-micro-whisper"} <= set(parts)
    assert not {"pytest", "mypy", "schemathesis"} & set(parts), "what only the tests need is no part of it"
    whisper = load(ROOT / "models")["izwi-micro-whisper"]
    digests = {file["name"]: file["hashes"][0]["content"] for file in parts["izwi-micro-whisper"]["components"]}
    assert digests == dict(whisper.sha256)


class Advisories(BaseHTTPRequestHandler):
    """OSV's API, with one advisory: against the package ``bad``."""

    bad = ""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()
        known = {"id": "IZWI-1", "summary": "A made-up hole.", "affected": [{"package": asked["package"]}]}
        self.wfile.write(json.dumps({"vulns": [known]} if asked["package"]["name"] == self.bad else {}).encode())

    def log_message(self, *_: object) -> None:
        """Not among the test's output."""


@pytest.fixture
def advisories() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def audit(**env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci/audit", sys.executable], env=os.environ | env, capture_output=True, text=True, check=False
    )


def test_an_audit_against_a_copy_of_the_advisories(advisories: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = audit(IZWI_OSV_URL=advisories)
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("No known vulnerabilities found") == 2
    monkeypatch.setattr(Advisories, "bad", "fastapi")
    run = audit(IZWI_OSV_URL=advisories)
    assert run.returncode == 1
    assert "IZWI-1" in run.stdout


@pytest.mark.slow
def test_an_audit_without_a_network_fails_and_says_so() -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9")
    run = audit(**nowhere)
    assert run.returncode == 2
    assert "the advisories cannot be had" in run.stdout
    assert "requirements.txt" in run.stdout
