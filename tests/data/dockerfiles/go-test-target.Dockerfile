FROM golang:1.23 AS base
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .

FROM base AS test
RUN go vet ./... && go test ./...

FROM base AS build
RUN go build -o /out/api ./cmd/api

FROM debian:bookworm-slim AS final
COPY --from=build /out/api /usr/local/bin/api
CMD ["api"]
