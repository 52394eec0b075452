FROM gcr.io/bazel-public/bazel:7.2.1 AS build
USER root
WORKDIR /src
COPY WORKSPACE BUILD.bazel ./
COPY src/ src/
RUN bazel build //src:server && cp -L bazel-bin/src/server /server

FROM gcr.io/distroless/base-debian12
COPY --from=build /server /server
ENTRYPOINT ["/server"]
