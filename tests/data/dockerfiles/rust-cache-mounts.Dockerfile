# syntax=docker/dockerfile:1
ARG RUST_VERSION=1.81.0
FROM rust:${RUST_VERSION}-slim-bullseye AS build
WORKDIR /app
RUN --mount=type=bind,source=src,target=src \
    --mount=type=bind,source=Cargo.toml,target=Cargo.toml \
    --mount=type=bind,source=Cargo.lock,target=Cargo.lock \
    --mount=type=cache,target=/app/target/ \
    --mount=type=cache,target=/usr/local/cargo/registry/ <<EOF
set -e
cargo build --locked --release
cp ./target/release/server /bin/server
EOF

FROM debian:bullseye-slim AS final
COPY --from=build /bin/server /bin/
CMD ["/bin/server"]
