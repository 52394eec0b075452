# syntax=docker/dockerfile:1
FROM gcc:14 AS build
RUN <<EOF
set -eux
apt-get update
apt-get install -y --no-install-recommends cmake python3-pip
pip3 install --no-cache-dir --break-system-packages conan
rm -rf /var/lib/apt/lists/*
EOF
WORKDIR /src
COPY . .
RUN conan install . --build=missing && cmake --preset release && cmake --build build

FROM gcc:14
COPY --from=build /src/build/bin/ /usr/local/bin/
