/** Probes in the shop's process: how long its event loop was held, and which streams it serves. */
import { createServer } from "node:net"
import process from "node:process"
import { loopback } from "../../app/development/port.ts"
import { METRIC, METRICS } from "../../wire/internal.ts"
import { threadTimes } from "./run-queue.ts"

const PERIOD_MS = 4

/** How long the event loop was on a processor. Without that count, the time of the process. */
const ranMs = (): number => {
  const { user, system } = process.cpuUsage()
  return threadTimes(process.pid)?.ranMs ?? (user + system) / 1_000
}

let [seenMs, ranBeforeMs, worstMs] = [performance.now(), ranMs(), 0]

/**
 * The loop was held for as long as this timer was late, but no longer than it ran meanwhile: a
 * process that the system has suspended does not hold anything up itself.
 */
const look = () => {
  const [nowMs, ranNowMs] = [performance.now(), ranMs()]
  worstMs = Math.max(worstMs, Math.min(nowMs - seenMs - PERIOD_MS, ranNowMs - ranBeforeMs))
  seenMs = nowMs
  ranBeforeMs = ranNowMs
}

/** Answers each connection with the longest hold since the last one, in milliseconds. */
export const startProbe = (port: number): void => {
  setInterval(look, PERIOD_MS).unref()
  createServer((socket) => {
    look()
    socket.on("error", () => {})
    socket.end(`${worstMs.toFixed(1)} ${process.memoryUsage().rss}\n`)
    worstMs = 0
  }).listen(port, loopback).unref()
}

const liveStreams = async (): Promise<number> => {
  const { numbers } = await METRICS.read()
  const found = numbers.find(({ definition }) => definition === METRIC.liveStreams)
  const [point] = found?.points ?? []
  if (!point) throw new Error("the shop counts no live streams")
  return point.value
}

/** Answers each connection with the number of live streams. All gauges are read, so ask seldom. */
export const startStreamsProbe = (port: number): void => {
  createServer((socket) => {
    socket.on("error", () => {})
    // Without a count it says nothing, and the attack fails.
    void liveStreams().then((count) => socket.end(String(count)), () => socket.destroy())
  }).listen(port, loopback).unref()
}
