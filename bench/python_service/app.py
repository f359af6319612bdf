"""The service that a careful Python programmer writes for this job: FastAPI in front, one shared httpx
client per worker, the answer passed on or streamed. The baseline of ./dev bench http, nothing more.

Environment: BENCH_UPSTREAM (base URL of the model server, with /v1), BENCH_KEY.
"""
import json
import os
import uuid
from contextlib import asynccontextmanager
from typing import AsyncIterator, Literal

import httpx
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

UPSTREAM = os.environ["BENCH_UPSTREAM"] + "/chat/completions"
HEADERS = {"Authorization": "Bearer " + os.environ.get("BENCH_KEY", "test")}
client: httpx.AsyncClient


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global client
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(timeout=120.0, limits=limits, headers=HEADERS) as client:
        yield


app = FastAPI(lifespan=lifespan)


class Question(BaseModel):
    image_base64: str = Field(min_length=1)
    prompt: str = Field(min_length=1)
    model: str = "gpt-4o"
    detail: Literal["low", "high", "auto"] = "auto"
    max_tokens: int = Field(default=1024, ge=1, le=4096)
    stream: bool = False


def request_of(q: Question) -> dict:
    url = q.image_base64 if q.image_base64.startswith("data:") else "data:image/jpeg;base64," + q.image_base64
    parts = [{"type": "text", "text": q.prompt}, {"type": "image_url", "image_url": {"url": url, "detail": q.detail}}]
    return {"model": q.model, "max_tokens": q.max_tokens, "messages": [{"role": "user", "content": parts}]}


async def events(request: dict) -> AsyncIterator[str]:
    async with client.stream("POST", UPSTREAM, json={**request, "stream": True}) as reply:
        async for line in reply.aiter_lines():
            if not line.startswith("data: "):
                continue
            if line == "data: [DONE]":
                yield "data: [DONE]\n\n"
                continue
            choices = json.loads(line[6:])["choices"]
            if choices and (text := choices[0]["delta"].get("content")):
                yield "data: " + json.dumps({"content": text}) + "\n\n"


@app.post("/v1/analyze/image")
async def analyze_image(q: Question):
    request = request_of(q)
    if q.stream:
        return StreamingResponse(events(request), media_type="text/event-stream")
    reply = await client.post(UPSTREAM, json=request)
    if reply.status_code != 200:
        raise HTTPException(502, reply.text[:200])
    return {"id": f"img-{uuid.uuid4().hex[:8]}", "result": reply.json()["choices"][0]["message"]["content"]}


@app.get("/health")
async def health() -> dict:
    return {"status": "healthy"}
