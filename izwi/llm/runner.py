"""One native llama.cpp model and its cache: evaluate, sample, stop. Synchronous; one caller at a time."""

from __future__ import annotations

import codecs
import ctypes
import logging
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from izwi.engines import Cancelled, EngineFailed

#: Tokens evaluated in one native call; small, because the logits buffer of a large vocabulary grows with it.
BATCH = 64

#: How often a running native call asks whether it is still wanted, in seconds.
_WATCH = 0.005


class Stopped(Exception):
    """The work was cancelled; the cache is consistent."""


class Runner:
    """A GGUF model with `context` tokens of cache, on one thread.

    One thread on purpose: beside one other busy thread two are up to ten times slower. Raises ``EngineFailed`` with the
    file's name when the file is missing or is no model.
    """

    def __init__(self, path: Path, context: int) -> None:
        import llama_cpp

        if not path.is_file():
            raise EngineFailed(f"The language model {path.name} is missing.")
        try:
            self._llama: Any = llama_cpp.Llama(
                str(path), n_ctx=context, n_batch=BATCH, n_ubatch=BATCH, n_threads=1, n_threads_batch=1, verbose=False
            )
        except (ValueError, RuntimeError, AssertionError) as error:
            raise EngineFailed(f"{path.name} is not a model that llama.cpp can load.") from error
        # What goes wrong is raised; its own lines also call every answer given up an error.
        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)
        self.context = int(self._llama.n_ctx())
        self.metadata: dict[str, str] = dict(self._llama.metadata)
        self.start_token, self.stop_token = int(self._llama.token_bos()), int(self._llama.token_eos())
        self._vocabulary = int(self._llama.n_vocab())
        self._native = llama_cpp
        self._flag = ctypes.create_string_buffer(b"\0\0", 2)
        # strlen(flag) is 0 until the first byte is set: an abort callback that never needs the interpreter's lock.
        callback = ctypes.cast(ctypes.CDLL(None).strlen, llama_cpp.ggml_abort_callback)
        llama_cpp.llama_set_abort_callback(self._llama._ctx.ctx, callback, ctypes.cast(self._flag, ctypes.c_void_p))

    def close(self) -> None:
        """Free the native memory."""
        self._llama.close()

    def tokenize(self, text: str) -> list[int]:
        """Tokens of a rendered prompt; its control marks become control tokens."""
        return [int(t) for t in self._llama.tokenize(text.encode(), add_bos=False, special=True)]

    def text_of(self, token: int) -> str:
        """The text of one token, control marks spelt out; empty for the token −1 that a model lacks."""
        return str(self._llama.detokenize([token], special=True).decode(errors="replace")) if token >= 0 else ""

    def special(self, mark: str) -> int:
        """The one token of a control mark. Raises ``EngineFailed`` when the model has no such token."""
        tokens = self.tokenize(mark)
        if len(tokens) != 1:
            raise EngineFailed(f"The model has no token {mark}: its gate.json belongs to another model.")
        return tokens[0]

    def prefill(self, tokens: Sequence[int], cancelled: Cancelled) -> None:
        """Evaluate a prompt, reusing the cache where it begins alike. Raises ``Stopped``.

        What follows the common beginning is removed from the cache first: nothing of another conversation is seen.
        """
        llama = self._llama
        held = llama.input_ids[: llama.n_tokens]
        most = min(len(held), len(tokens) - 1)
        unlike = np.flatnonzero(held[:most] != np.asarray(tokens[:most], dtype=held.dtype))
        same = int(unlike[0]) if len(unlike) else most
        if not llama._ctx.kv_cache_seq_rm(-1, same, -1):
            self._forget()
            same = 0
        llama.n_tokens = same
        self._evaluate(tokens[same:], cancelled)

    def logits(self) -> npt.NDArray[np.float32]:
        """Logits of the next token, (vocabulary,), after ``prefill``."""
        pointer = self._native.llama_get_logits_ith(self._llama._ctx.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._vocabulary,)).copy()

    def generate(self, tokens: Sequence[int], temperature: float, most: int, cancelled: Cancelled) -> Iterator[str]:
        """Text that follows `tokens`, piece by piece, until the model stops or `most` tokens. Raises ``Stopped``."""
        self.prefill(tokens, cancelled)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for token in self._sampled(list(tokens), temperature, min(most, self.context - len(tokens) - 1), cancelled):
            text = decoder.decode(self._llama.detokenize([token], special=False))
            if text:
                yield text

    def _sampled(self, tokens: list[int], temperature: float, most: int, cancelled: Cancelled) -> Iterator[int]:
        # The same prompt gives the same reply: what is heard can be reproduced, and differs with the conversation.
        self._llama.set_seed(zlib.crc32(np.asarray(tokens, np.int32).tobytes()))
        source = self._llama.generate(tokens, temp=temperature, top_k=40, top_p=0.95, min_p=0.1, repeat_penalty=1.0)
        try:
            for _ in range(most):
                if cancelled():  # between tokens a flag is soon enough; only a prefill needs the watcher
                    raise Stopped
                token = int(next(source))
                if self._native.llama_vocab_is_eog(self._llama._model.vocab, token):
                    return
                yield token
        except RuntimeError as error:
            self._forget()
            raise EngineFailed("The language model failed while it worked.") from error
        finally:
            source.close()

    def _evaluate(self, tokens: Sequence[int], cancelled: Cancelled) -> None:
        for start in range(0, len(tokens), BATCH):
            with self._watched(cancelled):
                self._llama.eval(tokens[start : start + BATCH])

    @contextmanager
    def _watched(self, cancelled: Cancelled) -> Iterator[None]:
        """Run one native call that ends early once `cancelled`; the cache, maybe half written, is then emptied."""
        if cancelled():
            raise Stopped
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_WATCH):
                if cancelled():
                    self._flag[0] = b"\x01"
                    return

        watcher = threading.Thread(target=watch, name="llm-watch", daemon=True)
        watcher.start()
        try:
            yield
        except RuntimeError as error:
            self._forget()
            if self._flag[0] == b"\x01":
                raise Stopped from None
            raise EngineFailed("The language model failed while it worked.") from error
        finally:
            done.set()
            watcher.join()
            self._flag[0] = b"\0"

    def _forget(self) -> None:
        self._llama.reset()
        self._llama._ctx.kv_cache_clear()
