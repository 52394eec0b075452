FROM alpine
RUN apk update
RUN apk add bash curl git
COPY . /scripts
RUN chmod -R 755 /scripts
WORKDIR /scripts
CMD ["./run.sh"]
