# syntax=docker/dockerfile:1.20
FROM alpine:3.20 AS base
WORKDIR /srv
COPY --parents --exclude=**/*.md app/ conf/ ./
COPY --link --chown=1000:1000 public ./public
RUN find . -name '*.map' -delete
FROM base AS slim
RUN rm -rf public/drafts
