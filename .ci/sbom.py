"""artefacts/sbom.json (CycloneDX 1.6): the Python packages the product runs on, and every model with its checksums.

cyclonedx-py describes the whole environment; what only the tests and linters need is left out again.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "artefacts" / "sbom.json"
sys.path.insert(0, str(ROOT))

from izwi.hub.registry import Model, load  # noqa: E402


def plain(name: str) -> str:
    """A package's name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(file: Path) -> set[str]:
    """The packages of a requirements file and all that they need here."""
    lines = [line.split("#")[0].strip() for line in file.read_text("utf-8").splitlines()]
    waiting, found = [Requirement(line) for line in lines if line], set[str]()
    while waiting:
        wanted = waiting.pop()
        extras = {"extra": ""}, *({"extra": extra} for extra in wanted.extras)
        if plain(wanted.name) in found:
            continue
        try:
            parts = [Requirement(text) for text in requires(wanted.name) or ()]
        except PackageNotFoundError:
            sys.exit(f"sbom: {wanted.name} is not installed; run make setup")
        found.add(plain(wanted.name))
        waiting += [part for part in parts if part.marker is None or any(part.marker.evaluate(e) for e in extras)]
    return found


def of_model(model: Model) -> dict[str, Any]:
    """A model as a component: its files with their checksums are components of it."""
    files = [
        {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for name, digest in sorted(model.sha256.items())
    ]
    return {
        "type": "machine-learning-model",
        "bom-ref": f"model:{model.name}",
        "name": model.name,
        "version": model.revision if model.repo else "embedded",
        "description": f"{model.role} for {', '.join(model.languages)}, run by {model.engine}",
        "licenses": [{"license": {"name": model.licence}}],
        **({"components": files} if files else {}),
    }


def main() -> None:
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", "pyproject.toml", "--of", "JSON"]
    described = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    kept = needed(ROOT / "requirements.txt")
    described["components"] = [part for part in described["components"] if plain(part["name"]) in kept]
    missing = kept - {plain(part["name"]) for part in described["components"]}
    if missing:
        sys.exit(f"sbom: not described: {', '.join(sorted(missing))}")
    models = [of_model(model) for model in load(ROOT / "models").models.values()]
    described["components"] += models
    known = {part["bom-ref"] for part in described["components"]} | {described["metadata"]["component"]["bom-ref"]}
    described["dependencies"] = [
        {"ref": edge["ref"], "dependsOn": [ref for ref in edge.get("dependsOn", []) if ref in known]}
        for edge in described["dependencies"]
        if edge["ref"] in known
    ]
    text = json.dumps(described, indent=1, ensure_ascii=False)
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"sbom: not valid CycloneDX: {fault}")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(text + "\n", encoding="utf-8")
    packages = len(described["components"]) - len(models)
    print(f"{OUT.relative_to(ROOT)}: {packages} packages, {len(models)} models, valid CycloneDX 1.6")


if __name__ == "__main__":
    main()
