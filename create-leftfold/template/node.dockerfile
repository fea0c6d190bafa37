# One image for every role of the application; ROLES chooses the role.
FROM node:22-slim AS build
WORKDIR /app
COPY package*.json ./
# COPY vendor ./vendor
RUN npm ci
COPY . .
RUN npm run build

FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package*.json ./
# COPY vendor ./vendor
RUN npm ci --omit=dev && npm cache clean --force
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
CMD ["node", "node_modules/leftfold/cli/bin.js", "start", "dist/main.js"]
