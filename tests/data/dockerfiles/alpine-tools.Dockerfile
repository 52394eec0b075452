FROM alpine:3.20
RUN apk add --no-cache bash curl jq
COPY scripts/*.sh /usr/local/bin/
CMD ["bash"]
