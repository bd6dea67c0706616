# Izwi: `make run` to talk, `make test` to check. Both set up all they need first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
TEXT ?= Mhoro
export TEXT  # the shell takes it as it is, whatever marks are in it
# The compiled llama.cpp must also run on the next machine this folder is moved to.
export CMAKE_ARGS ?= -DGGML_NATIVE=OFF
export OMP_WAIT_POLICY ?= passive

.PHONY: help setup setup-dev run test test-all lint demo demo-dub voices voices-qwen3 bench sbom audit clean
help:  ## this list
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

setup: $(VENV)/.packages $(VENV)/.requirements  ## install what the product needs
setup-dev: setup $(VENV)/.packages-dev $(VENV)/.requirements-dev

$(VENV)/.packages: packages.txt
	@mkdir -p $(VENV)
	@.ci/packages packages.txt required
	@touch $@

$(VENV)/.packages-dev: packages-dev.txt
	@.ci/packages packages-dev.txt optional
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Izwi needs Python 3.11 or newer"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.requirements: requirements.txt | $(BIN)/python $(VENV)/.packages
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.requirements-dev: requirements-dev.txt $(VENV)/.requirements
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: setup  ## open the page on port 7860 (IZWI_PORT)
	@exec $(BIN)/python app.py

test: setup-dev  ## run the tests
	$(BIN)/python -m pytest -q -m "not slow"

test-all: setup-dev  ## and those that take minutes: thousands of faults against real workers
	$(BIN)/python -m pytest -q

lint: setup-dev  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: setup  ## make demo TEXT="Mhoro": a text through the whole pipeline to demo.wav
	@$(BIN)/python -m izwi demo "$$TEXT"

demo-dub: setup  ## a made clip dubbed: demo-dub.before.wav, demo-dub.after.wav and the figures
	@IZWI_PROFILE=embedded $(BIN)/python -m izwi dub-demo

voices:  ## an environment of their own for VibeVoice, Coqui and pocket-tts
	$(PYTHON) -m venv .venv-voices
	.venv-voices/bin/python -m pip install --quiet -r izwi/tts/worker/requirements-voices.txt

voices-qwen3:  ## an environment of its own for Qwen3-TTS
	$(PYTHON) -m venv .venv-qwen3
	.venv-qwen3/bin/python -m pip install --quiet -r izwi/tts/worker/requirements-qwen3.txt

bench: setup-dev  ## measure this machine against the rivals
	@$(BIN)/python -m izwi bench

sbom: setup-dev  ## what the product is made of, as CycloneDX: artefacts/sbom.json
	@$(BIN)/python .ci/sbom.py

audit: setup-dev  ## check the pinned versions against the known vulnerabilities (needs a network)
	@.ci/audit $(BIN)/python

clean:  ## remove what was set up
	rm -rf $(VENV) artefacts
