FROM debian:bookworm
LABEL maintainer="tools@example.com"
RUN apt-get update && apt-get install -y \
    curl \
    dnsutils \
    iproute2 \
    jq \
    vim
COPY entrypoint.sh /entrypoint.sh
RUN chmod +x /entrypoint.sh
ENTRYPOINT ["/entrypoint.sh"]
