"""Feeds, and the jobs that read them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.datastructures import UploadFile

from vsearch.api.bodies.feed import FeedForm, read_feed
from vsearch.api.problems import documented
from vsearch.api.schemas.jobs import JobOut, JobsOut, job_out
from vsearch.api.security import Caller, writing
from vsearch.api.service import ServiceDep

router = APIRouter(prefix="/v1", tags=["feeds"])

JobId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="of the job")]


def _body() -> dict[str, Any]:
    properties = FeedForm.model_json_schema()["properties"]
    schema = {
        "type": "object",
        "required": ["feed"],
        "properties": {"feed": {"type": "string", "format": "binary"}, **properties},
    }
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }


@router.post(
    "/feeds",
    status_code=202,
    responses=documented(400, 401, 403, 408, 413, 415, 422, 429, 503, 507),
    openapi_extra=_body(),
    summary="Index a feed",
)
async def feed(
    request: Request,
    response: Response,
    service: ServiceDep,
    caller: Annotated[Caller, Depends(writing)],
) -> JobOut:
    """What `vsearch index` reads, but for folders. Answers at once, with a job."""
    async with read_feed(request) as (upload, options):
        job = await service.change(
            lambda: service.jobs.submit_feed(
                upload.file,
                file_name=_name(upload),
                options=options,
                created_by=caller.key_id or "",
            )
        )
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job_out(job)


@router.get(
    "/jobs",
    dependencies=[Depends(writing)],
    responses=documented(401, 403, 429, 503),
    summary="The newest hundred jobs",
)
async def jobs(service: ServiceDep) -> JobsOut:
    """The newest first, without what they rejected."""
    return JobsOut(jobs=[job_out(job) for job in await service.do(service.jobs.newest)])


@router.get(
    "/jobs/{job_id}",
    dependencies=[Depends(writing)],
    responses=documented(401, 403, 404, 422, 429, 503),
    summary="How far a job is, and what came of it",
)
async def job(job_id: JobId, service: ServiceDep) -> JobOut:
    """With the first thousand rows and images that were skipped, once it has ended."""
    return job_out(await service.do(lambda: service.jobs.find(job_id)))


@router.delete(
    "/jobs/{job_id}",
    dependencies=[Depends(writing)],
    responses=documented(401, 403, 404, 422, 429, 503, 507),
    summary="Cancel a job",
)
async def cancel(job_id: JobId, service: ServiceDep) -> JobOut:
    """What it has done is kept. One that has ended stays as it is."""
    return job_out(await service.change(lambda: service.jobs.cancel(job_id)))


def _name(upload: UploadFile) -> str:
    """What the file is called for people; a browser may send a path of its own machine."""
    name = (upload.filename or "").replace("\\", "/").rpartition("/")[2][:255]
    return "".join(letter for letter in name if letter.isprintable()) or "feed"
