/** Tests of work that policies give up: it is parked, and holds up nothing else. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { Invalid, NotFound, Unavailable } from "../../contracts/internal.ts"
import { logSubject } from "../../wire/internal.ts"
import { Accounts, Deposit, Note, Open } from "../fixtures/account.ts"
import { Bank } from "../fixtures/bank.ts"
import { accepted, type Asked, Letters, Post, Send } from "../fixtures/post.ts"
import { Policy, type PolicyOptions } from "../policy.ts"
import { ask, later } from "../reaction.ts"
import { parkedKey, type ParkedWork, type Parking } from "./parking/parking.ts"
import { memoryParking } from "./parking/parking-memory.ts"
import type { PolicyRunnerOptions } from "./policy-runner-options.ts"
import { startPolicies } from "./policy-runner.ts"
import { type RetryRequest, retryTimer } from "./retry-request.ts"
import { memorySubscriptions } from "./subscription-memory.ts"
import { memoryTimers } from "./timers/timers-memory.ts"
import { VirtualClock } from "./virtual-clock.ts"

type Handlers = PolicyOptions<typeof Accounts>["on"]

type Options = Omit<PolicyOptions<typeof Accounts>, "from" | "on">

const policyOf = (name: string, on: Handlers, options: Options = { attempts: 2 }) =>
  Policy.define(`post.${name}`, { from: [Accounts], on, ...options })

/** All parked work of the context `post`. */
const worksIn = async (parking: Parking): Promise<readonly ParkedWork[]> => {
  const places = await parking.places("post")
  return (await Promise.all(places.map(parking.read))).flatMap((work) => work ?? [])
}

const begin = async (
  scope: TestContext,
  policies: readonly Policy[],
  options: Partial<PolicyRunnerOptions> = {},
) => {
  const [bank, post, parking] = [new Bank(scope), new Post(), memoryParking()]
  const clock = new VirtualClock()
  const timers = memoryTimers(clock)
  const subscriptions = memorySubscriptions(bank.log)
  const parts = { policies, client: post.client, subscriptions, timers, parking, ...options }
  let running = await startPolicies(parts)
  scope.after(() => running.stop())
  scope.after(() => clock.stop())
  const request = async (policy: string, wanted: RetryRequest) => {
    await timers.set(retryTimer(policy, wanted))
    await clock.advance(1, () => Promise.resolve())
  }
  return {
    bank,
    post,
    clock,
    running: () => running,
    restart: async () => {
      await running.stop()
      running = await startPolicies(parts)
    },
    works: () => worksIn(parking),
    parked: (count: number) => until(async () => (await worksIn(parking)).length === count),
    /** Asks for a retry of what is parked of an account, as an operator does. */
    retry: (policy: string, id: string, discardedBy?: string) =>
      request(policy, {
        kind: "event",
        of: logSubject("bank.account", id),
        ...discardedBy === undefined ? {} : { discardedBy },
      }),
    retryTimer: (policy: string, key: string) => request(policy, { kind: "timer", of: key }),
    idle: () => until(async () => Object.values(await running.lag()).every((lag) => lag === 0)),
  }
}

const announce = (id: string, to = "owner") => ask(Letters, id, Send({ to }))

const asked = ({ asked }: Post) => asked.map(({ id, fields }) => `${id} ${Object(fields).to}`)

const never = () => new Promise<never>(() => {})

test("a handler that hangs is named, parked, and holds up no other policy", async (t) => {
  const patience = { timeLimit: "30 millis", attempts: 2 } as const
  const hanging = policyOf("hanging", { Opened: never }, patience)
  const mailing = policyOf("mailing", { Noted: (_, { id }) => announce(id) })
  const { bank, post, running, parked, idle } = await begin(t, [hanging, mailing])
  const ids = Array.from({ length: 300 }, (_, index) => `a-${index}`)
  await Promise.all(ids.map((id) => bank.say(id, Open())))
  await bank.say("a-0", Note({ text: "x", times: 1 }))
  await post.until(1)
  await until(() => running().stuck().some((text) => /not returned within 30 ms/.test(text)))
  await parked(300)
  await idle()
  assert.deepEqual(running().stuck(), [])
  assert.equal(running().parked().count, 300)
  assert.match(running().parked().named[0]!, /^post\.hanging at bank:\d+ \(bank\.account\/a-\d+\)$/)
})

