FROM golang:1.23 AS deps
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download

FROM deps AS build
COPY . .
ARG SERVICE=api
RUN CGO_ENABLED=0 go build -o /out/service ./cmd/${SERVICE}

FROM build AS test
RUN go test ./...

FROM scratch
COPY --from=build /out/service /service
ENTRYPOINT ["/service"]
