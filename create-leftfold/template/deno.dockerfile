# One image for every role of the application; ROLES chooses the role.
FROM denoland/deno:2.9.6
WORKDIR /app
COPY package.json deno.json ./
# COPY vendor ./vendor
RUN deno install
COPY src ./src
USER deno
EXPOSE 8080
CMD ["run", "-A", "node_modules/leftfold/cli/bin.js", "start", "src/main.ts"]
