/** A process that starts a server and waits, for the tests that kill it. */
import process from "node:process"
import { startChild } from "../servers/child.ts"

const child = await startChild({
  name: "waiting server",
  program: "sh",
  args: ["-c", "while :; do sleep 0.05; done"],
  stopSignal: "TERM",
  stopGraceMs: 1_000,
})
process.on("SIGINT", () => process.stdout.write("interrupted\n"))
process.stdout.write(`server ${child.pid}\n`)
