"""Refusals and failures in OpenAI's shape, ``{"error": {"message", "type", "param", "code"}}``; no 5xx by chance."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from izwi.engines import EngineFailed, UnsupportedLanguage
from izwi.security.headers import ALWAYS
from izwi.security.talker import Refused

log = logging.getLogger(__name__)

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}

#: What OpenAI has and Izwi has not, and what would change the answer: refused rather than ignored.
NOT_DONE = frozenset(("n", "stop", "tools"))


class Fault(BaseModel):
    """What went wrong: a sentence for people, a code for programs, and the parameter at fault where there is one."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is not a success."""

    error: Fault


#: For the OpenAPI: what any route may answer instead of what was asked for.
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": text}
    for status, text in {
        400: "The request cannot be understood, or asks for what there is not.",
        401: "There is no key, or it is not valid.",
        403: "The key does not open this.",
        404: "There is no such model.",
        413: "The body is too long.",
        429: "Too many requests, or a quota is used up; see Retry-After.",
        500: "An engine failed.",
        503: "Izwi is still warming up, or has too much to do; see Retry-After.",
    }.items()
}


class Problem(Exception):
    """An answer that is not a success: HTTP ``status``, ``code``, a sentence, and the parameter at fault."""

    def __init__(self, status: int, code: str, text: str, param: str | None = None, after: int = 0) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.param, self.after = status, code, text, param, after


def fault(status: int, code: str, text: str, param: str | None = None) -> Fault:
    """What is said of a problem, whatever carries it."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return Fault(message=text, type=kind, param=param, code=code)


def answer(
    status: int, code: str, text: str, param: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The HTTP answer that says it."""
    body = ErrorBody(error=fault(status, code, text, param))
    return JSONResponse(body.model_dump(), status, dict(headers or {}))


def problem_of(error: BaseException) -> Problem:
    """What an exception of ours means to the client; the rest is an internal error without details."""
    match error:
        case Problem():
            return error
        case Refused(status=status, code=code, text=text, after=after):
            return Problem(status, code, text, after=int(after))
        case UnsupportedLanguage():
            return Problem(400, "unsupported_language", f"{error}.", "language")
        case EngineFailed():
            return Problem(500, "engine_failed", str(error))
    log.error("a request failed", exc_info=error)
    return Problem(500, "internal", "Something went wrong here. Please try again.")


def install(app: FastAPI) -> None:
    """Let ``app`` answer every error so."""

    async def ours(_: Request, error: Exception) -> JSONResponse:
        if isinstance(error, Refused):
            return answer(error.status, error.code, error.text, headers=error.headers)
        said = problem_of(error)
        headers = {"Retry-After": str(said.after)} if said.after else {}
        if said.code == "internal":  # Starlette answers this outside of all middleware
            headers |= ALWAYS
        return answer(said.status, said.code, said.text, said.param, headers)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return answer(400, "invalid_request", "The body is not JSON.")
        parts = [str(part) for part in first["loc"][1:]]
        named = [part for part in parts if not part.startswith(("constrained-", "list["))]  # kinds, which nobody sent
        where = ".".join(named) or str(first["loc"][0])
        if where in NOT_DONE:
            return answer(400, "invalid_request", f"{where}: this cannot be asked of Izwi; leave it out.", where)
        return answer(400, "invalid_request", f"{where}: {first['msg']}", where)  # never the value: it may be private

    async def plain(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        code = {404: "not_found", 405: "wrong_method"}.get(error.status_code, "invalid_request")
        return answer(error.status_code, code, str(error.detail), headers=error.headers)

    for kind in (Problem, Refused, UnsupportedLanguage, EngineFailed, Exception):
        app.add_exception_handler(kind, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
