# syntax=docker/dockerfile:1
FROM alpine:3.20
RUN <<FIRST cat > /one && <<SECOND cat > /two
apk add curl
FIRST
apk update
SECOND
COPY <<A <<B /files/
text
A
text
B
