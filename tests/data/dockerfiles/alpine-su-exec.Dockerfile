FROM alpine:3.19 as fetch
ARG TARGETARCH
ADD https://github.com/mikefarah/yq/releases/download/v4.44.3/yq_linux_amd64.tar.gz /tmp/
RUN tar -xzf /tmp/yq_linux_amd64.tar.gz -C /tmp

FROM alpine:3.19
RUN apk --update --no-cache add su-exec tini \
 && adduser -D app
COPY --from=fetch /tmp/yq_linux_amd64 /usr/bin/yq
COPY --chmod=0755 entrypoint.sh /
ENTRYPOINT ["/sbin/tini", "--", "/entrypoint.sh"]
