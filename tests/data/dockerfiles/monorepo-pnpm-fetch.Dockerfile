# syntax=docker/dockerfile:1
FROM node:22-slim AS base
ENV PNPM_HOME=/pnpm PATH=/pnpm:$PATH
RUN corepack enable
WORKDIR /repo

FROM base AS build
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm fetch
COPY . .
RUN pnpm install --offline --frozen-lockfile && pnpm -r build
RUN pnpm deploy --filter=api --prod /out/api

FROM base
COPY --from=build /out/api /srv
WORKDIR /srv
CMD ["node", "dist/main.js"]
