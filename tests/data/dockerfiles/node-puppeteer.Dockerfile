FROM ghcr.io/puppeteer/puppeteer:latest
USER root
WORKDIR /home/pptruser/app
COPY package*.json ./
RUN npm ci
COPY . .
RUN chown -R pptruser:pptruser /home/pptruser/app
USER pptruser
CMD ["node", "crawl.js"]
