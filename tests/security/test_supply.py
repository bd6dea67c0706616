"""What the product is made of: checksums that are enforced, a list of the parts, and an audit that cannot be silent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
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


@pytest.mark.slow
def test_an_audit_without_a_network_fails_and_says_so() -> None:
    nowhere = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), "http://127.0.0.1:9")
    run = subprocess.run(
        [ROOT / ".ci/audit", sys.executable], env=os.environ | nowhere, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert "the advisories cannot be had" in run.stdout
