# ctxopt as an image: docker run --rm --volume "$PWD:/work" ctxopt
# It is the same for every platform, so it is built where the builder runs.
FROM --platform=$BUILDPLATFORM python:3.13-alpine AS wheel
WORKDIR /src
RUN --mount=type=cache,target=/root/.cache/pip pip install build
COPY pyproject.toml README.md LICENSE ./
COPY ctxopt/ ctxopt/
RUN --mount=type=cache,target=/root/.cache/pip python -m build --wheel --outdir /wheel

FROM python:3.13-alpine
# git says what is tracked, and reads the revisions that a check compares with.
RUN apk add --no-cache git
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    --mount=type=cache,target=/root/.cache/pip \
    pip install /wheel/*.whl
RUN adduser -D ctxopt && git config --system --add safe.directory /work
USER ctxopt
WORKDIR /work
# Without arguments it analyzes what is mounted at /work.
ENTRYPOINT ["ctxopt"]