test("an event that always fails is parked, and later ones behind it", async (t) => {
  let broken = true
  const mailing = policyOf("mailing", {
    Opened: (_, { id }) => {
      if (broken && id === "a-1") throw new Error("a bug")
      return announce(id, "opened")
    },
    Noted: (_, { id }) => announce(id, "noted"),
  })
  const { bank, post, running, parked, works, idle, retry, restart } = await begin(t, [mailing])
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await bank.say("a-1", Deposit({ amount: 1 }))
  await bank.say("a-2", Open())
  await parked(2)
  await idle()
  assert.deepEqual(running().stuck(), [], "what is parked is not tried again")
  const [first, second] = await works()
  assert.deepEqual([first?.at, first?.attempts, first?.behind], [1, 2, false])
  assert.match(first?.reason ?? "", /^after Opened of bank\.account a-1: a bug$/)
  assert.deepEqual([second?.at, second?.attempts, second?.behind], [2, 0, true])
  assert.equal(parkedKey(first!), "bank.account/a-1")
  assert.deepEqual(asked(post), ["a-2 opened"])
  // It stays parked over a restart, and a later event still waits.
  await restart()
  await bank.say("a-1", Note({ text: "y", times: 1 }))
  await parked(3)
  await retry("post.mailing", "a-1")
  await until(async () => (await works())[0]?.attempts === 3)
  broken = false
  await retry("post.mailing", "a-1")
  await parked(0)
  assert.deepEqual(asked(post), ["a-2 opened", "a-1 opened", "a-1 noted", "a-1 noted"])
  await bank.say("a-1", Note({ text: "z", times: 1 }))
  await post.until(5)
})

test("what another process has taken up holds up nothing", async (t) => {
  const failing = policyOf("failing", {
    Opened: () => {
      throw new Error("a bug")
    },
    Noted: (_, { id }) => announce(id),
  }, { attempts: 1 })
  const parking = memoryParking()
  const { bank, post, running } = await begin(t, [failing], { parking })
  await bank.say("a-1", Open())
  await until(() => running().parked().count === 1)
  const [work] = await worksIn(parking)
  await parking.unpark(work!)
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await post.until(1)
  assert.deepEqual(await worksIn(parking), [])
})

test("later events go on if the policy says so", async (t) => {
  const failing = policyOf("failing", {
    Opened: () => {
      throw new Error("a bug")
    },
    Noted: (_, { id }) => announce(id),
  }, { attempts: 1, laterEvents: "go on" })
  const { bank, post, parked } = await begin(t, [failing])
  await bank.say("a-1", Open())
  await parked(1)
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await post.until(1)
})

test("an operator discards the first parked event, and the next goes on", async (t) => {
  const failing = policyOf("failing", {
    Opened: () => {
      throw new Error("a bug")
    },
    Noted: (_, { id }) => announce(id),
  }, { attempts: 1 })
  const { bank, post, parked, retry } = await begin(t, [failing])
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await parked(2)
  await retry("post.failing", "a-1", "ada")
  await post.until(1)
  await parked(0)
})

