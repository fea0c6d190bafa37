/** A process that starts a server and waits, for the tests that kill it. */
import process from "node:process"
import { startChild } from "../app/development/child.ts"
import { until } from "./until.ts"

/** Can receive SIGINT, as real servers can; what a shell starts in the background ignores it. */
const script = `
const process = require("node:process")
process.on("SIGINT", () => console.log("the server was interrupted"))
process.on("SIGTERM", () => process.exit(0))
setInterval(() => {}, 60_000)
console.log("up")
`

const child = await startChild({
  name: "waiting server",
  program: process.execPath,
  args: ["deno" in process.versions ? "eval" : "-e", script],
  stopSignal: "TERM",
  stopGraceMs: 3_000,
})
process.on("SIGINT", () => process.stdout.write("interrupted\n"))
process.on("SIGTERM", async () => {
  await child.stop()
  process.stdout.write(child.recentLines().join("\n") + "\nstopped\n")
})
await until(() => child.recentLines().includes("up"))
process.stdout.write(`server ${child.pid}\n`)
