FROM composer:latest AS vendor
WORKDIR /app
COPY composer.json composer.lock auth.json ./
RUN composer install --no-dev --no-scripts --prefer-dist

FROM php:8.3-fpm-alpine
WORKDIR /srv/app
RUN apk add --no-cache icu-dev && docker-php-ext-install intl opcache
COPY --from=vendor /app/vendor vendor
COPY bin bin
COPY config config
COPY public public
COPY src src
CMD ["php-fpm"]
