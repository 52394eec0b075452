FROM fedora:40
RUN dnf -y install httpd mod_ssl
COPY conf/ /etc/httpd/conf.d/
COPY public/ /var/www/html/
RUN chown -R apache:apache /var/www/html
EXPOSE 80
CMD ["httpd", "-DFOREGROUND"]
