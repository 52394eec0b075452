FROM node:18
WORKDIR /app
ADD package.json .npmrc ./
RUN npm install && rm -f .npmrc
ADD . /app
RUN npm run build
CMD ["node", "build/index.js"]