test("the reactions of one event do not wait for each other", async (t) => {
  const three = policyOf("three", {
    Opened: (_, { id }) => [
      announce(id, "first"),
      later("1 hour", announce(id, "timer")),
      announce(id, "third"),
    ],
  })
  const { bank, post, clock, works, parked, retry } = await begin(t, [three])
  let refuses = true
  post.answer = ({ fields }) =>
    refuses && Object(fields).to === "first"
      ? Promise.reject(new Invalid({ message: "no such field" }))
      : Promise.resolve(accepted)
  await bank.say("a-1", Open())
  await parked(1)
  await clock.advance(3_600_001, () => Promise.resolve())
  await until(() => asked(post).includes("a-1 timer"))
  assert.deepEqual(asked(post), ["a-1 first", "a-1 third", "a-1 first", "a-1 timer"])
  // What was answered before it was parked is not asked again.
  assert.deepEqual((await works())[0]?.done.length, 2)
  refuses = false
  await retry("post.three", "a-1")
  await parked(0)
  assert.deepEqual(asked(post).slice(4), ["a-1 first"])
})

test("an outage is waited out for longer than a failure", async (t) => {
  const options = { attempts: 2, retryFor: "1 millis", retryOutagesFor: "1 day" } as const
  const mailing = policyOf("mailing", { Opened: (_, { id }) => announce(id) }, options)
  const { bank, post, works, idle } = await begin(t, [mailing])
  post.answer = (_, count) =>
    count < 5
      ? Promise.reject(new Unavailable({ message: "the post is away" }))
      : Promise.resolve(accepted)
  await bank.say("a-1", Open())
  await post.until(5)
  await idle()
  assert.deepEqual(await works(), [])
})

test("an outage without an end is parked at last", async (t) => {
  const options = { retryOutagesFor: "50 millis" } as const
  const mailing = policyOf("mailing", { Opened: (_, { id }) => announce(id) }, options)
  const { bank, post, works, parked } = await begin(t, [mailing])
  post.answer = () => Promise.reject(new Unavailable({ message: "the post is away" }))
  await bank.say("a-1", Open())
  await parked(1)
  assert.equal((await works())[0]?.reason, "the post is away")
})

test("a timer whose command is gone is parked, and can be retried", async (t) => {
  const mailing = policyOf("mailing", { Opened: (_, { id }) => later("1 hour", announce(id)) })
  const { bank, post, clock, works, parked, retryTimer, running, idle } = await begin(t, [mailing])
  const gone = (): ReturnType<Post["answer"]> =>
    Promise.reject(new NotFound({ message: "post.letter has no command Send" }))
  post.answer = gone
  await bank.say("a-1", Open())
  await idle()
  await clock.advance(3_600_001, () => Promise.resolve())
  await parked(1)
  const [work] = await works()
  assert.deepEqual([work?.kind, work?.of], ["timer", "e-bank-1-0-0"])
  assert.equal(work?.what, "Send of post.letter a-1")
  assert.deepEqual(running().parked().named, ["the timer e-bank-1-0-0 of post.mailing"])
  await idle()
  const ids: Asked["commandId"][] = []
  post.answer = ({ commandId }) => {
    ids.push(commandId)
    return Promise.resolve(accepted)
  }
  await retryTimer("post.mailing", "e-bank-1-0-0")
  await parked(0)
  assert.deepEqual(ids, ["post.mailing/bank:1/0/0"])
})

test("an ask of an actor that the application no longer has is parked", async (t) => {
  const mailing = policyOf("mailing", { Opened: (_, { id }) => announce(id) })
  const contracts = new Set(["bank.account", "post.parcel"])
  const { bank, works, parked } = await begin(t, [mailing], { contracts })
  await bank.say("a-1", Open())
  await parked(1)
  assert.match((await works())[0]?.reason ?? "", /this application has no actor post\.letter/)
})

test("a policy cannot be impatient without measure", () => {
  const wrong = (options: Options, reason: RegExp) =>
    assert.throws(() => policyOf("wrong", {}, options), reason)
  wrong({ attempts: 0 }, /attempts of the policy post\.wrong is a whole number from 1 on/)
  wrong({ timeLimit: "0 seconds" }, /timeLimit of the policy post\.wrong is longer than nothing/)
})
