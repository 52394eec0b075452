# syntax=docker/dockerfile:1
FROM debian:bookworm-slim
COPY . /src
RUN <<EOT bash
set -euxo pipefail
apt-get update
apt-get install -y --no-install-recommends make
make -C /src install
rm -rf /src /var/lib/apt/lists/*
EOT
COPY <<-"EOF" /etc/demo.conf
	[demo]
	level = info
	EOF
CMD ["demo"]
