FROM alpine AS one
COPY app /a
RUN rm -rf /a/tmp
FROM alpine
COPY --from=0 /a /b
FROM alpine
COPY --from=1 /b /c
RUN mv /c /d
