/** Tests of unreadable messages: they stop no other actor, and an operator can step over them. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { App } from "../app/mod.ts"
import { createNamespace } from "../testing/namespace.ts"
import { until } from "../testing/until.ts"
import { encodeCommit, logSubject, natsWire, NO_HEADERS } from "../wire/internal.ts"
import { Operator } from "./fixtures/operator.ts"
import { sacks } from "./fixtures/sacks.ts"

const utf8 = new TextEncoder()
const RUBBISH = Uint8Array.from([0xc1, 0x00, 0xff])

interface Scope {
  after(work: () => Promise<void>): void
}

const opened = async (scope: Scope) => {
  const servers = await createNamespace()
  const wire = await natsWire({ url: servers.natsUrl, name: "poison" })
  const operator = await Operator.open(scope, servers, {
    app: sacks,
    module: "cli/fixtures/sacks.ts",
  })
  scope.after(() => wire.close())
  const start = async () => {
    const app = await App.start(sacks, { ...servers, port: 0 })
    scope.after(() => app.stop())
    return app
  }
  /** Stores a message in a log; resolves to its sequence. */
  const poison = (subject: string, payload: Uint8Array): Promise<number> =>
    new Promise((resolve, reject) =>
      wire.request(subject, payload, NO_HEADERS, 5_000, (reply) => {
        if (reply.type !== "reply") return reject(new Error(reply.type))
        const { seq } = JSON.parse(new TextDecoder().decode(reply.payload))
        resolve(seq)
      })
    )
  return { operator, start, poison }
}

type Started = Awaited<ReturnType<typeof App.start>>

/** The fields of answers that these tests read. */
interface Body {
  readonly position: string
  readonly version: number
  readonly detail: string
  readonly reference: string
  readonly state: number
  readonly sum: number
  readonly times: number
  readonly events: readonly { readonly data: unknown }[]
  readonly skipped: readonly {
    readonly position: string
    readonly after: number
    readonly reason: string
  }[]
}

const fill = async (app: Started, id: string, count: number) => {
  const response = await app.fetch(`/mill/sack/${id}/Fill`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ count }),
  })
  return { status: response.status, body: await response.json() as Body }
}

const read = async (app: Started, path: string, after?: string) => {
  const headers: Record<string, string> = after === undefined ? {} : { "leftfold-after": after }
  const response = await app.fetch(path, { headers })
  return { status: response.status, body: await response.json() as Body }
}

/** A made-up commit. */
const forged = (base: number, ancestors: number[], count: unknown = 5, schema = 1) =>
  encodeCommit({
    base,
    ancestors,
    events: [{ type: "Filled", schema, data: { count }, command: "x", time: 1 }],
  })

test("an unreadable message stops no other actor, view or policy, and is reported", async (t) => {
  const { operator, start, poison } = await opened(t)
  const app = await start()
  await fill(app, "tea", 1)
  const subjects = [
    logSubject("mill.sack", "tea"),
    logSubject("mill.sack", "never-was"),
    "evt.mill.sack.*.wild",
    "evt.mill.sack.7.other-slice",
    "evt.mill.sack.1.too.many.tokens",
    "evt.mill.sack",
    "evt.mill.unknown.1.a",
  ]
  const places: number[] = []
  for (const subject of subjects) places.push(await poison(subject, RUBBISH))
  for (const [index, bytes] of [utf8.encode("{}"), new Uint8Array(), utf8.encode("x")].entries()) {
    places.push(await poison(logSubject("mill.sack", `odd-${index}`), bytes))
  }
  const { status, body: { position } } = await fill(app, "honest", 2)
  assert.equal(status, 200)
  assert.equal((await read(app, "/mill/sack-list/honest", position)).body.sum, 2)
  assert.equal((await read(app, "/mill/counts/2", position)).body.times, 1)
  assert.equal((await read(app, "/mill/sack-list/tea", position)).body.sum, 1)
  await until(async () => (await read(app, "/bakery/loaf/honest")).body.state === 2)
  const stopped = await fill(app, "tea", 3)
  assert.equal(stopped.status, 500)
  assert.match(stopped.body.detail, /^mill\.sack tea: its log cannot be read at mill:2: /)
  assert.match(stopped.body.detail, /leftfold skip mill:2 --reason/)
  const again = await fill(app, "tea", 3)
  assert.equal(again.body.reference, stopped.body.reference)
  const state = await read(app, "/mill/sack/tea")
  assert.equal(state.status, 500)
  assert.match(state.body.detail, /leftfold skip mill:2 --reason/)
  await until(async () => (await app.fetch("/readyz")).status === 200)
  // A view looks into its store for them from time to time.
  await until(async () => /messages of the log/.test((await operator.run("health")).stdout))
  const healthy = await operator.run("health")
  assert.equal(healthy.code, 0, healthy.stdout + healthy.stderr)
  assert.match(healthy.stdout, /mill\.sack-list: 8 messages of the log cannot be read/)
  assert.match(healthy.stdout, /mill:2: .*is not a commit/)
  const listed = await operator.run("parked")
  assert.match(
    listed.stdout,
    /mill:4 +evt\.mill\.sack\.\*\.wild .* this subject belongs to no actor/,
  )
  assert.match(listed.stdout, /8 messages cannot be read/)
  assert.match(listed.stdout, /nothing is parked/)
})

