FROM rocker/shiny-verse:4.4
RUN apt-get update && apt-get install -y \
    libgdal-dev \
    libproj-dev \
 && rm -rf /var/lib/apt/lists/*
RUN R -e "install.packages(c('leaflet', 'sf'), repos='https://cloud.r-project.org')"
COPY app/ /srv/shiny-server/app
RUN chown -R shiny:shiny /srv/shiny-server
EXPOSE 3838
