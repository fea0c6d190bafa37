/** Tests of compose.yaml: no container engine is needed to see that its parts fit together. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { Schema } from "effect"
import { parse } from "yaml"
import { test } from "leftfold/testing"
import { checkCompose } from "./fixtures/official-formats.ts"
import { SECRETS } from "../../../app/deploy/secrets.ts"
import { DATABASE_ROLES, databasePasswordVariable } from "../../../app/operations/database-roles.ts"
import { type Role as AppRole, ROLES } from "../../../app/roles.ts"
import { passwordVariable, userOf } from "../../../app/operations/nats-users.ts"
import type { User } from "../../../app/operations/users.ts"

const Duration = Schema.String.check(Schema.isPattern(/^\d+(ms|s|m)$/))
const Reference = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]*$/))

const Role = Schema.Literals(ROLES)

const Healthcheck = Schema.Struct({
  disable: Schema.optionalKey(Schema.Literal(true)),
  test: Schema.optionalKey(Schema.NonEmptyArray(Schema.String)),
  interval: Schema.optionalKey(Duration),
  timeout: Schema.optionalKey(Duration),
  retries: Schema.optionalKey(Schema.Int),
  start_period: Schema.optionalKey(Duration),
})

const environmentFields = {
  LEFTFOLD_ADMIN_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_ACTORS_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_PROJECTIONS_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_POLICIES_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_GATEWAY_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_CALLER_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_DATABASE_PROJECTIONS_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_DATABASE_QUERIES_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_DATABASE_READER_PASSWORD: Schema.optionalKey(Schema.String),
  LEFTFOLD_HEALTH_PORT: Schema.optionalKey(Schema.String),
  LEFTFOLD_HEALTH_TOKEN: Schema.optionalKey(Schema.String),
  LEFTFOLD_PRINCIPAL_KEYS: Schema.optionalKey(Schema.String),
  SHOP_ISSUER: Schema.optionalKey(Schema.String),
  POSTGRES_INITDB_ARGS: Schema.optionalKey(Schema.String),
  NODE_OPTIONS: Schema.optionalKey(Schema.String),
  NATS_URL: Schema.optionalKey(Schema.String),
  NATS_MONITOR_URL: Schema.optionalKey(Schema.String),
  LEFTFOLD_PROFILE: Schema.optionalKey(Schema.Literals(["development", "production"])),
  DATABASE_URL: Schema.optionalKey(Schema.String),
  DATABASE_QUERIES_URL: Schema.optionalKey(Schema.String),
  HOST: Schema.optionalKey(Schema.String),
  PORT: Schema.optionalKey(Schema.String),
  ROLES: Schema.optionalKey(Role),
  POSTGRES_USER: Schema.optionalKey(Schema.String),
  POSTGRES_PASSWORD: Schema.optionalKey(Schema.String),
  POSTGRES_DB: Schema.optionalKey(Schema.String),
}

const serviceFields = {
  image: Schema.String,
  build: Schema.optionalKey(Schema.Struct({
    context: Schema.Literal("."),
    dockerfile: Schema.Literal("examples/shop/deploy/Dockerfile"),
  })),
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
  networks: Schema.Array(Reference),
  restart: Schema.Literals(["no", "on-failure", "unless-stopped"]),
  stop_grace_period: Duration,
  security_opt: Schema.Array(Schema.String),
  cap_drop: Schema.Array(Schema.String),
  cap_add: Schema.optionalKey(Schema.Array(Schema.String)),
  read_only: Schema.Boolean,
  tmpfs: Schema.Array(Schema.String),
  pids_limit: Schema.Int,
  mem_limit: Schema.String.check(Schema.isPattern(/^\d+[mg]$/)),
  shm_size: Schema.optionalKey(Schema.String),
}

/** The part of the Compose format that compose.yaml uses; anything else is refused. */
const Compose = Schema.Struct({
  name: Schema.Literal("leftfold"),
  "x-confined": Schema.Unknown,
  "x-role": Schema.Unknown,
  "x-environment": Schema.Unknown,
  services: Schema.Record(Reference, Schema.Struct(serviceFields)),
  configs: Schema.Record(Reference, Schema.Struct({ file: Schema.String })),
  networks: Schema.Record(
    Reference,
    Schema.NullOr(Schema.Struct({ internal: Schema.Literal(true) })),
  ),
  volumes: Schema.Record(Reference, Schema.Null),
})

const decode = Schema.decodeUnknownSync(Compose, { onExcessProperty: "error" })
const root = new URL("../../../", import.meta.url)
const written = readFileSync(new URL("compose.yaml", root), "utf8")
/** As Compose reads it with its secrets; here the value of each secret is its name. */
const text = written.replaceAll(
  /\$\{([A-Z_]+):\?(run npm run deploy:secrets|set it in \.env to [^}]+)\}/g,
  "$1",
)
const document: unknown = parse(text, { merge: true })
const compose = decode(document)
const services = Object.entries(compose.services)
const roles = services.filter(([, { environment }]) => environment?.ROLES !== undefined)

test("it is as Compose has it", () => {
  checkCompose(document as object)
  const spoilt = [
    text.replace("    command:", "    comand:"),
    text.replace("service_healthy", "healthy"),
    text.replace(/read_only: true/, "read_only: [1]"),
  ]
  for (const wrong of spoilt) {
    assert.notEqual(wrong, text)
    assert.throws(() => checkCompose(parse(wrong, { merge: true })), /no Compose file/)
  }
})

