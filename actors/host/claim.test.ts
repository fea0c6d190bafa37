/** Tests of principals: a host takes those that are sealed, and no other. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import {
  commandSubject,
  decodeOwn,
  encode,
  HEADER,
  type Headers,
  ownSeals,
} from "../../wire/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { Actor } from "../actor.ts"
import { Deposit, Note, Open } from "../fixtures/account.ts"
import { Bank, NAME } from "../fixtures/bank.ts"
import { payload, sayWith, subject } from "../fixtures/by-hand.ts"
import { Remembered } from "./repeats/idempotency-window.ts"

/** The principal of each event of the account. */
const principals = async (bank: Bank) =>
  (await bank.commits("a-1")).flatMap(({ events }) => events.map(({ principal }) => principal))

test("a principal that is not sealed for this command is refused, not stored", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const claim = { principal: "ada", claims: "", messageId: "c-1", subject, payload }
  const seal = bank.seals.seal(claim)
  const headers = {
    [HEADER.principal]: "ada",
    [HEADER.id]: "c-1",
    [HEADER.principalSeal]: seal,
  }
  const { [HEADER.principalSeal]: _seal, ...unsealed } = headers
  const { [HEADER.id]: _id, ...withoutId } = headers
  const forged: [Headers, string?, Uint8Array?][] = [
    [unsealed],
    [{ [HEADER.principal]: "" }],
    [withoutId],
    [{ ...headers, [HEADER.principalSeal]: "A".repeat(43) }],
    [{ ...headers, [HEADER.principalSeal]: ownSeals().seal(claim) }],
    [{ ...headers, [HEADER.principal]: "admin" }],
    [{ ...headers, [HEADER.id]: "c-2" }],
    [headers, commandSubject(NAME, "a-2", "Deposit")],
    [headers, subject, encode("json", { amount: 1_000 })],
  ]
  for (const [given, to, bytes] of forged) {
    const { title, status, detail } = await sayWith(bank, given, to, bytes)
    assert.deepEqual([title, status], ["Forbidden", 403], JSON.stringify(given))
    assert.match(detail ?? "", /^Leftfold-Principal is not sealed/)
  }
  assert.deepEqual(await principals(bank), [undefined])
  assert.equal((await sayWith(bank, headers)).title, undefined)
  assert.deepEqual(await principals(bank), [undefined, "ada"])
})

test("without a key, a command for a principal is refused with the missing setting", async (t) => {
  const bank = new Bank(t, { seals: undefined })
  await bank.say("a-1", Open())
  const { title, detail } = await sayWith(bank, { [HEADER.principal]: "ada", [HEADER.id]: "c-1" })
  assert.equal(title, "Forbidden")
  assert.match(detail ?? "", /Leftfold-Principal .* LEFTFOLD_PRINCIPAL_KEYS/)
  assert.equal(await bank.say("a-1", Deposit({ amount: 1 }), { principal: "ada" }), "Forbidden")
  assert.equal(await bank.say("a-1", Deposit({ amount: 1 })), "1 at bank:2, version 2")
  assert.deepEqual(await principals(bank), [undefined, undefined])
})

test("commands on somebody's behalf keep the order in which they came", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const said = Array.from(
    { length: 50 },
    (_, index) => bank.say("a-1", Note({ text: `${index}`, times: 1 }), { principal: "ada" }),
  )
  assert.ok((await Promise.all(said)).every((each) => each.startsWith("1 at ")))
  const texts = (await bank.commits("a-1")).flatMap(({ events }) =>
    events.map(({ data }) => (data as { readonly text?: string }).text)
  )
  assert.deepEqual(texts.slice(1), Array.from({ length: 50 }, (_, index) => `${index}`))
})

test("nobody can use up the id of another user, or is told its answer", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const say = (at: Bank, principal?: string, amount = 1) =>
    at.say("a-1", Deposit({ amount }), {
      commandId: "c-1",
      ...(principal === undefined ? {} : { principal, claims: {} }),
    })
  // Somebody who guesses the id of another user comes first.
  const first = "1 at bank:2, version 2"
  assert.equal(await say(bank, "mallory", 7), first)
  assert.equal(await say(bank), "1 at bank:3, version 3")
  const own = "1 at bank:4, version 4"
  assert.equal(await say(bank, "ada"), own)
  const checked = async (at: Bank) => {
    assert.equal(await say(at, "ada"), own)
    assert.equal(await say(at, "ada", 2), "CommandIdReused")
    assert.equal(await say(at, "mallory", 7), first)
    assert.equal(await say(at, "mallory"), "CommandIdReused")
    assert.equal(await say(at, undefined, 9), "CommandIdReused")
    assert.equal(await say(at), "1 at bank:3, version 3")
  }
  await checked(bank)
  await checked(new Bank(t, { log: bank.log }))
  const others = { principal: "eve", claims: {} }
  for (let each = 0; each < 40; each++) await bank.say("a-1", Deposit({ amount: 1 }), others)
  const { log, snapshots } = bank
  await bank.host.stop()
  const woken = new Bank(t, { log, snapshots })
  await checked(woken)
  assert.ok(woken.journal.reads.commits <= 1, "the snapshot was enough")
  assert.deepEqual((await principals(bank)).slice(0, 4), [undefined, "mallory", undefined, "ada"])
})

