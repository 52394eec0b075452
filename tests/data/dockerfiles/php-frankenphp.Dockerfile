FROM dunglas/frankenphp:1-php8.3
RUN install-php-extensions pdo_pgsql intl zip
COPY . /app
ENV SERVER_NAME=:80