test("an unknown key, role or environment variable is refused", () => {
  const spoilt = [
    text.replace("    command:", "    comand:"),
    text.replace("ROLES: actors", "ROLES: actor"),
    text.replace("  NATS_URL:", "  NATS_URI:"),
    text.replace("LEFTFOLD_CALLER_PASSWORD:", "LEFTFOLD_COLLAR_PASSWORD:"),
    text.replace("service_healthy", "healthy"),
  ]
  for (const wrong of spoilt) {
    assert.notEqual(wrong, text)
    assert.throws(() => decode(parse(wrong, { merge: true })))
  }
})

test("no secret has a default: without them compose says how to get them", () => {
  assert.doesNotMatch(text, /\$/)
  const named = [...written.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name)
  // The issuer is no secret, and nobody can make it up.
  assert.deepEqual([...new Set(named)].sort(), [...SECRETS, "SHOP_ISSUER"].sort())
  const said = services.flatMap(([, { environment = {} }]) =>
    Object.entries(environment).filter(([name]) => /PASSWORD|TOKEN/.test(name))
  )
  for (const [name, value] of said) assert.equal(value, name)
})

test("every container is confined, bounded, and looked after", () => {
  for (const [name, service] of services) {
    assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name)
    assert.deepEqual(service.cap_drop, ["ALL"], name)
    assert.equal(service.read_only, true, name)
    assert.ok(service.tmpfs.some((each) => each.startsWith("/tmp:")), name)
    assert.ok(service.pids_limit > 0, name)
    const { restart, healthcheck } = service
    const ends = name === "provision"
    assert.deepEqual(
      [restart, healthcheck?.disable],
      ends ? ["no", true] : ["unless-stopped", undefined],
    )
    assert.equal(healthcheck?.test === undefined || ends, ends, name)
  }
  const added = services.filter(([, { cap_add }]) => cap_add !== undefined)
  assert.deepEqual(added.map(([name]) => name), ["postgres"])
})

test("only projections reach Postgres, and only the gateway is reached from the host", () => {
  const inside = (network: string) =>
    services.filter(([, { networks }]) => networks.includes(network)).map(([name]) => name)
  assert.deepEqual(inside("database"), ["postgres", "projections"])
  assert.deepEqual(inside("outside"), ["gateway"])
  assert.deepEqual(compose.networks, {
    nats: { internal: true },
    database: { internal: true },
    outside: null,
  })
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

test("every role connects to NATS as its own user, with the password that NATS knows", () => {
  const known: Readonly<Record<string, unknown>> = compose.services["nats"]?.environment ?? {}
  for (const [name, { environment }] of roles) {
    const url = new URL(environment?.NATS_URL ?? "")
    assert.deepEqual([url.protocol, url.host], ["nats:", "nats:4222"])
    assert.equal(url.username, userOf(name as AppRole))
    assert.equal(url.password, known[passwordVariable(url.username as User)])
  }
})

test("projections alone know where Postgres is, for its two roles that are not people's", () => {
  const known: Readonly<Record<string, unknown>> = compose.services["postgres"]?.environment ?? {}
  const at = (address: string | undefined, role: keyof typeof DATABASE_ROLES) => {
    const { hostname, username, password, pathname } = new URL(address ?? "")
    const variable = databasePasswordVariable(role)
    assert.deepEqual([hostname, username, password, pathname], [
      "postgres",
      DATABASE_ROLES[role],
      known[variable],
      `/${known["POSTGRES_DB"]}`,
    ])
  }
  for (const [name, { environment }] of roles) {
    if (name === "projections") {
      at(environment?.DATABASE_URL, "projections")
      at(environment?.DATABASE_QUERIES_URL, "queries")
    } else assert.equal(environment?.DATABASE_URL ?? environment?.DATABASE_QUERIES_URL, undefined)
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

test("a gateway is asked for itself, and not for all that it needs", () => {
  const { test: check = [] } = compose.services["gateway"]?.healthcheck ?? {}
  assert.match(check.join(" "), /fetch\("http:\/\/127\.0\.0\.1:8080\/healthz"\)/)
})

test("a service that scales publishes no port of the host", () => {
  const published = services.filter(([, { ports }]) => ports !== undefined)
  assert.deepEqual(published.map(([name, { ports }]) => [name, ports]), [
    ["gateway", ["127.0.0.1:8080:8080"]],
  ])
  assert.equal(compose.services["gateway"]?.environment?.HOST, "0.0.0.0")
  assert.equal(compose.services["gateway"]?.environment?.PORT, "8080")
})

test("NATS is given its configuration, and keeps its data in its volume", () => {
  const { file = "" } = compose.configs["nats"] ?? {}
  const content = readFileSync(new URL(file, root), "utf8")
  assert.match(content, /jetstream \{[^}]*\n\s*sync_interval: always\n/)
  const folder = /store_dir: (\S+)/.exec(content)?.[1]
  const { volumes, configs = [], command } = compose.services["nats"] ?? {}
  assert.deepEqual(volumes, [`nats:${folder}`])
  const [main, users] = configs.map(({ target }) => target)
  assert.deepEqual(command, ["--config", main])
  assert.deepEqual(users, "/etc/nats/users.conf")
  assert.match(content, /^include users\.conf$/m)
})

test("every configuration is a file that is there", () => {
  for (const { file } of Object.values(compose.configs)) {
    assert.ok(readFileSync(new URL(file, root), "utf8").length > 0, file)
  }
})

test("every volume and config that is used is declared, and the other way round", () => {
  const volumes = services.flatMap(([, { volumes = [] }]) => volumes.map((v) => v.split(":")[0]))
  const configs = services.flatMap(([, { configs = [] }]) => configs.map(({ source }) => source))
  assert.deepEqual(volumes.sort(), Object.keys(compose.volumes).sort())
  assert.deepEqual(configs.sort(), Object.keys(compose.configs).sort())
})
