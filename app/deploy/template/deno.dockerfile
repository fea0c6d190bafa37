# One image for every role of {{app}}; compose.yaml chooses the role with ROLES.
FROM denoland/deno:2.9.6
WORKDIR /app

COPY package*.json deno.json* ./
{{vendor}}RUN deno install
COPY . .

# The filesystem is read-only in a container, apart from /tmp.
ENV DENO_DIR=/tmp/deno
USER deno
EXPOSE 8080
CMD [{{arguments}}]
