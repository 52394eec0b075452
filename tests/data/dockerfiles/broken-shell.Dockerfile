FROM alpine:3.20
COPY . /src
RUN if then rm -rf /src/docs
RUN echo "unclosed && rm -rf /src/tests
RUN apk add --no-cache curl && rm -rf /src/docs
