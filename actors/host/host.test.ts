/** Tests of the host: overload, sleep, memory, leaving, and several hosts on one log. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import {
  decode,
  encode,
  HEADER,
  METRIC,
  METRICS,
  plainAnswerOf,
  type Reply,
  requestOf,
} from "../../wire/internal.ts"
import { account, Accounts, Deposit, Open, plainAccount, Withdraw } from "../fixtures/account.ts"
import { Bank, NAME, type Said, tick } from "../fixtures/bank.ts"
import { decodeSnapshot } from "./snapshot.ts"

const one = Deposit({ amount: 1 })

describe("overload", () => {
  test("a command too many for one actor is answered at once with when to come back", async (t) => {
    const bank = new Bank(t, { limits: { mailboxCommands: 3, retryAfterMs: 77 } })
    bank.journal.hold()
    const opening = bank.say("a-1", Open())
    await tick()
    const taken = [opening, ...[one, one, one].map((command) => bank.say("a-1", command))]
    await tick()
    await assert.rejects(bank.client.ask(Accounts, "a-1", one), {
      _tag: "Overloaded",
      retryAfterMs: 77,
    })
    const elsewhere = bank.say("a-2", Open())
    await tick()
    bank.journal.release()
    assert.deepEqual(await Promise.all([...taken, elsewhere]), [
      "1 at bank:1, version 1",
      ...[2, 3, 4].map((version) => `1 at bank:3, version ${version}`),
      "1 at bank:2, version 1",
    ])
  })

  test("a command too many for the whole host is refused, until others are answered", async (t) => {
    const bank = new Bank(t, { limits: { commandsInFlight: 2 } })
    bank.journal.hold()
    const taken = ["a-1", "a-2"].map((id) => bank.say(id, Open()))
    await tick()
    assert.equal(await bank.say("a-3", Open()), "Overloaded")
    await (await bank.journal.next()).store()
    await taken[0]
    const third = bank.say("a-3", Open())
    await tick()
    bank.journal.release()
    assert.equal(await third, "1 at bank:3, version 1")
    await taken[1]
    for (let each = 0; each < 5; each++) assert.equal(await bank.say("a-4", one), "NotOpen")
  })

  test("failures of every kind give back their place in flight", async (t) => {
    const bank = new Bank(t, { limits: { commandsInFlight: 1 } })
    const { Crash, Spoil } = Accounts.commands
    for (const command of [one, Open(), Open(), Crash(), Spoil(), Withdraw({ amount: 5 })]) {
      assert.notEqual(await bank.say("a-1", command), "Overloaded")
    }
    assert.equal(await bank.say("a-1", Deposit({ amount: 0.5 })).catch(() => "Invalid"), "Invalid")
    assert.equal(await bank.say("a-1", one), "1 at bank:2, version 2")
  })
})

describe("memory", () => {
  test("of 20,000 actors the limit stays in memory, and the others wake unchanged", async (t) => {
    const bank = new Bank(t, { limits: { residentActors: 500 } })
    for (let batch = 0; batch < 20_000; batch += 200) {
      const opening = Array.from(
        { length: 200 },
        (_, each) => bank.say(`a-${batch + each}`, Open()),
      )
      await Promise.all(opening)
      assert.ok(bank.host.residents() <= 500)
    }
    assert.equal(bank.host.residents(), 500)
    assert.ok(bank.host.residentBytes() > 500 * 100)
    assert.ok(bank.host.residentBytes() < 500 * 2_000)
    assert.equal(await bank.say("a-0", one), "1 at bank:20001, version 2")
  })

  test("those used most recently stay", async (t) => {
    const bank = new Bank(t, { limits: { residentActors: 3 } })
    for (const id of ["a-1", "a-2", "a-3", "a-1", "a-4"]) await bank.say(id, Open())
    const { tail } = bank.journal.reads
    for (const id of ["a-1", "a-3", "a-4"]) await bank.say(id, one)
    assert.equal(bank.journal.reads.tail, tail, "no recently used actor had to be read again")
    await bank.say("a-2", one)
    assert.equal(bank.journal.reads.tail, tail + 1)
  })

  test("busy actors stay, and every caller is served all the same", async (t) => {
    const bank = new Bank(t, { limits: { residentActors: 2 } })
    bank.journal.hold()
    const opening = ["a-1", "a-2", "a-3", "a-4"].map((id) => bank.say(id, Open()))
    await tick()
    assert.equal(bank.host.residents(), 4)
    bank.journal.release()
    await Promise.all(opening)
    await bank.say("a-5", Open())
    assert.equal(bank.host.residents(), 2)
  })

  test("states count by their size: large ones leave sooner", async (t) => {
    const growing = {
      ...plainAccount,
      initial: "",
      evolve: (state: unknown) => `${state}${"x".repeat(1_000)}`,
      decide: () => [Accounts.events.Opened()],
    }
    const limits = { residentBytes: 400_000, snapshotEvents: 10 }
    const bank = new Bank(t, { actor: growing, limits })
    for (let each = 0; each < 100; each++) await bank.say("large", one)
    assert.ok(bank.host.residentBytes() > 80_000)
    for (let each = 0; each < 1_000; each++) {
      await bank.say(`a-${each % 100}`, one)
      assert.ok(bank.host.residentBytes() < 500_000, `${bank.host.residentBytes()} after ${each}`)
    }
    await bank.host.stop()
    assert.equal(bank.host.residentBytes(), 0)
  })

  test("an actor that is idle sleeps, with a snapshot, and wakes from it", async (t) => {
    let now = Date.now()
    // The host looks for idle actors every quarter of the time that they may be idle.
    const bank = new Bank(t, { limits: { idleMs: 40 }, now: () => now })
    await bank.say("a-1", Open())
    for (let each = 0; each < 50; each++) await bank.say("a-1", one)
    const written = new Promise<Uint8Array>((resolve) => {
      const { write } = bank.snapshots
      Object.assign(bank.snapshots, {
        write: (name: string, id: string, bytes: Uint8Array) => {
          write(name, id, bytes)
          resolve(bytes)
        },
      })
    })
    now += 1_000
    const snapshot = decodeSnapshot(account, await written)
    assert.deepEqual(snapshot?.resident.state, { open: true, balance: 50 })
    await tick()
    assert.equal(bank.host.residents(), 0)
    assert.equal(await bank.say("a-1", Withdraw({ amount: 51 })), "Insufficient")
    assert.equal(await bank.say("a-1", Withdraw({ amount: 50 })), "1 at bank:52, version 52")
    assert.equal(bank.journal.reads.commits, 1, "the one round behind the snapshot")
  })

  test("a snapshot is written after enough new events, but not after mere reads", async (t) => {
    let writes = 0
    const snapshots = {
      read: () => Promise.resolve(undefined),
      maxBytes: () => 1_048_576,
      write: () => void writes++,
    }
    let now = Date.now()
    const bank = new Bank(t, { limits: { snapshotEvents: 50 }, snapshots, now: () => now })
    await bank.say("a-1", Open())
    for (let each = 0; each < 200; each++) {
      now += 2_000
      await bank.say("a-1", one, { timeoutMs: 10_000_000 })
    }
    assert.equal(writes, 4)
    await bank.host.stop()
    assert.equal(writes, 5, "the one event after the last snapshot is worth one when it sleeps")
  })
})

describe("leaving", () => {
  test("a host that stops finishes what it has taken on, and takes nothing more", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const taken = [bank.say("a-1", Open()), bank.say("a-1", one), bank.say("a-2", Open())]
    await tick()
    let stopped = false
    const stopping = bank.host.stop().then(() => stopped = true)
    assert.equal(await bank.say("a-3", Open()), "Unavailable")
    assert.equal(stopped, false)
    bank.journal.release()
    const answers = await Promise.all(taken)
    await stopping
    assert.ok(answers.every((answer) => answer.startsWith("1 at ")), answers.join())
    assert.equal(bank.host.residents(), 0)
  })
})

describe("several hosts on one log", () => {
  test("no conflicting command is lost or stored twice", async (t) => {
    const first = new Bank(t, { limits: { attempts: 1_000 } })
    const banks = [first]
    for (let each = 1; each < 3; each++) {
      banks.push(new Bank(t, { log: first.log, limits: { attempts: 1_000 } }))
    }
    await first.say("a-1", Open(), { commandId: "open" })
    const asked: Promise<Said>[] = []
    const ids: string[] = []
    for (let each = 0; each < 600; each++) {
      const commandId = `c-${each}`
      ids.push(commandId)
      for (const bank of each % 5 === 0 ? banks : [banks[each % 3]!]) {
        asked.push(bank.say("a-1", one, { commandId }))
      }
      if (each % 7 === 0) await tick()
    }
    const answers = await Promise.all(asked)
    assert.ok(answers.every((answer) => answer.startsWith("1 at ")), answers.join())
    const stored = await first.stored("a-1")
    assert.deepEqual(stored.toSorted(), ["open", ...ids].toSorted())
    const versions = new Set(answers.map((answer) => answer.split("version ")[1]))
    assert.equal(versions.size, 600)
    assert.equal(await first.say("a-1", Withdraw({ amount: 601 })), "Insufficient")
    assert.match(await first.say("a-1", Withdraw({ amount: 600 })), /version 602/)
  })
})

describe("the wire", () => {
  const send = (bank: Bank, subject: string, text: string, headers = {}): Promise<Reply> =>
    requestOf(bank.wire, subject, new TextEncoder().encode(text), headers, 5_000)

  const titleOf = async (sending: Promise<Reply>): Promise<string> => {
    const reply = await sending
    assert.equal(reply.type, "reply")
    return reply.type === "reply"
      ? String(Object(decode("json", reply.payload)).title ?? reply.headers[HEADER.error])
      : ""
  }

  test("a message that is not a command is answered with the reason, in JSON", async (t) => {
    const bank = new Bank(t)
    const cases: [subject: string, text: string, title: string][] = [
      ["a-1.Deposit", "{", "Malformed"],
      ["a-1.Deposit", "[1]", "Malformed"],
      ["a-1.Deposit", "{}", "Invalid"],
      ["a-1.Deposit", '{"amount":"1"}', "Invalid"],
      ["a-1.Steal", "{}", "NotFound"],
      ["a-1.toString", "{}", "NotFound"],
      ["a-1.deposit", "{}", "NotFound"],
      ["a-1", "{}", "NotFound"],
      ["a-1.b.Deposit", '{"amount":1}', "Invalid"],
      ["a$1.Deposit", '{"amount":1}', "Invalid"],
    ]
    for (const [subject, text, title] of cases) {
      assert.equal(await titleOf(send(bank, `cmd.${NAME}.${subject}`, text)), title, subject + text)
    }
    assert.equal(bank.host.residents(), 0, "none of the messages reached an actor")
  })

  test("an answer comes in the format of its command", async (t) => {
    const bank = new Bank(t)
    const json = await send(bank, `cmd.${NAME}.a-1.Open`, "")
    assert.ok(json.type === "reply")
    assert.equal(Object(decode("json", json.payload)).events, 1)
    const payload = encode("msgpack", { amount: 1 })
    const packed = await requestOf(bank.wire, `cmd.${NAME}.a-1.Deposit`, payload, {}, 5_000)
    assert.ok(packed.type === "reply")
    const plain = { position: "bank:2", version: 2, events: 1 }
    assert.deepEqual(decode("msgpack", packed.payload), plain)
  })

  test("a command in Protobuf is answered in Protobuf", async (t) => {
    const bank = new Bank(t)
    const type = { [HEADER.contentType]: "application/protobuf" }
    const ask = async (command: string, hex: string) => {
      const payload = Buffer.from(hex, "hex")
      const reply = await requestOf(bank.wire, `cmd.${NAME}.a-1.${command}`, payload, type, 5_000)
      assert.ok(reply.type === "reply")
      assert.equal(reply.headers[HEADER.contentType], "application/protobuf")
      return plainAnswerOf(reply.payload) as Record<string, unknown>
    }
    assert.deepEqual(await ask("Open", ""), { position: "bank:1", version: 1, events: 1 })
    assert.deepEqual(await ask("Deposit", "0805"), { position: "bank:2", version: 2, events: 1 })
    const { title, balance, status } = await ask("Withdraw", "08ac02")
    assert.deepEqual([title, balance, status], ["Insufficient", 5, 409])
    assert.equal((await ask("Deposit", "08ffffffffffffffffff01")).version, 3)
    for (const hex of ["08", "0d00000000", "0800", "08050805", "1001"]) {
      const expected = hex === "0800" ? undefined : "Malformed"
      assert.equal((await ask("Deposit", hex)).title, expected, hex)
    }
    const unnumbered = await ask("Note", "")
    assert.equal(unnumbered.title, "UnsupportedFormat")
    assert.match(String(unnumbered.detail), /no Protobuf numbers for Note.*leftfold schema proto/)
  })

  test("a command without an inbox for its answer is dropped unread, and counted", async (t) => {
    const bank = new Bank(t, { node: "n1" })
    const dropped = METRICS.counters(METRIC.commandsDropped).with(NAME)
    const before = dropped.value
    const replies = ["", "_INBOX", "_INBOX.", "_INBOX.*", "_INBOX.a.>", `cmd.${NAME}.a-1.Open`]
    const others = ["$JS.ACK.bank.x.1.1.1.1.0", "evt.bank.account.1.x", `_INBOX.${"x".repeat(300)}`]
    for (const reply of [...replies, ...others]) {
      bank.wire.publish(`cmd.${NAME}.a-1.Open`, new Uint8Array(), reply)
      bank.wire.publish(`own.n1.${NAME}.a-1.Open`, new Uint8Array(), reply)
    }
    await tick()
    assert.equal(bank.host.residents(), 0)
    assert.equal(dropped.value - before, 2 * (replies.length + others.length))
    assert.equal(await bank.say("a-1", Open()), "1 at bank:1, version 1")
  })
})
