FROM debian:bookworm
ARG EXTRA=""
RUN if [ -n "$EXTRA" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $EXTRA && rm -rf /var/lib/apt/lists/*; \
    fi
COPY conf/ /etc/demo/
RUN [ -d /etc/demo/examples ] && rm -rf /etc/demo/examples || true
CMD ["sh"]
