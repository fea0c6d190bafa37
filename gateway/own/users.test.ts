/** Tests of users: a fault of the application is not blamed on the sender of a request. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { anybody, App, Rules, type SignedIn } from "../../app/mod.ts"
import { Contract } from "../../contracts/internal.ts"
import { CLAIMS_CHARACTERS } from "../../wire/limits.ts"

const Lamps = Contract.define("room.lamp", {
  commands: { Switch: { on: Schema.Boolean } },
  events: { Switched: { on: Schema.Boolean } },
})

const lamp = Actor.define(Lamps, {
  initial: false,
  decide: { Switch: (_, { on }) => Lamps.events.Switched({ on }) },
  evolve: { Switched: (_, { on }) => on },
})

/** Statuses of a command and of a state, sent by this user. */
const statuses = async (t: TestContext, user: SignedIn): Promise<readonly number[]> => {
  const rules = [Rules.actor(Lamps, { Switch: anybody }, { state: anybody })]
  const home = App.define("home", { actors: [lamp], users: () => user, rules })
  const app = await App.inMemory(home)
  t.after(() => app.stop())
  const headers = { "Content-Type": "application/json" }
  const command = { method: "POST", headers, body: '{"on":true}' }
  return [
    (await app.fetch("/room/lamp/l-1/Switch", command)).status,
    (await app.fetch("/room/lamp/l-1")).status,
  ]
}

/** Claims that take this many characters as JSON. */
const claims = (characters: number) => ({ groups: "g".repeat(characters - '{"groups":""}'.length) })

test("claims may be as long as said, and longer ones are a bug of the application", async (t) => {
  assert.deepEqual(await statuses(t, { id: "ada", claims: claims(CLAIMS_CHARACTERS) }), [200, 200])
  const longer = { id: "ada", claims: claims(CLAIMS_CHARACTERS + 1) }
  assert.deepEqual(await statuses(t, longer), [500, 500])
})

test("a sign-in that has ended is the user's, and an end that is no time is not", async (t) => {
  const [past, never] = [new Date(0), new Date("tomorrow")]
  assert.deepEqual(await statuses(t, { id: "ada", expires: past }), [401, 401])
  assert.deepEqual(await statuses(t, { id: "ada", expires: never }), [500, 500])
})
