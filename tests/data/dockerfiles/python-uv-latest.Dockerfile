FROM ghcr.io/astral-sh/uv:python3.12-bookworm-slim AS builder
WORKDIR /app
ADD . /app
RUN --mount=type=cache,target=/root/.cache/uv uv sync --locked --no-dev

FROM python:3.12-slim-bookworm
COPY --from=builder --chown=app:app /app /app
COPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/
ENV PATH="/app/.venv/bin:$PATH"
CMD ["fastapi", "run", "/app/src/main.py"]
