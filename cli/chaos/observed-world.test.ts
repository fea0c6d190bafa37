/** Tests of what a chaos run reads of a user's application: a world of its log, and its answers. */
import assert from "node:assert/strict"
import { shopSimulation } from "../../examples/shop/simulation.ts"
import { Bells, doorList, Doors } from "../../simulation/fixtures/house.ts"
import { houseSimulation } from "../../simulation/fixtures/house-simulation.ts"
import { run } from "../../simulation/run.ts"
import { test } from "../../testing/test.ts"
import { answeredApp } from "./answered-app.ts"
import { ObservedWorld } from "./observed-world.ts"

test("the world of a log is the world that made it", async () => {
  const { scenario } = houseSimulation
  for (const seed of [1, 2, 3]) {
    const { world } = await run(scenario, { seed, calls: 20 })
    const seen = new ObservedWorld(scenario.app)
    const events = [...world.actors.logs.values()].flat().flatMap(({ events }) => events)
    assert.ok(events.length > 5)
    for (const recorded of events) seen.see(recorded)
    for (const contract of [Doors, Bells]) {
      assert.deepEqual([...seen.ids(contract)].sort(), [...world.ids(contract)].sort())
      const actor = scenario.app.actors.find((each) => each.contract === contract)!
      for (const id of seen.ids(contract)) {
        assert.deepEqual(seen.state(actor as never, id), world.state(actor as never, id))
        assert.deepEqual(seen.events(contract, id), world.events(contract, id))
      }
    }
    const rows = (of: typeof seen | typeof world) =>
      of.rows(doorList).toSorted((one, other) => one.id.localeCompare(other.id))
    assert.deepEqual(rows(seen), rows(world))
    assert.ok(rows(seen).length > 0)
  }
})

test("an answer depends on its event alone, so that it is the same when it is given again", () => {
  const { scenario } = shopSimulation
  const [one, other] = [answeredApp(scenario), answeredApp(scenario)]
  const replaced = one.policies.filter((policy, index) => policy !== scenario.app.policies[index])
  assert.ok(replaced.length > 0)
  assert.equal(one.policies.length, scenario.app.policies.length)
  for (const { name, from } of replaced) {
    const answering = [one, other].map(({ policies }) =>
      policies.find((each) => each.name === name)!
    )
    const [contract] = from
    const type = Object.keys(contract!.events).find((each) => answering[0]!.handles(each))!
    const different = new Set<string>()
    for (let sequence = 1; sequence <= 40; sequence++) {
      const position = `${contract!.context}:${sequence}`
      const meta = { id: "o-1", actor: contract!.name, position, sequence, index: 0 }
      const event = { kind: "event", type, data: { amount: 100, items: [], lines: [] } }
      const told = answering.map((policy) =>
        JSON.stringify(policy.on(event as never, { ...meta, time: new Date(0) } as never))
      )
      assert.equal(told[0], told[1])
      different.add(told[0]!)
    }
    assert.ok(different.size > 1, `${name} always answers ${[...different]}`)
  }
})
