FROM jekyll/jekyll:4 AS site
WORKDIR /srv/jekyll
COPY Gemfile* ./
RUN bundle install
COPY docs/ .
RUN jekyll build -d /site

FROM nginx:1.27-alpine
COPY --from=site /site /usr/share/nginx/html
