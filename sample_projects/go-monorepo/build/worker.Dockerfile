ARG GO_VERSION=1.23
FROM golang:${GO_VERSION} AS build
WORKDIR /src
COPY go.mod ./
COPY internal/ internal/
COPY cmd/worker/ cmd/worker/
RUN CGO_ENABLED=0 go build -o /out/worker ./cmd/worker

FROM build AS test
COPY . .
RUN go test ./...

FROM gcr.io/distroless/static
COPY --from=build /out/worker /worker
ENTRYPOINT ["/worker"]
