/** Tests of the configuration: a bad setting is named, and no message repeats a secret. */
import assert from "node:assert/strict"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { nkeys } from "nats"
import { test } from "../testing/test.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { readConfiguration, settingNames, type Variables } from "./configuration.ts"
import { ACCESS_FIELDS, type AccessField, decodeText } from "../wire/internal.ts"
import { natsAccessVariable } from "./operations/nats-login.ts"
import { natsUrlVariable } from "./operations/server-address.ts"
import { ROLES } from "./roles.ts"

/** A secret that no message may contain. */
const SECRET = "s3cr3t-of-all"

const refused = (variables: Variables, wanted: RegExp) =>
  assert.rejects(readConfiguration(variables), (error: Error) => {
    assert.equal(error.name, "StartProblem", String(error))
    assert.match(error.message, wanted)
    assert.doesNotMatch(error.message, /s3cr3t|\n/)
    return true
  })

test("without settings all roles run for development; an empty setting is unset", async () => {
  const { natsUrl, databaseUrl, roles, host, profile } = await readConfiguration({})
  assert.deepEqual(
    { natsUrl, databaseUrl, roles, host, profile },
    {
      natsUrl: "nats://127.0.0.1:4222",
      databaseUrl: "postgres://leftfold@127.0.0.1:5433/leftfold",
      roles: ROLES,
      host: undefined,
      profile: undefined,
    },
  )
  const empty = { NATS_URL: "", ROLES: "", PORT: "", LEFTFOLD_HEALTH_TOKEN: "" }
  assert.deepEqual(await readConfiguration(empty), await readConfiguration({}))
})

test("each setting is read", async () => {
  const given = await readConfiguration({
    NATS_URL: "nats://u:p%40ss@a:4222,tls://b",
    NATS_ACTORS_URL: "tls://actors:p@a",
    DATABASE_URL: "postgresql://u:p@a/x?sslmode=verify-full",
    ROLES: "actors,projections",
    CONTEXTS: "orders,stock",
    PORT: "8081",
    HOST: "0.0.0.0",
    LEFTFOLD_HEALTH_PORT: "8082",
    LEFTFOLD_HEALTH_TOKEN: "0123456789abcdef",
    LEFTFOLD_DRAIN_SECONDS: "0.5",
    LEFTFOLD_GRACE_SECONDS: "7",
    LEFTFOLD_REPLICAS: "3",
    LEFTFOLD_COMPRESSION: "true",
    NATS_MONITOR_URL: "http://a:8222,http://b:8222",
  })
  assert.equal(given.natsUrls?.actors, "tls://actors:p@a")
  assert.deepEqual(given.roles, ["actors", "projections"])
  assert.deepEqual(given.contexts, ["orders", "stock"])
  assert.deepEqual([given.port, given.host, given.healthPort], [8081, "0.0.0.0", 8082])
  assert.deepEqual([given.drainMs, given.graceMs], [500, 7_000])
  assert.deepEqual([given.replicas, given.compression], [3, true])
  assert.deepEqual(given.monitorUrls, ["http://a:8222", "http://b:8222"])
})

