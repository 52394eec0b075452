FROM alpine:3.20
RUN apk add --no-cache --virtual .build-deps gcc make musl-dev linux-headers \
    && mkdir -p /usr/src/redis \
    && wget -O redis.tar.gz "http://download.redis.io/releases/redis-7.2.5.tar.gz" \
    && tar -xzf redis.tar.gz -C /usr/src/redis --strip-components=1 \
    && rm redis.tar.gz \
    && make -C /usr/src/redis -j "$(getconf _NPROCESSORS_ONLN)" all \
    && make -C /usr/src/redis install \
    && rm -r /usr/src/redis \
    && apk del --no-network .build-deps
COPY conf/redis.conf /etc/redis.conf
CMD ["redis-server", "/etc/redis.conf"]
