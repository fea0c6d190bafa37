/** Tests of the inspector on a real server: a long log, and many callers that read all of it. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../../testing/test.ts"
import {
  createClient,
  encodeCommit,
  type NatsWire,
  natsWire,
  nextAncestors,
} from "../../../wire/internal.ts"
import { isFailure } from "../../../contracts/internal.ts"
import { createAccount } from "../../../testing/namespace.ts"
import { account, Accounts, Deposit, Deposited, Open, storedEvent } from "../../fixtures/account.ts"
import { startHost } from "../host.ts"
import type { Appended, Journal } from "../../journal/journal.ts"
import { natsJournal } from "../../journal/journal-nats.ts"
import { READS } from "../../limits.ts"
import { provisionStreams } from "../../../app/internal.ts"
import { ScriptedJournal } from "../../fixtures/scripted-journal.ts"

const COMMITS = 2_000
const NAME = Accounts.name

const append = (journal: Journal, id: string, expected: number, commit: Uint8Array) =>
  new Promise<Appended>((resolve) => journal.append(NAME, id, expected, commit, 5_000, resolve))

/** Writes one event in each commit, between commits of other accounts. */
const written = async (wire: NatsWire): Promise<void> => {
  const journal = natsJournal(wire)
  let ancestors: number[] = []
  const others: Promise<unknown>[] = []
  for (let base = 0; base < COMMITS; base++) {
    const events = [storedEvent(Deposited({ amount: 1 }), `c-${base}`, base)]
    const first = encodeCommit({ base: 0, ancestors: [], events })
    others.push(append(journal, `other-${base}`, 0, first))
    const commit = encodeCommit({ base, ancestors, events })
    const stored = await append(journal, "a-1", ancestors.at(-1) ?? 0, commit)
    assert.ok(stored.type === "stored")
    ancestors = nextAncestors(ancestors, stored.sequence)
  }
  await Promise.all(others)
}

const hosted = async (scope: TestContext) => {
  const url = await createAccount()
  const [wire, clientWire] = [
    await natsWire({ url, name: "node" }),
    await natsWire({ url, name: "client" }),
  ]
  await provisionStreams(wire, ["bank"])
  await written(clientWire)
  const journal = new ScriptedJournal(natsJournal(wire))
  const host = startHost({ actors: [account], wire, journal })
  scope.after(async () => {
    await host.stop()
    await Promise.all([wire.close(), clientWire.close()])
  })
  await wire.connection.flush()
  return { client: createClient(clientWire), journal }
}

test("a long log costs only what is asked, and reading it all holds up no caller", async (t) => {
  const { client, journal } = await hosted(t)
  const pageOf = async (after: number, limit: number) => {
    const { result } = await client.queryPlain(`${NAME}.history`, { id: "a-1", after, limit })
    return (result as { events: { version: number }[] }).events.map(({ version }) => version)
  }
  for (const after of [0, 500, 1_234, COMMITS - 1]) {
    const before = journal.read.commits
    assert.deepEqual(await pageOf(after, 1), [after + 1])
    assert.ok(journal.read.commits - before <= 40, String(journal.read.commits - before))
  }
  assert.deepEqual(
    await pageOf(700, READS.largestPage),
    Array.from({ length: READS.largestPage }, (_, index) => 701 + index),
  )

  const before = journal.read.commits
  const asked = Array.from({ length: 200 }, (_, each) => pageOf(each * 10, 100))
  const command = client.ask(Accounts, "z", Open())
  const settled = await Promise.allSettled(asked)
  const refused = settled.flatMap((each) => each.status === "rejected" ? [each.reason] : [])
  assert.ok(refused.every((each) => isFailure(each) && each._tag === "Overloaded"))
  assert.ok(refused.length > 0 && refused.length < 200, String(refused.length))
  const most = (200 - refused.length) * 250
  assert.ok(journal.read.commits - before <= most, `${journal.read.commits - before} of ${most}`)
  assert.equal((await command).kind, "accepted")
})

test("the state is as new as the log after every command", async (t) => {
  const { client } = await hosted(t)
  const stateOf = async () => {
    const { result } = await client.queryPlain(NAME, { id: "a-1" })
    return result as { version: number; state: { balance: number }; position: string }
  }
  assert.deepEqual((await stateOf()).state, { open: false, balance: COMMITS })
  await client.ask(Accounts, "a-1", Open())
  for (let times = 1; times <= 20; times++) {
    const answer = await client.ask(Accounts, "a-1", Deposit({ amount: 1 }))
    const { version, state, position } = await stateOf()
    assert.deepEqual([version, state.balance], [COMMITS + 1 + times, COMMITS + times])
    assert.ok(answer.kind === "accepted" && answer.position === position)
  }
})
