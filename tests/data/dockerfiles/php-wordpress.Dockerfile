FROM wordpress:6.6-php8.3-apache
ADD wp-content/themes/shop /var/www/html/wp-content/themes/shop
ADD https://downloads.wordpress.org/plugin/query-monitor.3.16.4.zip /tmp/qm.zip
RUN apt-get update && apt-get install -y unzip && unzip /tmp/qm.zip -d /usr/src/wordpress/wp-content/plugins && rm /tmp/qm.zip
