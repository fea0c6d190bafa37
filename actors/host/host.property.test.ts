/** Property: whatever fails, acked commands are stored exactly once, in order, and right. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { MemoryLog, type StoredCommit } from "../../wire/internal.ts"
import type { Message } from "../../contracts/internal.ts"
import {
  account,
  Accounts,
  type AccountState,
  Deposit,
  Note,
  Open,
  Withdraw,
} from "../fixtures/account.ts"
import { replay } from "../actor.ts"
import { tick } from "../fixtures/bank.ts"
import { type Delivery, FaultyHost, type PlainAnswer } from "../fixtures/faulty-host.ts"
import { randomOf } from "../fixtures/faulty-journal.ts"
import { checkChain, wholeHistory } from "./history.ts"
import { memoryJournal } from "../journal/journal-memory.ts"
import { memorySnapshots } from "../journal/snapshots-memory.ts"

const ACTORS = ["a-1", "a-2", "a-3"]
const MANY = 1_000_000_000

type Step =
  | {
    readonly do: "ask"
    readonly host: number
    readonly actor: string
    command: Message<"command">
  }
  | { readonly do: "repeat"; readonly host: number; readonly which: number }
  | { readonly do: "wait" }
  | { readonly do: "crash"; readonly host: number }

const command: fc.Arbitrary<Message<"command">> = fc.oneof(
  fc.constant(Open()),
  fc.integer({ min: 1, max: 9 }).map((amount) => Deposit({ amount })),
  fc.integer({ min: 1, max: 9 }).map((amount) => Withdraw({ amount })),
  fc.integer({ min: 0, max: 3 }).map((times) => Note({ text: "x", times })),
)
const host = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      host,
      actor: fc.constantFrom(...ACTORS),
      command,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("repeat" as const), host, which: fc.nat() }),
  },
  { weight: 5, arbitrary: fc.constant({ do: "wait" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), host }) },
)

/** A delivery with its answer, and its command. */
type Settled = Delivery & { readonly said: PlainAnswer }

/** Two hosts on one log: their commands and answers, and the contents of the log afterwards. */
class Run {
  readonly log = new MemoryLog()
  readonly #snapshots = memorySnapshots()
  readonly #random: () => number
  readonly #hosts: FaultyHost[]
  readonly #crashed: FaultyHost[] = []
  readonly #sent: { actor: string; command: Message<"command">; commandId: string }[] = []
  readonly #deliveries: Delivery[] = []

  constructor(seed: number) {
    this.#random = randomOf(seed)
    this.#hosts = [this.#start(), this.#start()]
  }

  #start(): FaultyHost {
    return new FaultyHost(this.log, this.#snapshots, this.#random)
  }

  async take(step: Step): Promise<void> {
    if (step.do === "wait") return await tick()
    const at = this.#hosts[step.host]!
    if (step.do === "crash") {
      this.#crashed.push(at)
      this.#hosts[step.host] = this.#start()
      return await at.crash()
    }
    if (step.do === "ask") {
      const { actor, command } = step
      this.#sent.push({ actor, command, commandId: `c-${this.#sent.length}` })
    }
    const sent = step.do === "ask"
      ? this.#sent.at(-1)
      : this.#sent[step.which % Math.max(1, this.#sent.length)]
    if (sent) this.#deliveries.push(at.deliver(sent.actor, sent.command, sent.commandId))
  }

  /** Waits for every answer, and for appends that are still on their way to the log. */
  async settle(): Promise<Settled[]> {
    const settled: Settled[] = []
    for (const delivery of this.#deliveries) {
      settled.push({ ...delivery, said: await delivery.answer })
    }
    for (let each = 0; each < 12; each++) await tick()
    for (const { answered } of [...this.#hosts, ...this.#crashed]) {
      for (const places of answered.values()) {
        assert.deepEqual(places, places.toSorted((a, b) => a - b), "answers in order of arrival")
      }
    }
    return settled
  }

  /** Checks that both hosts, without a restart, know the balance that the log adds up to. */
  async checkState(actor: string, commits: readonly StoredCommit[]): Promise<void> {
    const events = commits.flatMap(({ events }) => events.flatMap(Accounts.codec.event))
    const state = replay(account, events) as AccountState
    for (const each of this.#hosts) {
      each.heal()
      const delivery = each.deliver(actor, Withdraw({ amount: MANY }), "state")
      const said = await delivery.answer
      if (state.open) {
        assert.deepEqual([said?.title, said?.balance], ["Insufficient", state.balance])
      } else assert.equal(said?.title, "NotOpen")
    }
  }

  async stop(): Promise<void> {
    for (const each of this.#hosts) {
      each.heal()
      await each.stop()
    }
  }
}

/** Where in the log the events of each command are. */
const placesOf = (commits: readonly StoredCommit[]) => {
  const places = new Map<string, { sequence: number; version: number; events: number }[]>()
  for (const { base, sequence, events } of commits) {
    for (const [index, { command }] of events.entries()) {
      const known = places.get(command) ?? []
      const last = known.at(-1)
      const version = base + index + 1
      if (last?.sequence === sequence && last.version === version - 1) {
        known[known.length - 1] = { sequence, version, events: last.events + 1 }
      } else known.push({ sequence, version, events: 1 })
      places.set(command, known)
    }
  }
  return places
}

const checkAnswers = (settled: readonly Settled[], commits: readonly StoredCommit[]): void => {
  const places = placesOf(commits)
  for (const [commandId, all] of places) assert.equal(all.length, 1, `${commandId} is stored twice`)
  for (const commandId of new Set(settled.map((each) => each.commandId))) {
    const deliveries = settled.filter((each) => each.commandId === commandId)
    const [place] = places.get(commandId) ?? []
    for (const { said } of deliveries) {
      if (!said?.position || said.events === 0) continue
      const { position, version, events } = said
      const stored = place && { ...place, position: `bank:${place.sequence}` }
      assert.deepEqual({ position, version, events }, {
        position: stored?.position,
        version: stored?.version,
        events: stored?.events,
      }, `${commandId} was acked, so it is stored, and every answer says where`)
    }
    const refused = deliveries.every(({ said }) => REFUSALS.has(said?.title ?? ""))
    if (refused) assert.equal(place, undefined, `${commandId} was rejected and is stored`)
  }
}

const REFUSALS = new Set(["NotOpen", "Insufficient"])

const checkBalances = (commits: readonly StoredCommit[]): void => {
  let state: unknown = account.initial
  for (const stored of commits.flatMap(({ events }) => events)) {
    state = replay(account, [Accounts.codec.event(stored)].flat(), state)
    assert.ok(
      (state as AccountState).balance >= 0,
      "every event was decided on the state before it",
    )
  }
}

test("acked commands are stored exactly once, in order; states are folds of the log", async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 150, size: "max" })
  let acked = 0
  await fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, steps) => {
      const run = new Run(seed)
      try {
        for (const each of steps) await run.take(each)
        const settled = await run.settle()
        acked += settled.filter(({ said }) => said?.position).length
        for (const actor of ACTORS) {
          const commits = await wholeHistory(memoryJournal(run.log), Accounts.name, actor)
          checkChain(Accounts.name, actor, commits)
          assert.equal(commits[0]?.base ?? 0, 0)
          checkAnswers(settled.filter((each) => each.actor === actor), commits)
          checkBalances(commits)
          await run.checkState(actor, commits)
        }
      } finally {
        await run.stop()
      }
    }),
    { numRuns: 120, interruptAfterTimeLimit: 8_000 },
  )
  assert.ok(acked > 100, `${acked} answers were accepted: too few to prove anything`)
})
