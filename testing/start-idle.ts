/** The start command with an application that does nothing, for the tests of the start command. */
import { createServer } from "node:http"
import process from "node:process"
import { runUntilSignal } from "../app/development/run-until-signal.ts"
import { runSystem, type StartApplication } from "../app/development/system.ts"

/** `IDLE_BEHAVIOUR=fails` makes it fail to start, and `hangs` makes it never stop. */
const startIdle: StartApplication = async ({ port }) => {
  const behaviour = process.env.IDLE_BEHAVIOUR
  if (behaviour === "fails") throw new Error("the menu is missing")
  const server = createServer((_request, response) => response.end("idle"))
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        if (behaviour !== "hangs") server.close(() => resolve())
      }),
  }
}

const output = { isTerminal: false, write: (text: string) => void process.stdout.write(text) }

await runUntilSignal(runSystem(process.env, startIdle, output))
