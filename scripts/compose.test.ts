/** Tests of compose.yaml: no container engine is needed to see that its parts fit together. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { Schema } from "effect"
import { parse } from "yaml"

const Duration = Schema.String.check(Schema.isPattern(/^\d+(ms|s|m)$/))
const Reference = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]*$/))

const Role = Schema.Literals(["provision", "actors", "projections", "policies", "gateway"])

const Healthcheck = Schema.Struct({
  test: Schema.NonEmptyArray(Schema.String),
  interval: Duration,
  timeout: Duration,
  retries: Schema.Int,
  start_period: Schema.optionalKey(Duration),
})

const environmentFields = {
  NATS_URL: Schema.optionalKey(Schema.String),
  NATS_MONITOR_URL: Schema.optionalKey(Schema.String),
  LEFTFOLD_PROFILE: Schema.optionalKey(Schema.Literals(["development", "production"])),
  DATABASE_URL: Schema.optionalKey(Schema.String),
  HOST: Schema.optionalKey(Schema.String),
  PORT: Schema.optionalKey(Schema.String),
  ROLES: Schema.optionalKey(Role),
  POSTGRES_USER: Schema.optionalKey(Schema.String),
  POSTGRES_PASSWORD: Schema.optionalKey(Schema.String),
  POSTGRES_DB: Schema.optionalKey(Schema.String),
}

const serviceFields = {
  image: Schema.String,
  build: Schema.optionalKey(Schema.Literal(".")),
  pull_policy: Schema.optionalKey(Schema.Literals(["build", "never"])),
  command: Schema.optionalKey(Schema.Array(Schema.String)),
  environment: Schema.optionalKey(Schema.Struct(environmentFields)),
  ports: Schema.optionalKey(Schema.Array(Schema.String)),
  volumes: Schema.optionalKey(Schema.Array(Schema.String)),
  configs: Schema.optionalKey(
    Schema.Array(Schema.Struct({ source: Reference, target: Schema.String })),
  ),
  depends_on: Schema.optionalKey(Schema.Record(
    Reference,
    Schema.Struct({
      condition: Schema.Literals(["service_healthy", "service_completed_successfully"]),
    }),
  )),
  healthcheck: Schema.optionalKey(Healthcheck),
  restart: Schema.Literals(["no", "on-failure", "unless-stopped"]),
  stop_grace_period: Duration,
}

/** The part of the compose format that compose.yaml uses; everything else is refused. */
const Compose = Schema.Struct({
  name: Schema.Literal("leftfold"),
  "x-role": Schema.Unknown,
  "x-environment": Schema.Unknown,
  services: Schema.Record(Reference, Schema.Struct(serviceFields)),
  configs: Schema.Record(Reference, Schema.Struct({ content: Schema.String })),
  volumes: Schema.Record(Reference, Schema.Null),
})

const decode = Schema.decodeUnknownSync(Compose, { onExcessProperty: "error" })
const text = readFileSync(new URL("../compose.yaml", import.meta.url), "utf8")
const document: unknown = parse(text, { merge: true })
const compose = decode(document)
const services = Object.entries(compose.services)
const roles = services.filter(([, { environment }]) => environment?.ROLES !== undefined)

test("an unknown key, role or environment variable is refused", () => {
  const spoilt = [
    text.replace("    command:", "    comand:"),
    text.replace("ROLES: actors", "ROLES: actor"),
    text.replace("  NATS_URL:", "  NATS_URI:"),
    text.replace("service_healthy", "healthy"),
  ]
  for (const wrong of spoilt) {
    assert.notEqual(wrong, text)
    assert.throws(() => decode(parse(wrong, { merge: true })))
  }
})

test("every role has a service of its own, of the one image", () => {
  assert.deepEqual(
    roles.map(([name, { environment }]) => [name, environment?.ROLES]),
    Role.literals.map((role) => [role, role]),
  )
  assert.deepEqual(new Set(roles.map(([, { image }]) => image)), new Set(["leftfold:local"]))
  const builders = services.filter(([, { build }]) => build !== undefined)
  assert.deepEqual(builders.map(([name]) => name), ["provision"])
})

test("every role knows where NATS and Postgres are", () => {
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } =
    compose.services["postgres"]?.environment ?? {}
  for (const [, { environment }] of roles) {
    assert.equal(environment?.NATS_URL, "nats://nats:4222")
    const url = new URL(environment.DATABASE_URL ?? "")
    assert.deepEqual(
      [url.hostname, url.username, url.password, url.pathname],
      ["postgres", POSTGRES_USER, POSTGRES_PASSWORD, `/${POSTGRES_DB}`],
    )
  }
})

test("what a service waits for exists, and can be waited for", () => {
  for (const [name, { depends_on }] of services) {
    for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
      const awaited = compose.services[other]
      assert.ok(awaited, `${name} waits for ${other}, which is no service`)
      if (condition === "service_healthy") assert.ok(awaited.healthcheck, `${other} has no check`)
      else assert.equal(awaited.restart, "no", `${other} never completes`)
    }
  }
})

test("a service that scales publishes no port of the host", () => {
  const published = services.filter(([, { ports }]) => ports !== undefined)
  assert.deepEqual(published.map(([name, { ports }]) => [name, ports]), [
    ["gateway", ["8080:8080"]],
  ])
  assert.equal(compose.services["gateway"]?.environment?.HOST, "0.0.0.0")
  assert.equal(compose.services["gateway"]?.environment?.PORT, "8080")
})

test("NATS writes to disk before it acknowledges", () => {
  const content = compose.configs["nats"]?.content ?? ""
  assert.match(content, /jetstream \{[^}]*\n\s*sync_interval: always\n/)
  const folder = /store_dir: (\S+)/.exec(content)?.[1]
  assert.deepEqual(compose.services["nats"]?.volumes, [`nats:${folder}`])
  const target = compose.services["nats"]?.configs?.[0]?.target
  assert.deepEqual(compose.services["nats"]?.command, ["--config", target])
})

test("every volume and config that is used is declared, and the other way round", () => {
  const volumes = services.flatMap(([, { volumes = [] }]) => volumes.map((v) => v.split(":")[0]))
  const configs = services.flatMap(([, { configs = [] }]) => configs.map(({ source }) => source))
  assert.deepEqual(volumes.sort(), Object.keys(compose.volumes).sort())
  assert.deepEqual(configs.sort(), Object.keys(compose.configs).sort())
})
