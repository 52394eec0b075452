FROM debian:trixie-slim
RUN apt-get update
RUN apt-get install -y git
RUN apt-get install -y jq
COPY app.sh /usr/local/bin/app
USER nobody
CMD ["app"]
