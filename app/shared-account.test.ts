/** Tests of applications that share an account of NATS by a prefix, or reach it through a leaf. */
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { jetstreamManager } from "@nats-io/jetstream"
import { test } from "../testing/test.ts"
import { createNamespace } from "../testing/namespace.ts"
import { freePort, ownNats } from "../testing/own-servers.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { until } from "../testing/until.ts"
import { connectClient } from "../wire/client/mod.ts"
import { announcedSubject, natsWire } from "../wire/internal.ts"
import { library, Loans } from "./fixtures/library.ts"
import { App } from "./mod.ts"
import { natsUrlsOf, natsUsers, passwordsFor, withUser } from "./operations/nats-users.ts"
import { permissionsOf } from "./operations/permissions.ts"
import { USERS } from "./operations/users.ts"
import type { StartOptions } from "./start-options.ts"

const { Lend } = Loans.commands

const passwords = () => passwordsFor(() => `p${randomBytes(12).toString("hex")}`)

type Started = Awaited<ReturnType<typeof App.start>>

/** A row of a view; undefined if the view has none with this key, or is not there yet. */
const rowOf = async (app: Started, view: string, key: string) => {
  const answer = await app.fetch(`/${view}/${key}`)
  return answer.ok ? await answer.json() as Record<string, unknown> : undefined
}

/** Lends a book, and waits until a view shows it and a policy has written two letters about it. */
const lends = async (app: Started, id: string): Promise<void> => {
  const lent = await app.client.ask(Loans, id, Lend({ to: "ada" }))
  assert.equal(lent.kind, "accepted")
  await until(async () => (await rowOf(app, "library/loan-list", id))?.to === "ada")
  await until(async () => Number((await rowOf(app, "letter-box/letter-list", id))?.count) >= 2)
}

test("two applications with prefixes share an account, and neither sees the other", async (t) => {
  const log = join(await temporaryFolder(t), "log")
  const prefixes = ["staging", "production"]
  const own = new Map(prefixes.map((prefix) => [prefix, passwords()]))
  const users = prefixes.flatMap((prefix) =>
    natsUsers(library, own.get(prefix)!, { prefix }).authorization.users
  )
  const { url } = await ownNats(t, { config: { authorization: { users }, log_file: log } })
  const start = async (prefix: string) => {
    const { databaseUrl } = await createNamespace()
    const natsUrls = natsUrlsOf(url, own.get(prefix)!, { prefix })
    const options: StartOptions = { natsUrl: url, natsUrls, databaseUrl, prefix, port: 0 }
    const app = await App.start(library, options)
    t.after(app.stop)
    return app
  }
  const [staging, production] = [await start("staging"), await start("production")]
  await lends(staging, "book-1")
  await lends(production, "book-2")
  assert.equal((await production.fetch("/library/loan-list/book-1")).status, 404)
  assert.equal((await production.fetch("/library/loan/book-1")).status, 404)
  assert.equal((await staging.health()).ready, true)
  const caller = await connectClient({
    url: withUser(url, "staging-caller", own.get("staging")!.caller),
    prefix: "staging",
  })
  t.after(caller.close)
  const returned = await caller.ask("library.loan", "book-1", "Return", {})
  assert.equal(returned.kind, "accepted")
  const admin = await natsWire({
    url: withUser(url, "staging-admin", own.get("staging")!.admin),
    name: "test",
    inboxPrefix: "_INBOX_staging-admin",
  })
  t.after(admin.close)
  const { streams } = await jetstreamManager(admin.connection, { checkAPI: false })
  const names = []
  for await (const name of streams.names()) names.push(name)
  assert.deepEqual(
    names.filter((name) => name.includes("staging")).toSorted(),
    [
      "KV_staging_leftfold_nodes",
      ...["letter-box", "library"].flatMap((context) =>
        ["", "_snapshots", "_timers"].map((kind) => `staging_${context}${kind}`)
      ),
    ],
  )
  assert.equal(names.length, 14)
  const refused = (await readFile(log, "utf8")).split("\n").filter((line) => /violat/i.test(line))
  assert.deepEqual(refused, [])
  await assert.rejects(streams.info("production_library"), /[Pp]ermissions/)
})

test("no user of one prefix may do anything with subjects or streams of another", () => {
  for (const user of USERS) {
    const { publish, subscribe } = permissionsOf(library, user, { prefix: "staging" })
    const shared = /^(\$SRV\.|\$JS\.API\.(INFO|STREAM\.(NAMES|LIST))$|\$JS\.SNAPSHOT\.)/
    const strange = [...publish, ...subscribe].filter((subject) =>
      !/(^|[._])staging[._-]/.test(subject) && !shared.test(subject)
    )
    assert.deepEqual(strange, [], user)
  }
})

test("an application works through a leaf node, in the JetStream domain of the hub", async (t) => {
  const [leafPort, folder] = [await freePort(), await temporaryFolder(t)]
  const hub = await ownNats(t, {
    config: {
      jetstream: { domain: "hub", store_dir: join(folder, "hub") },
      leafnodes: { host: "127.0.0.1", port: leafPort },
    },
  })
  const leaf = await ownNats(t, {
    config: {
      jetstream: { domain: "edge", store_dir: join(folder, "edge") },
      leafnodes: { remotes: [{ url: `nats-leaf://127.0.0.1:${leafPort}` }] },
    },
  })
  const { databaseUrl } = await createNamespace()
  const options = { natsUrl: leaf.url, natsDomain: "hub", databaseUrl, port: 0 }
  const app = await App.start(library, options)
  t.after(app.stop)
  await lends(app, "book-1")
  assert.equal((await app.health()).ready, true)
  const near = await natsWire({ url: leaf.url, name: "test" })
  t.after(near.close)
  let announced = 0
  near.serve(announcedSubject("*"), () => announced++)
  await until(() => announced > 0)
  const wire = await natsWire({ url: hub.url, name: "test" })
  t.after(wire.close)
  const { streams } = await jetstreamManager(wire.connection)
  assert.ok((await streams.info("library")).state.messages > 0)
})
