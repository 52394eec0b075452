FROM ubuntu:24.04 AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates cmake curl g++ git ninja-build pkg-config tar unzip zip \
    && rm -rf /var/lib/apt/lists/*
RUN git clone --depth 1 https://github.com/microsoft/vcpkg /vcpkg && /vcpkg/bootstrap-vcpkg.sh
WORKDIR /src
COPY vcpkg.json CMakeLists.txt ./
RUN /vcpkg/vcpkg install
COPY src ./src
RUN cmake -B build -G Ninja -DCMAKE_TOOLCHAIN_FILE=/vcpkg/scripts/buildsystems/vcpkg.cmake && cmake --build build

FROM gcr.io/distroless/cc-debian12
COPY --from=build /src/build/demo /demo
ENTRYPOINT ["/demo"]
