/** A probe in the shop's process: the longest hold of the event loop since the last question. */
import { createServer } from "node:net"
import process from "node:process"
import { loopback } from "../../app/development/port.ts"
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
