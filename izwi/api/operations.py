"""What Prometheus may ask, and how a contribution is taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from izwi.api.access import TheService, needs
from izwi.api.problems import RESPONSES, Problem
from izwi.ops.metrics import CONTENT_TYPE

router = APIRouter(tags=["operations"])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        **{status: answer for status, answer in RESPONSES.items() if status in (401, 403, 429)},
        200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."},
    },
)
async def metrics(request: Request, service: TheService) -> Response:
    """Every metric. Needs a key with the scope 'admin', unless ``IZWI_METRICS=open``."""
    if service.settings.metrics != "open":
        service.guard.admit(request, "admin")
    return Response(service.metrics.text(), media_type=CONTENT_TYPE)


@router.delete(
    "/v1/contributions/{token}",
    status_code=204,
    response_class=Response,
    dependencies=[Depends(needs(""))],
    responses={status: answer for status, answer in RESPONSES.items() if status in (400, 401, 403, 404, 429, 503)},
)
async def take_back(token: Annotated[str, Path(max_length=64)], service: TheService) -> Response:
    """Delete everything that was given under this token. Whoever has the token may."""
    try:
        deleted = await service.contributions.take_back(token) if service.contributions is not None else 0
    except OSError:
        raise Problem(503, "disk", "The contribution cannot be deleted just now. Please try again.", after=5) from None
    if not deleted:
        raise Problem(404, "no_contribution", "There is nothing under this token: never given, or deleted already.")
    return Response(status_code=204)
