/** Tests of the settings of `npm start`. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Effect } from "effect"
import type { Environment } from "./cache.ts"
import { readSettings } from "./settings.ts"

const read = (environment: Environment) => Effect.runPromise(readSettings(environment))

const refused = (environment: Environment, message: string) =>
  assert.rejects(read(environment), { name: "ServerError", message })

test("without settings everything is embedded, on the usual ports", async () => {
  const usual = {
    port: 8080,
    natsPort: 4222,
    postgresPort: 5433,
    dataFolder: ".leftfold",
    natsUrl: undefined,
    databaseUrl: undefined,
  }
  assert.deepEqual(await read({}), usual)
  assert.deepEqual(await read({ PORT: "", NATS_URL: "", LEFTFOLD_DATA: "" }), usual)
})

test("each setting is read", async () => {
  const settings = await read({
    PORT: "1",
    NATS_PORT: "2",
    PG_PORT: "65535",
    LEFTFOLD_DATA: "/data",
    NATS_URL: "nats://a:4222,nats://me:secret@b:4222",
    DATABASE_URL: "postgresql://me:secret@c/shop?sslmode=require",
  })
  assert.deepEqual(settings, {
    port: 1,
    natsPort: 2,
    postgresPort: 65535,
    dataFolder: "/data",
    natsUrl: "nats://a:4222,nats://me:secret@b:4222",
    databaseUrl: "postgresql://me:secret@c/shop?sslmode=require",
  })
})

test("an invalid port is refused by the name of its setting", async () => {
  for (const value of ["http", "0", "65536", "-1", "80.5", "8080x"]) {
    await refused({ PORT: value }, "PORT must be a port number from 1 to 65535")
  }
  await refused({ PG_PORT: "x" }, "PG_PORT must be a port number from 1 to 65535")
})

test("an invalid address is refused, with an example of a valid one", async () => {
  for (const value of ["localhost:4222", "http://a:4222", "nats://", "nats://a:4222,b"]) {
    await refused({ NATS_URL: value }, "NATS_URL must be an address such as nats://host:4222")
  }
  const message = "DATABASE_URL must be an address such as postgres://host:5432/database"
  for (const value of ["localhost", "mysql://a/b", "postgres://a b/c"]) {
    await refused({ DATABASE_URL: value }, message)
  }
})

test("two embedded servers cannot share a port", async () => {
  await refused(
    { PORT: "4222" },
    "PORT and NATS_PORT choose the same port: give each its own",
  )
  await read({ PORT: "4222", NATS_URL: "nats://a:4222" })
})
