/** Tests of fidelity: the model makes the histories that the runtime makes, and no others. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { ask } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import type { Message } from "../contracts/internal.ts"
import { test } from "../testing/test.ts"
import { mix } from "./chance.ts"
import type { RecordedEvent } from "../wire/internal.ts"
import { findingsIn, type History } from "./search/history.ts"
import { Bells, doorList, Doors, house } from "./fixtures/house.ts"
import { Actors } from "./model/actors.ts"
import type { Cell, ReadCommit } from "./model/cell.ts"
import { Delivery } from "./model/delivery.ts"
import { Policies } from "./model/policies.ts"
import { Sent } from "./model/sent.ts"
import { Timers } from "./model/timers.ts"
import { Views } from "./model/views.ts"
import { simulation } from "./mod.ts"
import { run, type Scenario } from "./run.ts"

const { Open, Close, Slam } = Doors.commands
const ids = ["front", "back"]

const calls: Scenario["calls"] = [
  { weight: 3, ask: (pick) => ask(Doors, pick.of(ids), Open({ by: pick.of(["ada", "bob"]) })) },
  { weight: 2, ask: (pick) => ask(Doors, pick.of(ids), Close()) },
  { ask: (pick) => ask(Doors, pick.of(ids), Slam({ times: pick.int(1, 3) })) },
]

/** With everything that can go wrong. */
const { scenario } = simulation(house, { calls })

/** No event is handled twice, so no timer is set again that was cancelled. */
const { scenario: once } = simulation(house, { calls, faults: { crash: 0, redeliver: 0 } })

/** The history of one run of the model; undefined if it breaks a law of its own. */
const simulated = async (scenario: Scenario, seed: number): Promise<History | string> => {
  const { broken, world } = await run(scenario, { seed, calls: 12 })
  if (broken) return broken.message
  return {
    events: [...world.actors.logs.values()].flat().flatMap(({ events }) => events),
    asked: world.asked.map(({ contract, id, command, commandId, answer }) => ({
      ...{ name: contract.name, id, command, commandId },
      answer: answer ?? assert.fail(`${commandId} has no answer`),
    })),
    rows: new Map([[doorList.name, new Map(world.rows(doorList).map((row) => [row.id, row]))]]),
    end: world.now.getTime(),
    handledOnce: scenario === once,
  }
}

/** What is wrong in the histories of some seeds. */
const wrongIn = async (of = once, seeds = 60): Promise<readonly string[]> => {
  for (let seed = 1; seed <= seeds; seed++) {
    const history = await simulated(of, seed)
    const findings = typeof history === "string" ? [history] : await findingsIn(house, history)
    if (findings.length > 0) return findings
  }
  return []
}

test("what the model does is what the runtime can do", async () => {
  assert.deepEqual(await wrongIn(scenario, 150), [])
  assert.deepEqual(await wrongIn(once, 100), [])
})

interface ShownEvent {
  readonly type: string
  readonly data: object
  readonly version: number
  readonly position: string
  readonly time: string
  readonly commandId: string
  readonly correlation: string
}

/** The events of all actors of an application in memory, in the order of their log. */
const eventsOf = async (
  app: Awaited<ReturnType<typeof App.inMemory>>,
): Promise<RecordedEvent[]> => {
  const found: RecordedEvent[] = []
  const actors = [...ids.map((id) => [Doors, id] as const), [Bells, "hall"] as const]
  for (const [contract, id] of actors) {
    const path = `/house/${contract.actor}/${id}/history?limit=1000`
    const { events } = await (await app.fetch(path)).json() as { events: readonly ShownEvent[] }
    for (const [at, { type, data, position, time, ...meta }] of events.entries()) {
      const sequence = Number(position.split(":")[1])
      const before = events.slice(0, at).filter((each) => each.position === position).length
      found.push({
        event: [contract.codec.event({ type, schema: 1, data })].flat()[0] as Message<"event">,
        meta: {
          ...{ ...meta, id, actor: contract.name, position, sequence, index: before },
          time: new Date(time),
        },
      })
    }
  }
  const order = ({ meta }: RecordedEvent) => meta.sequence * 1_000 + meta.index
  return found.sort((one, other) => order(one) - order(other))
}

/** Asks an application in memory what a seed says, and looks at what became of it. */
const recorded = async (seed: number): Promise<History> => {
  const app = await App.inMemory(house)
  const asked: History["asked"][number][] = []
  try {
    for (let call = 0; call < 12; call++) {
      const drawn = mix(mix(77, seed), call)
      const id = ids[drawn % 2]!
      const command = [Open({ by: "ada" }), Close(), Slam({ times: 2 })][(drawn >>> 3) % 3]!
      const commandId = `call-${call}`
      const say = () => app.client.ask(Doors, id, command, { commandId })
      // At the same time, and then once more.
      const answers = [...await Promise.all([say(), say()]), await say()]
      for (const answer of answers) asked.push({ name: Doors.name, id, command, commandId, answer })
      await app.advance(`${(drawn >>> 6) % 100} seconds`)
    }
    await app.advance("10 minutes")
    await app.caughtUp()
    const rows = new Map<string, unknown>()
    for (const id of ids) {
      const answer = await app.fetch(`/house/door-list/${id}`)
      if (answer.ok) rows.set(id, await answer.json())
    }
    const end = Date.now() + 3_600_000
    return {
      events: await eventsOf(app),
      asked,
      rows: new Map([[doorList.name, rows]]),
      end,
      handledOnce: true,
    }
  } finally {
    await app.stop()
  }
}

