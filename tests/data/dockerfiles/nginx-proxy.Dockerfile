FROM nginxinc/nginx-unprivileged:1.27-alpine
COPY nginx/templates/ /etc/nginx/templates/
COPY nginx/nginx.conf /etc/nginx/nginx.conf
COPY certs/ca.pem /etc/nginx/certs/ca.pem
