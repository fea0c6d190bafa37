/** Tests of principals: a host takes those that are sealed, and no other. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import {
  commandSubject,
  decode,
  encode,
  HEADER,
  type Headers,
  ownSeals,
  requestOf,
} from "../../wire/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { Actor } from "../actor.ts"
import { Deposit, Note, Open } from "../fixtures/account.ts"
import { Bank, NAME } from "../fixtures/bank.ts"

const subject = commandSubject(NAME, "a-1", "Deposit")
const payload = encode("json", { amount: 1 })

/** Asks like a caller who writes the headers by hand. */
const sayWith = async (bank: Bank, headers: Headers, to = subject, bytes = payload) => {
  const reply = await requestOf(bank.wire, to, bytes, headers, 1_000)
  assert.ok(reply.type === "reply", reply.type)
  const { title, status, detail } = decode("json", reply.payload) as {
    readonly title?: string
    readonly status?: number
    readonly detail?: string
  }
  return { title, status, detail }
}

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

test("the id of a command belongs to its user, whose answer nobody else is told", async (t) => {
  const bank = new Bank(t)
  await bank.say("a-1", Open())
  const as = (principal: string, amount = 1) =>
    bank.say("a-1", Deposit({ amount }), { principal, commandId: "c-1", claims: {} })
  assert.equal(await as("ada"), "1 at bank:2, version 2")
  assert.equal(await as("ada"), "1 at bank:2, version 2")
  assert.equal(await as("bob"), "CommandIdReused")
  assert.equal(await as("bob", 2), "CommandIdReused")
  assert.equal(
    await bank.say("a-1", Deposit({ amount: 1 }), { commandId: "c-1" }),
    "CommandIdReused",
  )
  assert.deepEqual(await principals(bank), [undefined, "ada"])
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
