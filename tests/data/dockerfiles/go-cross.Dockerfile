# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM tonistiigi/xx:1.5.0 AS xx
FROM --platform=$BUILDPLATFORM golang:1.23-alpine AS build
COPY --from=xx / /
ARG TARGETPLATFORM
WORKDIR /src
RUN --mount=type=bind,target=. --mount=type=cache,target=/root/.cache/go-build \
    xx-go build -trimpath -o /out/tool ./cmd/tool && xx-verify /out/tool

FROM scratch AS binary
COPY --from=build /out/ /

FROM alpine:3.20
COPY --from=build /out/tool /usr/local/bin/
ENTRYPOINT ["tool"]