test("after an operator steps over a message, actors, views and policies agree", async (t) => {
  const { operator, start, poison } = await opened(t)
  const app = await start()
  await fill(app, "tea", 1)
  await fill(app, "tea", 2)
  const rubbish = await poison(logSubject("mill.sack", "tea"), RUBBISH)
  const second = await poison(logSubject("mill.sack", "tea"), RUBBISH)
  assert.equal((await fill(app, "tea", 3)).status, 500)
  // A view that comes to a message only after that was stepped over makes no note of it.
  await until(async () => /mill:4 /.test((await operator.run("parked")).stdout))
  const fine = await operator.run("skip", "mill:1", "--reason", "why not")
  assert.equal(fine.code, 1)
  assert.match(fine.stderr, /mill:1 can be read/)
  const early = await operator.run("skip", `mill:${second}`, "--reason", "why not")
  assert.match(early.stderr, /mill:3 is before it .* step over that one first/)
  assert.match((await operator.run("skip", "mill:99", "--reason", "x")).stderr, /has no message at/)
  const skipped = await operator.run("skip", `mill:${rubbish}`, "--reason", "a line of noise")
  assert.equal(skipped.code, 0, skipped.stderr)
  assert.equal((await fill(app, "tea", 3)).status, 500)
  assert.equal((await operator.run("skip", `mill:${second}`, "--reason", "more")).code, 0)
  const filled = await fill(app, "tea", 3)
  assert.equal(filled.status, 200, JSON.stringify(filled.body))
  assert.equal(filled.body.version, 3)
  const { position } = filled.body
  assert.equal((await read(app, "/mill/sack-list/tea", position)).body.sum, 6)
  assert.equal((await read(app, "/mill/sack/tea")).body.state, 6)
  const { body: history } = await read(app, "/mill/sack/tea/history")
  assert.deepEqual(
    history.skipped.map(({ position, after, reason }) => [position, after, reason]),
    [
      ["mill:3", 2, "a line of noise"],
      ["mill:4", 2, "more"],
    ],
  )
  assert.deepEqual(history.events.map(({ data }) => data), [
    { count: 1 },
    { count: 2 },
    { count: 3 },
  ])
  await until(async () => (await read(app, "/bakery/loaf/tea")).body.state === 6)
  const listed = await operator.run("parked")
  assert.match(listed.stdout, /mill:3 .* by \S+ at .*: a line of noise/)
  assert.doesNotMatch(listed.stdout, /cannot be read: views/)
  await until(async () => !(await operator.run("health")).stdout.includes("cannot be read"))
  assert.equal((await operator.run("reconcile", "sack-list")).code, 0)
  assert.equal((await operator.run("rebuild", "counts")).code, 0)
  assert.equal((await operator.run("skip", `mill:${second}`, "--reason", "twice")).code, 0)
  await app.stop()
  const restarted = await start()
  assert.equal((await fill(restarted, "tea", 4)).body.version, 4)
})

