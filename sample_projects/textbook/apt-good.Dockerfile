FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends git jq && rm -rf /var/lib/apt/lists/*
COPY app.sh /usr/local/bin/app
USER nobody
CMD ["app"]
