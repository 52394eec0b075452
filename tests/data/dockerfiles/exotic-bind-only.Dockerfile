# syntax=docker/dockerfile:1
FROM python:3.12-alpine
WORKDIR /app
RUN --mount=type=bind,target=/ctx,rw \
    --mount=type=tmpfs,target=/tmp \
    cp -r /ctx/app /app/app && rm -rf /ctx/docs /tmp/*
CMD ["python", "-m", "app"]
