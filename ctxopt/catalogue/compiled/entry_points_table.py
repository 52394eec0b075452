# Written by tools/compile_catalogue.py.
from ctxopt.catalogue.entry_points import EntryPoint
from ctxopt.catalogue.entry_points import EntryPoints
from ctxopt.catalogue.entry_points import Server

VALUE = EntryPoints(
 configurations=('nginx*', '*.nginx', '*.conf', '*.conf.template', 'Caddyfile*', '*.caddy'),
 programs=(
  'fastcgi_pass',
  'uwsgi_pass',
  'php_fastcgi',
  'scgi_pass',
  'SetHandler',
  'WSGIScriptAlias',
  'passenger_enabled',
  'content_by_lua',
 ),
 entry_point=(
  EntryPoint(
   images=('squidfunk/mkdocs-material', '*/mkdocs-material', '*/mkdocs'),
   command='mkdocs',
  ),
  EntryPoint(
   images=('cypress/included',),
   command='cypress run',
  ),
  EntryPoint(
   images=('*/dbt-*', '*/dbt'),
   command='dbt',
  ),
  EntryPoint(
   images=('*/slidev*', 'slidev/*'),
   command='slidev',
  ),
  EntryPoint(
   images=('marpteam/marp-cli',),
   command='marp',
  ),
  EntryPoint(
   images=('klakegg/hugo', 'hugomods/hugo', '*/hugo'),
   command='hugo',
  ),
  EntryPoint(
   images=('jekyll/jekyll', 'bretfisher/jekyll*'),
   command='jekyll build',
  ),
  EntryPoint(
   images=('sphinxdoc/sphinx*',),
   command='sphinx-build',
  ),
  EntryPoint(
   images=('*/docsify*',),
   command='docsify serve',
  ),
  EntryPoint(
   images=('alpine/helm', 'dtzar/helm-kubectl'),
   command='helm',
  ),
  EntryPoint(
   images=('*/robotframework*', '*/robot-framework*'),
   command='robot',
  ),
  EntryPoint(
   images=('postman/newman*', '*/newman'),
   command='newman run',
  ),
  EntryPoint(
   images=('grafana/k6', 'loadimpact/k6'),
   command='k6 run',
  ),
  EntryPoint(
   images=('locustio/locust',),
   command='locust',
  ),
  EntryPoint(
   images=('pandoc/*',),
   command='pandoc',
  ),
  EntryPoint(
   images=('asciidoctor/*',),
   command='asciidoctor',
  ),
  EntryPoint(
   images=('jupyter/*', '*/jupyter*'),
   serves=('/home/jovyan', '.'),
  ),
  EntryPoint(
   images=('nginx', '*/nginx', 'nginxinc/nginx-unprivileged', 'openresty/openresty', 'bitnami/nginx'),
   serves=('/usr/share/nginx/html', '/usr/local/openresty/nginx/html', '/var/www', '/app'),
  ),
  EntryPoint(
   images=('httpd', '*/httpd', 'bitnami/apache'),
   serves=('/usr/local/apache2/htdocs', '/var/www', '/app'),
  ),
  EntryPoint(
   images=('caddy', '*/caddy'),
   serves=('/srv', '/usr/share/caddy', '/var/www'),
  ),
  EntryPoint(
   images=(
    'joseluisq/static-web-server',
    '*/static-web-server',
    'halverneus/static-file-server',
    'pierrezemb/gostatic',
    'lipanski/docker-static-website',
    'busybox',
   ),
   serves=('/public', '/web', '/var/public', '/srv/http', '/home/static', '/www'),
  ),
  EntryPoint(
   images=(
    'postgres',
    '*/postgres',
    '*/postgresql',
    'postgis/postgis',
    'pgvector/pgvector',
    'timescale/*',
    'mysql',
    'mariadb',
    'mongo',
    '*/mysql',
    '*/mariadb',
    'percona',
    'clickhouse/clickhouse-server',
   ),
   serves=('/docker-entrypoint-initdb.d',),
  ),
  EntryPoint(
   images=(
    'codercom/code-server*',
    '*/code-server*',
    'gitpod/*',
    'mcr.microsoft.com/devcontainers/*',
    'mcr.microsoft.com/vscode/devcontainers/*',
    'ghcr.io/devcontainers/*',
    '*/openvscode-server*',
    'rocker/rstudio*',
    'rocker/tidyverse*',
    '*/theia*',
    'codercom/enterprise-*',
   ),
   command='code-server',
  ),
 ),
 server=(
  Server(
   commands=('python* -m http.server', 'python* -m SimpleHTTPServer', 'php -S', 'ruby -run'),
  ),
  Server(
   commands=(
    'serve',
    'http-server',
    'static-web-server',
    'sws',
    'live-server',
    'docsify serve',
    'httpd -f',
    'busybox httpd',
    'darkhttpd',
    'webfsd',
    'lighttpd',
    'miniserve',
    'caddy file-server',
    'thttpd',
    'merecat',
    'goStatic',
    'gostatic',
   ),
  ),
 ),
)
