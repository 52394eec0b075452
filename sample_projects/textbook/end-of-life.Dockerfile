FROM debian:stretch
COPY app.sh /usr/local/bin/app
USER nobody
CMD ["app"]