test("the message about a bad setting names it and says what it must be", async () => {
  const cases: readonly (readonly [Variables, RegExp])[] = [
    [{ NATS_URL: SECRET }, /^NATS_URL is no address of NATS: write nats:\/\//],
    [{ NATS_URL: `http://u:${SECRET}@host` }, /^NATS_URL is no address of NATS/],
    [{ NATS_URL: `nats://u:${SECRET}@a,${SECRET}` }, /^NATS_URL is no address of NATS/],
    [{ NATS_URL: `nats://u:${SECRET}/x@host` }, /^NATS_URL is no .*percent-encoded/],
    [{ ROLES: "gateway", NATS_GATEWAY_URL: SECRET }, /^NATS_GATEWAY_URL is no address/],
    [{ DATABASE_URL: SECRET }, /^DATABASE_URL is no address of Postgres: write postgres:\/\//],
    [{ DATABASE_URL: `postgres://u:${SECRET}@host` }, /^DATABASE_URL is no address .*\/DATABASE/],
    [{ DATABASE_URL: `postgres://u:${SECRET}#@h/x` }, /^DATABASE_URL is no .*percent-encoded/],
    [{ DATABASE_QUERIES_URL: `mysql://u:${SECRET}@h/x` }, /^DATABASE_QUERIES_URL is no address/],
    [
      { NATS_URL: `nats://a:${SECRET}@h,nats://b:${SECRET}@h` },
      /^NATS_URL has servers with several users/,
    ],
    [{ NATS_TOKEN: SECRET, NATS_URL: "nats://u:p@h" }, /^NATS_TOKEN is set and the address has a/],
    [{ NATS_TOKEN: SECRET, NATS_NKEY_FILE: "/x" }, /^NATS_NKEY_FILE and NATS_TOKEN exclude each/],
    [{ NATS_CERT_FILE: "/x" }, /^NATS_CERT_FILE and NATS_KEY_FILE go together: set both/],
    [{ NATS_CREDS_FILE: "/nowhere" }, /^NATS_CREDS_FILE: \/nowhere cannot be read \(ENOENT\)/],
    [{ NATS_ACTORS_NKEY_FILE: "/x" }, /^NATS_ACTORS_NKEY_FILE: \/x cannot be read/],
    [{ LEFTFOLD_PREFIX: "A.b" }, /^LEFTFOLD_PREFIX: "A.b" is no prefix: use up to 24/],
    [{ LEFTFOLD_PREFIX: "evt" }, /^LEFTFOLD_PREFIX: "evt" is no prefix, because/],
    [{ NATS_DOMAIN: "a.b" }, /^NATS_DOMAIN: "a.b" is no domain of JetStream/],
    [{ ROLES: "actor" }, /^ROLES must be one or several of provision, actors, .*separated by/],
    [{ PORT: "http" }, /^PORT must be the number of a port/],
    [{ PORT: "65536" }, /^PORT must be the number of a port/],
    [{ NATS_CA_FILE: "/nowhere" }, /^NATS_CA_FILE: \/nowhere cannot be read \(ENOENT\)/],
    [{ LEFTFOLD_HEALTH_PORT: "x" }, /^LEFTFOLD_HEALTH_PORT must be the number of a port/],
    [{ LEFTFOLD_HEALTH_TOKEN: "short" }, /^LEFTFOLD_HEALTH_TOKEN must have 16 characters/],
    [{ LEFTFOLD_PROFILE: "prod" }, /^LEFTFOLD_PROFILE must be development or production/],
    [
      { LEFTFOLD_DRAIN_SECONDS: "-1" },
      /^LEFTFOLD_DRAIN_SECONDS must be a number of seconds, from 0/,
    ],
    [{ LEFTFOLD_GRACE_SECONDS: "1h" }, /^LEFTFOLD_GRACE_SECONDS must be a number of seconds/],
    [{ LEFTFOLD_REPLICAS: "9" }, /^LEFTFOLD_REPLICAS must be a whole number from 1 to 5/],
    [{ LEFTFOLD_REPLICAS: "1.5" }, /^LEFTFOLD_REPLICAS must be a whole number from 1 to 5/],
    [{ LEFTFOLD_COMPRESSION: "maybe" }, /^LEFTFOLD_COMPRESSION must be true or false/],
  ]
  for (const [variables, wanted] of cases) await refused(variables, wanted)
})

test("a mistyped setting is refused, and variables of other programs are ignored", async () => {
  const meant = /^there is no setting LEFTFOLD_PROFLIE: did you mean LEFTFOLD_PROFILE\?/
  await refused({ LEFTFOLD_PROFLIE: "production" }, meant)
  await refused({ LEFTFOLD_HEALTH_TOKENS: SECRET }, /did you mean LEFTFOLD_HEALTH_TOKEN\?/)
  await readConfiguration({
    LEFTFOLD_DATA: "x",
    LEFTFOLD_CACHE: "x",
    LEFTFOLD_APP: "x",
    LEFTFOLD_TEST_NATS: "x",
    LEFTFOLD_ADMIN_PASSWORD: "x",
    LEFTFOLD_SERVICE_HOST: "x",
  })
})

const production = { LEFTFOLD_PROFILE: "production" }

test("production refuses to start with a default address or a guessable password", async () => {
  const all = /NATS_URL is not set; DATABASE_URL is not set; DATABASE_QUERIES_URL is not set/
  await refused(production, all)
  await refused({ ...production, ROLES: "actors" }, /defaults: NATS_URL is not set\. /)
  const urls = {
    NATS_URL: `nats://u:${SECRET}@h`,
    DATABASE_URL: `postgres://u:${SECRET}@h/x`,
    DATABASE_QUERIES_URL: `postgres://q:${SECRET}@h/x`,
  }
  await readConfiguration({ ...production, ...urls })
  await readConfiguration({ ...production, ROLES: "actors", NATS_ACTORS_URL: urls.NATS_URL })
  for (const [name, url] of Object.entries(urls)) {
    const open = url.replace(`:${SECRET}`, "")
    await refused({ ...production, ...urls, [name]: open }, /has no user with a password/)
    for (const password of ["leftfold", "u", "q", "Password", "changeme"]) {
      if (!/[uq]$/.test(password) || url.includes(`//${password}:`)) {
        const known = url.replace(SECRET, password)
        await refused({ ...production, ...urls, [name]: known }, /everybody can guess/)
      }
    }
  }
})

test("in production, credentials or a certificate stand for a user with a password", async (t) => {
  const folder = await temporaryFolder(t)
  const nkey = join(folder, "user.nk")
  await writeFile(nkey, `${decodeText(nkeys.createUser().getSeed())}\n`)
  const actors = { ...production, ROLES: "actors", NATS_URL: "tls://h" }
  await refused(actors, /NATS_URL has no user with a password/)
  for (const own of [{ NATS_NKEY_FILE: nkey }, { NATS_ACTORS_NKEY_FILE: nkey }]) {
    const { natsAccess, natsAccesses } = await readConfiguration({ ...actors, ...own })
    assert.deepEqual(natsAccess ?? natsAccesses?.actors, { nkeyFile: nkey })
  }
  await refused({ ...actors, NATS_GATEWAY_NKEY_FILE: nkey }, /has no user with a password/)
  await refused({ ...actors, NATS_NKEY_FILE: nkey, NATS_URL: undefined }, /NATS_URL is not set/)
})

test("the table of variables in docs/operating.md names every setting, and no other", async () => {
  const page = await readFile(new URL("../docs/operating.md", import.meta.url), "utf8")
  const [, table = ""] = /\n\| variable \| is \|\n((?:\|.*\n)+)/.exec(page) ?? []
  const listed = table.split("\n").flatMap((row) => row.split("|")[1]?.match(/[A-Z_]{4,}/g) ?? [])
  // One name stands for those of all roles.
  const ofRoles = ROLES.flatMap((role) => [
    natsUrlVariable(role),
    ...(Object.keys(ACCESS_FIELDS) as AccessField[]).map((each) => natsAccessVariable(each, role)),
  ])
  const expected = [...settingNames()].filter((name) => !ofRoles.includes(name))
  assert.ok(expected.length > 15, String(expected))
  assert.deepEqual(listed.toSorted(), [...expected, natsUrlVariable("actors")].toSorted())
})
