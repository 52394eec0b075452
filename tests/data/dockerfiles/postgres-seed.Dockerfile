FROM postgres:16-alpine
COPY sql/ /docker-entrypoint-initdb.d/
COPY dump.sql.gz /tmp/
RUN gunzip /tmp/dump.sql.gz && mv /tmp/dump.sql /docker-entrypoint-initdb.d/99-seed.sql
