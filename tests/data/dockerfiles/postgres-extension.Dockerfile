FROM postgres:16
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential git postgresql-server-dev-16 \
 && git clone --branch v0.7.4 --depth 1 https://github.com/pgvector/pgvector.git /tmp/pgvector \
 && cd /tmp/pgvector && make && make install \
 && rm -rf /tmp/pgvector \
 && apt-get remove -y build-essential git postgresql-server-dev-16 && apt-get autoremove -y \
 && rm -rf /var/lib/apt/lists/*
COPY sql/*.sql /docker-entrypoint-initdb.d/
