FROM perl:5.40
WORKDIR /app
COPY cpanfile ./
RUN cpanm --notest --installdeps . && rm -rf /root/.cpanm
COPY . .
CMD ["perl", "app.pl"]
