FROM opensuse/leap:15.6
RUN zypper --non-interactive refresh \
 && zypper --non-interactive install --no-recommends nginx \
 && zypper clean --all
COPY conf/nginx.conf /etc/nginx/nginx.conf
