FROM golang:1.23 AS build
WORKDIR /src
COPY go.mod ./
RUN go mod download
COPY internal/ internal/
COPY cmd/api/ cmd/api/
RUN CGO_ENABLED=0 go build -o /out/api ./cmd/api

FROM gcr.io/distroless/static
COPY --from=build /out/api /api
COPY web/ /web/
ENTRYPOINT ["/api"]