test("what an application in memory does is what the model can do", async () => {
  for (const seed of [1, 2, 3]) {
    const history = await recorded(seed)
    assert.ok(history.events.length > 5, `${history.events.length} events`)
    assert.deepEqual(await findingsIn(house, history), [], `seed ${seed}`)
  }
})

/** The runtime, wrong in one way each. */
const mutations: Readonly<Record<string, (t: TestContext) => void>> = {
  "a cancelled timer fires": (t) => void t.mock.method(Timers.prototype, "cancel", () => {}),
  "a timer fires early": (t) => {
    const { set } = Timers.prototype
    t.mock.method(
      Timers.prototype,
      "set",
      function (this: Timers, timer: Parameters<typeof set>[0]) {
        const due = "at" in timer.due ? { at: timer.due.at - 30_000 } : timer.due
        return set.call(this, { ...timer, due })
      },
    )
  },
  "a timer is lost": (t) => void t.mock.method(Timers.prototype, "set", () => {}),
  "a policy asks under ids of its own": (t) => {
    const { send } = Delivery.prototype
    let ids = 0
    t.mock.method(Delivery.prototype, "send", function (this: Delivery, sent: Sent) {
      if (sent.isFromOutside || sent.tries > 0) return send.call(this, sent)
      return send.call(this, new Sent({ ...sent, commandId: `own-${ids++}` } as never))
    })
  },
  "a policy takes what it asks for done": (t) => {
    const { send } = Delivery.prototype
    t.mock.method(Delivery.prototype, "send", function (this: Delivery, sent: Sent) {
      if (sent.isFromOutside || sent.key % 3 > 0) return send.call(this, sent)
      return void sent.answered?.({ kind: "accepted", sequence: 1, events: 1 })
    })
  },
  "a policy misses events": (t) => {
    const { hear } = Policies.prototype
    t.mock.method(Policies.prototype, "hear", function (this: Policies, commit: ReadCommit) {
      if (commit.stored.sequence % 3 > 0) hear.call(this, commit)
    })
  },
  "a view folds a commit twice": (t) => {
    const { hear } = Views.prototype
    t.mock.method(Views.prototype, "hear", function (this: Views, commit: ReadCommit) {
      hear.call(this, commit)
      if (commit.stored.sequence % 4 === 0) hear.call(this, commit)
    })
  },
  "a view misses a commit": (t) => {
    const { hear } = Views.prototype
    t.mock.method(Views.prototype, "hear", function (this: Views, commit: ReadCommit) {
      if (commit.stored.sequence % 4 > 0) hear.call(this, commit)
    })
  },
  "an actor remembers no ids": (t) => {
    changeCells(t, (cell) => Object.assign(cell, { accepted: new Forgetful() }))
  },
  "a decision is appended without its expectation": (t) => {
    // It decides on the state before the last commit, as another node may have it.
    changeCells(t, (cell) => {
      let [state, before] = [cell.state, cell.state]
      Object.defineProperty(cell, "state", {
        get: () => cell.isBusy ? before : state,
        set: (next) => [state, before] = [next, state],
      })
    })
  },
  "an accepted command is answered with a rejection": (t) => {
    const { answer } = Delivery.prototype
    t.mock.method(Delivery.prototype, "answer", function (
      this: Delivery,
      sent: Sent,
      given: Parameters<typeof answer>[1],
    ) {
      const isWrong = given.kind === "accepted" && given.events > 0 && sent.key % 4 === 0
      answer.call(this, sent, isWrong ? Doors.rejections.AlreadyOpen() : given)
    })
  },
  "a rejected command is answered as accepted": (t) => {
    const { answer } = Delivery.prototype
    t.mock.method(Delivery.prototype, "answer", function (
      this: Delivery,
      sent: Sent,
      given: Parameters<typeof answer>[1],
    ) {
      const accepted = { kind: "accepted", sequence: 1, events: 1 } as const
      answer.call(this, sent, given.kind === "rejection" ? accepted : given)
    })
  },
}

class Forgetful extends Map<string, never> {
  override get(): undefined {
    return undefined
  }
}

const changeCells = (t: TestContext, change: (cell: Cell) => void): void => {
  const { cellOf } = Actors.prototype
  const changed = new WeakSet<Cell>()
  t.mock.method(Actors.prototype, "cellOf", function (
    this: Actors,
    ...args: Parameters<typeof cellOf>
  ) {
    const cell = cellOf.apply(this, args)
    if (!changed.has(cell)) change(cell)
    changed.add(cell)
    return cell
  })
}

for (const [name, mutate] of Object.entries(mutations)) {
  test(`a runtime in which ${name} is refused`, async (t) => {
    mutate(t)
    const findings = await wrongIn()
    assert.ok(findings.length > 0, "nothing was found")
    t.diagnostic(findings[0]!)
  })
}
