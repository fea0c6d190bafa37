/** A probe in the shop's process: how long its event loop was held at most since it was asked. */
import { createServer } from "node:net"
import process from "node:process"
import { loopback } from "../../app/development/port.ts"
import { threadTimes } from "./run-queue.ts"

const PERIOD_MS = 4

/** For how long the event loop was on a processor; where nobody counts that, the whole process. */
const ranMs = (): number => {
  const { user, system } = process.cpuUsage()
  return threadTimes(process.pid)?.ranMs ?? (user + system) / 1_000
}

let [seenMs, ranBeforeMs, worstMs] = [performance.now(), ranMs(), 0]

/**
 * The loop was held for as long as it was late, but no longer than it was running meanwhile: a
 * process that the system has put aside holds nobody up by itself.
 */
const look = () => {
  const [nowMs, ranNowMs] = [performance.now(), ranMs()]
  worstMs = Math.max(worstMs, Math.min(nowMs - seenMs - PERIOD_MS, ranNowMs - ranBeforeMs))
  seenMs = nowMs
  ranBeforeMs = ranNowMs
}

/** Answers everybody who connects with the worst since the last one, in milliseconds. */
export const startProbe = (port: number): void => {
  setInterval(look, PERIOD_MS).unref()
  createServer((socket) => {
    look()
    socket.on("error", () => {})
    socket.end(`${worstMs.toFixed(1)} ${process.memoryUsage().rss}\n`)
    worstMs = 0
  }).listen(port, loopback).unref()
}
