"""For who runs the service: what Prometheus may ask."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from izwi.api.access import TheService
from izwi.api.problems import RESPONSES
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