test("a made-up commit is stepped over, and a view that has folded it is repaired", async (t) => {
  const { operator, start, poison } = await opened(t)
  const app = await start()
  await fill(app, "tea", 1)
  const orphan = await poison(logSubject("mill.sack", "tea"), forged(5, []))
  const { body: { position } } = await fill(app, "b", 1)
  assert.equal((await read(app, "/mill/sack-list/tea", position)).body.sum, 6)
  const stopped = await fill(app, "tea", 2)
  assert.equal(stopped.status, 500)
  assert.match(stopped.body.detail, /leftfold skip mill:2/)
  const skipped = await operator.run("skip", `mill:${orphan}`, "--reason", "nobody's commit")
  assert.equal(skipped.code, 0, skipped.stderr)
  const filled = await fill(app, "tea", 2)
  assert.equal(filled.status, 200, JSON.stringify(filled.body))
  await read(app, "/mill/sack-list/tea", filled.body.position)
  assert.equal((await operator.run("reconcile", "sack-list", "--repair")).code, 0)
  assert.equal((await read(app, "/mill/sack-list/tea")).body.sum, 3)
  assert.equal((await read(app, "/mill/sack/tea")).body.state, 3)
})

test("a commit of an unknown version is stepped over, and parked events are folded", async (t) => {
  const { operator, start, poison } = await opened(t)
  const app = await start()
  await fill(app, "tea", 1)
  const newer = await poison(logSubject("mill.sack", "tea"), forged(1, [1], 5, 99))
  const next = await poison(logSubject("mill.sack", "tea"), forged(2, [1, 2], 7))
  const { body: { position } } = await fill(app, "b", 1)
  assert.equal((await read(app, "/mill/sack-list/b", position)).status, 200)
  assert.equal((await fill(app, "tea", 2)).status, 503)
  const [parked] = await operator.json(0, "parked", "sack-list")
  assert.deepEqual(parked.map((each: { key: string }) => each.key), ["tea", "tea"])
  const skipped = await operator.run("skip", `mill:${newer}`, "--reason", "of no version")
  assert.equal(skipped.code, 0, skipped.stderr)
  assert.match(skipped.stdout, /no longer parked/)
  const filled = await fill(app, "tea", 2)
  assert.equal(filled.status, 200, JSON.stringify(filled.body))
  assert.equal(filled.body.version, 4)
  assert.equal(next, newer + 1)
  assert.equal((await read(app, "/mill/sack-list/tea", filled.body.position)).body.sum, 10)
  await until(async () => (await read(app, "/bakery/loaf/tea")).body.state === 10)
  assert.equal((await operator.run("reconcile", "sack-list")).code, 0)
  await until(async () => {
    const [total] = await operator.sql`select sum(count)::integer as sum from mill.total__total`
    return total?.["sum"] === 11
  })
})

test("an event that does not fit its contract stops its actor, which says why", async (t) => {
  const { operator, start, poison } = await opened(t)
  const app = await start()
  await fill(app, "tea", 1)
  const odd = await poison(logSubject("mill.sack", "tea"), forged(1, [1], "a secret"))
  const stopped = await fill(app, "tea", 2)
  assert.equal(stopped.status, 500)
  assert.match(stopped.body.detail, /the event Filled at mill:2 does not fit its contract/)
  assert.match(stopped.body.detail, /leftfold skip mill:2 --reason/)
  assert.doesNotMatch(stopped.body.detail, /secret/)
  const skipped = await operator.run("skip", `mill:${odd}`, "--reason", "odd")
  assert.equal(skipped.code, 0, skipped.stderr)
  assert.equal((await fill(app, "tea", 2)).body.version, 3)
})

test("very many unreadable messages hold up no policy", async (t) => {
  const { operator, start, poison } = await opened(t)
  const app = await start()
  const MANY = 9_000
  for (let from = 0; from < MANY; from += 500) {
    await Promise.all(
      Array.from(
        { length: 500 },
        (_, index) => poison(logSubject("mill.sack", `r-${from + index}`), RUBBISH),
      ),
    )
  }
  const { body: { position } } = await fill(app, "honest", 2)
  await until(async () => (await read(app, "/bakery/loaf/honest")).body.state === 2)
  await until(async () => (await read(app, "/mill/sack-list/honest", position)).body.sum === 2)
  // Views still fold the flood and so are not ready; the health of policies does not wait for them.
  await until(async () => (await operator.run("health")).code === 0)
  const [{ policies }] = await operator.json(0, "health")
  assert.equal(policies.unreadableCount, MANY)
  assert.equal(policies.unreadable.length, 20)
  const skipped = await operator.run("skip", "--all", "--reason", "a flood")
  assert.equal(skipped.code, 0, skipped.stderr)
  assert.match(skipped.stdout, /and 8980 more/)
  await until(async () => {
    const [{ policies }] = await operator.json(0, "health")
    return policies.unreadableCount === undefined
  })
  assert.equal((await fill(app, "r-17", 4)).body.version, 1)
})