test("the same id of two users in one commit is two commands, also after a restart", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  bank.journal.hold()
  const asked = ["ada", "bob", "ada"].map((principal) =>
    bank.say("a-1", Deposit({ amount: 1 }), { principal, claims: {}, commandId: "c-1" })
  )
  const held = await bank.journal.next()
  bank.journal.release()
  await held.store()
  const said = await Promise.all(asked)
  assert.deepEqual(said, [
    "1 at bank:2, version 2",
    "1 at bank:3, version 3",
    "1 at bank:2, version 2",
  ])
  const woken = new Bank(t, { log: bank.log })
  for (const [index, principal] of ["ada", "bob"].entries()) {
    const again = { principal, claims: {}, commandId: "c-1" }
    assert.equal(await woken.say("a-1", Deposit({ amount: 1 }), again), said[index])
  }
})

test("snapshots of users' ids are right for earlier versions of the code", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const say = (at: Bank, amount = 1) =>
    at.say("a-1", Deposit({ amount }), { principal: "ada", claims: {}, commandId: "c-1" })
  const first = await say(bank)
  for (let each = 0; each < 40; each++) await bank.say("a-1", Deposit({ amount: 1 }))
  const { log, snapshots } = bank
  await bank.host.stop()
  const bytes = await snapshots.read(NAME, "a-1")
  assert.ok(bytes)
  const plain = decodeOwn("msgpack", bytes) as Record<string, unknown>
  assert.deepEqual([plain.truncated, plain.isWhole], [true, true])
  // A snapshot of earlier code remembers by the id alone, and the content tells whose it is.
  const old = new Remembered()
  const commits = await bank.commits("a-1")
  for (const commit of commits) {
    old.add({ ...commit, events: commit.events.map(({ principal: _, ...event }) => event) })
  }
  const { key: hashKey, words } = old.save(1_000)
  const { isWhole: _isWhole, ...rest } = plain
  const earlier = { ...rest, commands: { key: hashKey, words }, truncated: false }
  snapshots.write(NAME, "a-1", encode("msgpack", earlier))
  const woken = new Bank(t, { log, snapshots })
  assert.equal(await say(woken), first)
  assert.ok(woken.journal.reads.commits <= 1, "the snapshot was enough")
  const bob = { principal: "bob", claims: {}, commandId: "c-1" }
  assert.match(await woken.say("a-1", Deposit({ amount: 1 }), bob), /version 43/)
})

test("claims are sealed with their principal, and reach nobody without it", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const [claims, id] = ['{"roles":["admin"]}', "c-1"]
  const claim = { principal: "ada", claims, messageId: id, subject, payload }
  const headers = {
    [HEADER.principal]: "ada",
    [HEADER.id]: id,
    [HEADER.claims]: claims,
    [HEADER.principalSeal]: bank.seals.seal(claim),
  }
  const { [HEADER.claims]: _claims, ...without } = headers
  const others: Headers[] = [without, { ...headers, [HEADER.claims]: '{"roles":["king"]}' }]
  for (const each of others) assert.equal((await sayWith(bank, each)).title, "Forbidden")
  assert.equal((await sayWith(bank, headers)).title, undefined)
})

test("an internal command without an id is refused", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const trusted = commandSubject(NAME, "a-1", "Deposit", true)
  const { title, detail } = await sayWith(bank, {}, trusted)
  assert.equal(title, "Invalid")
  assert.match(detail ?? "", /^Leftfold-Command-Id is missing/)
  assert.equal((await sayWith(bank, {})).title, undefined)

  const Vaults = Contract.define("bank.vault", {
    commands: { Look: {} },
    internal: { Seize: {} },
    events: { Seized: {} },
  })
  const vault = Actor.define(Vaults, {
    initial: 0,
    decide: { Look: () => [], Seize: () => Vaults.events.Seized() },
    evolve: { Seized: (count) => count + 1 },
  })
  const own = new Bank(t, { actor: vault })
  const say = (type: string, headers: Headers) =>
    sayWith(own, headers, commandSubject(Vaults.name, "v-1", type), encode("json", {}))
  assert.equal((await say("Seize", {})).title, "Invalid")
  assert.equal((await say("Seize", { [HEADER.id]: "c-1" })).title, undefined)
  assert.equal((await say("Look", {})).title, undefined)
})

test("a repeat on behalf of somebody gets the first answer, also of a policy", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const asks = [
    { principal: "ada", trusted: true, commandId: "bank.bonus/bank:1/0/0" },
    { principal: "ada", commandId: "c-1" },
  ]
  for (const ask of asks) {
    const first = await bank.say("a-1", Deposit({ amount: 1 }), ask)
    assert.equal(await bank.say("a-1", Deposit({ amount: 1 }), ask), first)
    const woken = new Bank(t, { log: bank.log })
    assert.equal(await woken.say("a-1", Deposit({ amount: 1 }), ask), first)
  }
})
