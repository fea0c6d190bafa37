/** What a stream of events looks like, and what becomes of clients that do not read or go away. */
import assert from "node:assert/strict"
import { connect } from "node:net"
import type { TestContext } from "node:test"
import { test } from "../testing/test.ts"
import { setImmediate } from "node:timers/promises"
import { Hono } from "hono"
import { Backlog } from "./backlog.ts"
import { eventsOf } from "./fixtures/events.ts"
import { eventStream, type Patience } from "./event-stream.ts"
import { EVENT_BYTES } from "./limits.ts"
import type { Watcher } from "./live-query.ts"
import { serveGateway } from "./serve.ts"
import type { Shown } from "./live-answer.ts"
import { until } from "../testing/until.ts"

const result = (data: unknown, position = ""): Shown => ({
  kind: "result",
  data: JSON.stringify(data),
  position,
})

/** An app that streams to every client, and the list of these clients. */
const streaming = (patience: Patience = {}, backlog = new Backlog()) => {
  const watchers = new Set<Watcher>()
  const app = new Hono()
  app.get("/", (context) =>
    eventStream(context, result(1, "desk:1"), (watcher) => {
      watchers.add(watcher)
      return { close: () => watchers.delete(watcher) }
    }, { patience, backlog }))
  const show = (shown: Shown) => watchers.forEach((watcher) => watcher.shown(shown))
  const none = async () => {
    await until(() => watchers.size === 0)
  }
  return { app, watchers, show, none }
}

test("the first answer comes at once, then each that differs, with its position", async () => {
  const { app, show, watchers, none } = streaming()
  const events = eventsOf(await app.request("/"))
  assert.deepEqual(await events.next(), { event: "message", data: 1, id: "desk:1" })
  show(result(1, "desk:1"))
  show(result(1, ""))
  await setImmediate()
  show(result(2, "desk:3"))
  assert.deepEqual(await events.next(), { event: "message", data: 2, id: "desk:3" })
  show({ kind: "gone", data: "null", position: "" })
  assert.deepEqual(await events.next(), { event: "gone", data: null, id: undefined })
  show({ kind: "problem", data: '{"title":"Unavailable"}', position: "" })
  assert.equal((await events.next())?.event, "problem")
  show(result(2, "desk:3"))
  assert.deepEqual(await events.next(), { event: "message", data: 2, id: "desk:3" })
  for (const watcher of watchers) watcher.ended({ kind: "problem", data: "{}", position: "" })
  assert.equal((await events.next())?.event, "problem")
  assert.equal(await events.next(), undefined)
  await none()
})

test("nothing is shown after the end, and the end that came first is told", async () => {
  const { app, watchers, none } = streaming()
  const events = eventsOf(await app.request("/"))
  await events.next()
  const [watcher] = [...watchers]
  assert.ok(watcher)
  watcher.ended({ kind: "problem", data: '"signed out"', position: "" })
  watcher.shown(result("a secret", "desk:2"))
  watcher.ended({ kind: "problem", data: '"stops"', position: "" })
  assert.deepEqual((await events.next())?.data, "signed out")
  assert.equal(await events.next(), undefined)
  await none()
})

test("an answer that is the same further on is told by its position alone", async () => {
  const { app, show } = streaming()
  const events = eventsOf(await app.request("/"))
  await events.next()
  show(result(1, "desk:2"))
  assert.deepEqual(await events.next(), { event: "position", data: "desk:2", id: "desk:2" })
  await events.leave()
})

test("the first event says how soon to come back", async () => {
  const { app, none } = streaming()
  const response = await app.request("/")
  const reader = response.body!.getReader()
  const text = new TextDecoder().decode((await reader.read()).value)
  assert.equal(text, "data: 1\nid: desk:1\nretry: 1000\n\n")
  await reader.cancel()
  await none()
})

test("a stream on which nothing happens says that it is alive", async () => {
  const { app, none } = streaming({ heartbeatMs: 5 })
  const events = eventsOf(await app.request("/"))
  await events.next()
  await events.comment()
  await events.comment()
  await events.leave()
  await none()
})

test("who reads slowly gets the last answer, and not all before it", async () => {
  const { app, show, none } = streaming()
  const events = eventsOf(await app.request("/"))
  await events.next()
  for (let count = 2; count <= 1_000; count++) {
    show(result(count))
    await setImmediate()
  }
  let [seen, last] = [0, 0]
  while (last < 1_000) {
    last = (await events.next())?.data as number
    seen++
  }
  assert.ok(seen <= 4, `${seen} events`)
  await events.leave()
  await none()
})

