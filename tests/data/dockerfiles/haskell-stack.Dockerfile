FROM haskell:9.8 AS build
WORKDIR /src
COPY stack.yaml package.yaml ./
RUN stack build --only-dependencies
COPY . .
RUN stack install --local-bin-path /out

FROM debian:bookworm-slim
COPY --from=build /out/ /usr/local/bin/
