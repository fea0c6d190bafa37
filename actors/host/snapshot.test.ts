/** Tests of snapshots: they give back what they were made from, or nothing. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { decodeOwn, encode } from "../../wire/internal.ts"
import {
  account,
  Accounts,
  AccountState,
  Opened,
  plainAccount,
  storedEvent,
} from "../fixtures/account.ts"
import { Actor } from "../actor.ts"
import { SNAPSHOT_COMMANDS } from "../limits.ts"
import { COMMAND_BYTES } from "./repeats/idempotency-window.ts"
import { Resident } from "./resident.ts"
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts"

const residentOf = (commands: number): Resident => {
  const resident = new Resident({ open: true, balance: 42 })
  for (let each = 0; each < commands; each++) {
    const events = [storedEvent(Opened(), `c-${each}`, 1_000)]
    const { version, ancestors } = resident
    resident.advance({ base: version, ancestors, events, sequence: each + 10 }, resident.state)
  }
  return resident
}

const decide = {
  Open: () => [],
  Deposit: () => [],
  Withdraw: () => [],
  Note: () => [],
  Crash: () => [],
  Spoil: () => [],
  Poison: () => [],
  Doubt: () => [],
}

const keep = <S>(state: S): S => state

const evolve = {
  Opened: keep,
  Deposited: keep,
  Withdrawn: keep,
  Noted: keep,
  Poisoned: keep,
}

test("a snapshot gives back the resident that it was made from", () => {
  const resident = residentOf(40)
  resident.refused.add([{
    command: "r-1",
    content: "x",
    deadline: 7,
    version: 3,
    time: 5,
    sequence: 9,
  }])
  const restored = decodeSnapshot(account, encodeSnapshot(account, resident)!)
  assert.ok(restored)
  assert.equal(restored.truncated, false)
  const { state, version, sequence, ancestors, remembered } = restored.resident
  assert.deepEqual(state, { open: true, balance: 42 })
  assert.deepEqual([version, sequence], [40, 49])
  assert.deepEqual(ancestors, resident.ancestors)
  assert.deepEqual(remembered.get("c-0"), resident.remembered.get("c-0"))
  assert.deepEqual(restored.resident.refused.all, resident.refused.all)
  assert.equal(restored.resident.snapshotVersion, 40, "what was restored needs no new snapshot")
})

test("a snapshot says that commands beyond its limit are missing", () => {
  const restored = decodeSnapshot(
    account,
    encodeSnapshot(account, residentOf(SNAPSHOT_COMMANDS + 1))!,
  )
  assert.equal(restored?.truncated, true)
  assert.equal(restored.resident.remembered.size, SNAPSHOT_COMMANDS)
  assert.equal(restored.resident.remembered.get("c-0"), undefined)
  assert.ok(restored.resident.remembered.get("c-1"))
})

test("an actor without a schema for its state has no snapshots", () => {
  assert.equal(encodeSnapshot(plainAccount, residentOf(40)), undefined)
  const bytes = encodeSnapshot(account, residentOf(40))!
  assert.equal(decodeSnapshot(plainAccount, bytes), undefined)
})

test("a snapshot of another schema or version of the actor is ignored", () => {
  const bytes = encodeSnapshot(account, residentOf(40))!
  const initial = { open: false, balance: 0 }
  const same = Actor.define(Accounts, { initial, state: AccountState, decide, evolve })
  assert.ok(decodeSnapshot(same, bytes), "handlers are not part of the stamp")
  const next = Actor.define(Accounts, { initial, state: AccountState, version: 2, decide, evolve })
  assert.equal(decodeSnapshot(next, bytes), undefined)
  const Wider = Schema.Struct({ open: Schema.Boolean, balance: Schema.Number })
  const wider = Actor.define(Accounts, { initial, state: Wider, decide, evolve })
  assert.equal(decodeSnapshot(wider, bytes), undefined)
})

test("broken bytes are ignored, wherever they break", () => {
  const bytes = encodeSnapshot(account, residentOf(40))!
  for (const length of [0, 1, 10, 100, bytes.length - 1]) {
    assert.equal(decodeSnapshot(account, bytes.subarray(0, length)), undefined, `${length}`)
  }
  assert.equal(decodeSnapshot(account, Uint8Array.of(1)), undefined)
  assert.equal(decodeSnapshot(account, encode("msgpack", { stamp: "another" })), undefined)
})

test("a snapshot whose parts are not what they should be is ignored", () => {
  const plain = decodeOwn("msgpack", encodeSnapshot(account, residentOf(40))!) as object
  assert.ok(decodeSnapshot(account, encode("msgpack", plain)))
  const refusal = { command: "c", content: "x", deadline: 1, version: 1, sequence: 1, time: 1 }
  const broken: Record<string, readonly unknown[]> = {
    state: [{ open: "yes" }, null],
    commands: [
      ...[[], null, { key: [1, 2] }, { key: [1], words: new Uint8Array(0) }],
      ...[33, (SNAPSHOT_COMMANDS + 1) * COMMAND_BYTES]
        .map((length) => ({ key: [1, 2], words: new Uint8Array(length) })),
    ],
    latest: ["1"],
    refusals: [undefined, {}, [null], [{ ...refusal, content: 1 }], new Array(5_000).fill(refusal)],
    version: ["40", 0, 1.5],
    sequence: [-1],
    ancestors: [undefined, [null], Array.from({ length: 33 }, (_, index) => index)],
    truncated: [undefined, 1],
  }
  for (const [part, values] of Object.entries(broken)) {
    for (const value of values) {
      const bytes = encode("msgpack", { ...plain, [part]: value })
      assert.equal(decodeSnapshot(account, bytes), undefined, `${part} ${String(value)}`)
    }
  }
})

test("a state that does not fit its schema cannot become a snapshot", () => {
  const resident = residentOf(1)
  resident.state = { open: true, balance: 0.5 }
  assert.throws(() => encodeSnapshot(account, resident), { _tag: "Invalid" })
})