const served = async (t: TestContext, patience: Patience = {}, backlog = new Backlog()) => {
  const made = streaming(patience, backlog)
  const server = await serveGateway(made.app, { port: 0, host: "127.0.0.1" })
  t.after(() => server.stop())
  return { ...made, url: new URL(server.url) }
}

/** A client that asks and reads no further than the first event, and whether it was cut off. */
const lazyClient = async (t: TestContext, { hostname, port }: URL) => {
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\n\r\n`)
  await new Promise((resolve) => socket.once("data", resolve))
  socket.pause()
  const gone = new Promise<void>((resolve) => {
    socket.once("error", () => resolve())
    socket.once("close", () => resolve())
  })
  return { socket, gone }
}

test("a client that leaves what it was sent unread is cut off, and its stream ends", async (t) => {
  const { url, show, none, watchers } = await served(t, { unreadMs: 200 })
  const { socket, gone } = await lazyClient(t, url)
  const text = "x".repeat(1_000_000)
  let sent = 0
  while (watchers.size > 0) {
    show(result(`${sent++} ${text}`))
    await setImmediate()
  }
  await none()
  let last = ""
  socket.on("data", (chunk) => last = chunk.toString("latin1").slice(-5))
  socket.resume()
  await gone
  assert.notEqual(last, "0\r\n\r\n", "it was ended and not cut off")
})

test("a client that goes away is forgotten", async (t) => {
  const { url, none, watchers } = await served(t)
  const clients = [await lazyClient(t, url), await lazyClient(t, url)]
  assert.equal(watchers.size, 2)
  for (const { socket } of clients) socket.destroy()
  await none()
})

/** Sends rows of 2 MB, of which a connection itself takes some, while `more` says so. */
const flood = async (show: (round: number) => Promise<void> | void, more: () => boolean) => {
  for (let round = 0; more(); round++) {
    assert.ok(round < 400, "what was sent was read by nobody, and yet nothing waits")
    await show(round)
    await setImmediate()
  }
}

const ROW = "x".repeat(2_000_000)

test("slow readers of big rows keep no more than the budget: the slowest are cut", async (t) => {
  const backlog = new Backlog(20_000_000)
  const { url, watchers } = await served(t, {}, backlog)
  const clients = []
  for (let count = 0; count < 24; count++) clients.push(await lazyClient(t, url))
  const streams = [...watchers]
  assert.equal(streams.length, 24)
  await flood((round) => {
    for (const [index, watcher] of streams.entries()) {
      if (watchers.has(watcher)) watcher.shown(result(`${round} ${index} ${ROW}`))
    }
  }, () => watchers.size > 10)
  assert.ok(backlog.bytes <= 20_000_000, `${backlog.bytes} bytes`)
  assert.ok(watchers.size >= 4, `${watchers.size} streams are left`)
  const cut = clients.filter((_, index) => !watchers.has(streams[index]!))
  await Promise.all(cut.map(({ socket, gone }) => {
    socket.resume()
    return gone
  }))
})

test("a row that many watch is kept once, and a client that reads is not cut", async (t) => {
  const backlog = new Backlog(30_000_000)
  // Deno notices that a client has gone when it writes to it.
  const { url, show, watchers, none } = await served(t, { heartbeatMs: 2_000 }, backlog)
  const slow = []
  for (let count = 0; count < 20; count++) slow.push(await lazyClient(t, url))
  const events = eventsOf(await fetch(url))
  await events.next()
  let rounds = 0
  await flood(async (round) => {
    show(result(`${round} ${ROW}`))
    assert.equal((await events.next())?.data, `${round} ${ROW}`)
    if (backlog.bytes > 0) rounds++
  }, () => rounds < 5)
  assert.equal(watchers.size, 21)
  assert.ok(backlog.bytes > 0 && backlog.bytes <= 30_000_000, `${backlog.bytes} bytes`)
  await events.leave()
  for (const { socket } of slow) socket.destroy()
  await none()
  assert.equal(backlog.bytes, 0)
})

test("an answer larger than an event may be is a problem that names the limit", async () => {
  const { app, show, none } = streaming()
  const events = eventsOf(await app.request("/"))
  await events.next()
  for (const text of ["x".repeat(EVENT_BYTES), "\u00e9".repeat(EVENT_BYTES / 2)]) {
    show(result(text))
    const { event, data } = (await events.next())!
    const { title, detail } = data as { title: string; detail: string }
    assert.deepEqual([event, title], ["problem", "TooLarge"])
    assert.match(detail, new RegExp(`an event has at most ${EVENT_BYTES}`))
    show(result("short"))
    assert.equal((await events.next())?.data, "short")
  }
  await events.leave()
  await none()
})
