FROM node:20 AS onbuild
WORKDIR /usr/src/app
ONBUILD COPY package*.json ./
ONBUILD RUN npm install
ONBUILD COPY . .
ONBUILD RUN rm -rf docs

FROM onbuild
CMD ["npm", "start"]
