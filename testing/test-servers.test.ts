/** Tests of servers for a test file: without a run that shares servers, and isolated. */
import assert from "node:assert/strict"
import process from "node:process"
import { setImmediate } from "node:timers/promises"
import { Schema } from "effect"
import { Actor, ask, Policy } from "../actors/mod.ts"
import { App } from "../app/mod.ts"
import { Contract } from "../contracts/mod.ts"
import { Projection } from "../projections/mod.ts"
import { startOnServers, testServers } from "./mod.ts"
import { test } from "./test.ts"
import type { TestScope } from "./temporary-folder.ts"

const Links = Contract.define("chain.link", {
  commands: { Pass: { more: Schema.Int } },
  events: { Passed: { more: Schema.Int } },
})
const { Pass } = Links.commands
const link = Actor.define(Links, {
  initial: 0,
  decide: { Pass: (_, { more }) => Links.events.Passed({ more }) },
  evolve: { Passed: (count) => count + 1 },
})

/** Each link passes on to the next, after a while. */
const passing = Policy.define("chain.passing", {
  from: [Links],
  on: {
    Passed: async ({ more }, { id }) => {
      for (let turn = 0; turn < 30; turn++) await setImmediate()
      return more === 0 ? [] : ask(Links, `${id}i`, Pass({ more: more - 1 }))
    },
  },
})

const LinkList = Projection.define("chain.link-list", {
  from: [Links],
  row: { id: Schema.String, more: Schema.Int },
  key: "id",
  on: { Passed: (_, { more }, { id }) => ({ id, more }) },
})

const chain = App.define("chain", {
  actors: [link],
  policies: [passing],
  projections: [LinkList],
})

const last = async ({ fetch }: { readonly fetch: (path: string) => Promise<Response> }) => {
  const answer = await fetch(`/chain/link-list/${"i".repeat(10)}`)
  return [answer.status, await answer.json()]
}

test("in memory, everything that policies cause is in the views", async (t) => {
  const app = await App.inMemory(chain)
  t.after(() => app.stop())
  const answer = await app.client.ask(Links, "i", Pass({ more: 9 }))
  await app.caughtUp(answer)
  assert.deepEqual(await last(app), [200, { id: "iiiiiiiiii", more: 0 }])
})

test("servers are started for a test, found settled, and gone afterwards", async () => {
  const { LEFTFOLD_TEST_POSTGRES: database } = process.env
  const ends: (() => Promise<void>)[] = []
  const scope: TestScope = { after: (work) => void ends.push(work) }
  const app = await startOnServers(scope, chain, {}, {})
  try {
    // The first answer of a view takes long enough for everything else to be done.
    await app.client.ask(Links, "first", Pass({ more: 0 }))
    await app.settled()
    await app.client.ask(Links, "i", Pass({ more: 9 }))
    await app.settled()
    assert.deepEqual(await last(app), [200, { id: "iiiiiiiiii", more: 0 }])
    assert.equal(process.env.LEFTFOLD_TEST_POSTGRES, database)
  } finally {
    for (const end of ends) await end()
  }
  await assert.rejects(fetch(`${app.url}/livez`))
})

test("in a shared run a file has servers that look like its own", async (t) => {
  const [one, other] = await Promise.all([testServers(t), testServers(t)])
  assert.notEqual(one.natsUrl, other.natsUrl)
  assert.notEqual(one.databaseUrl, other.databaseUrl)
  const part = await startOnServers(t, chain, { ...one, roles: ["provision", "gateway"] })
  await assert.rejects(part.settled(), /lacks the roles policies, projections/)
})
