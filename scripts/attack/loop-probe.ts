/** A probe in the shop's process: how long its event loop was held at most since it was asked. */
import { createServer } from "node:net"
import process from "node:process"
import { loopback } from "../../app/development/port.ts"

const PERIOD_MS = 4

let [seenMs, worstMs] = [performance.now(), 0]
let used = process.cpuUsage()

/**
 * The loop was held for as long as it was late, but no longer than the process was running
 * meanwhile: a process that the system has put aside holds nobody up by itself.
 */
const look = () => {
  const nowMs = performance.now()
  const { user, system } = process.cpuUsage(used)
  worstMs = Math.max(worstMs, Math.min(nowMs - seenMs - PERIOD_MS, (user + system) / 1_000))
  seenMs = nowMs
  used = process.cpuUsage()
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
