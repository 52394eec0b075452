# syntax=docker/dockerfile:1
FROM node:20-alpine AS base
RUN apk add --no-cache libc6-compat
WORKDIR /app

FROM base AS prune
RUN npm install -g turbo@2
COPY . .
RUN turbo prune api --docker

FROM base AS build
COPY --from=prune /app/out/json/ .
RUN npm ci
COPY --from=prune /app/out/full/ .
RUN npx turbo run build --filter=api

FROM base
COPY --from=build /app/apps/api/dist ./dist
CMD ["node", "dist/main.js"]
