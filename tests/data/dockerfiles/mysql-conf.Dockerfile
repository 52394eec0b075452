FROM mysql:8.4
ADD conf/my.cnf /etc/mysql/conf.d/
ADD sql/schema.sql /docker-entrypoint-initdb.d/
RUN chmod 0444 /etc/mysql/conf.d/my.cnf
