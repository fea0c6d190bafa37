/** The lock of a data folder: the process id file of the server that uses it. */
import { readFile } from "node:fs/promises"
import process from "node:process"
import { Effect, Schedule } from "effect"
import { runCommand } from "./command.ts"
import { ServerError } from "./server-error.ts"

/** How long to wait for the server of a killed process to stop, in milliseconds. */
const patienceMs = 5_000

/**
 * Waits until no server uses the data that `pidFile` belongs to, because the servers of a killed
 * process take a moment to stop. Throws a `ServerError` when a server keeps running.
 */
export async function untilUnused(
  pidFile: string,
  program: string,
  waitMs = patienceMs,
): Promise<void> {
  const unused = Effect.tryPromise({
    try: () => requireUnused(pidFile, program),
    catch: (error) => error,
  })
  const attempts = Math.ceil(Math.min(waitMs, patienceMs) / 100)
  await Effect.runPromise(unused.pipe(
    Effect.retry({ schedule: Schedule.spaced("100 millis"), times: attempts }),
  ))
}

async function requireUnused(pidFile: string, program: string): Promise<void> {
  const text = await readFile(pidFile, "utf8").catch(() => "")
  const pid = Number.parseInt(text, 10)
  if (!Number.isSafeInteger(pid) || pid <= 1 || !await isRunning(pid, program)) return
  throw new ServerError(
    `${program} (process ${pid}) is running on this data already: stop it, or choose another ` +
      "folder with LEFTFOLD_DATA",
  )
}

/** Whether a process runs this program. Systems reuse process ids, so the name must match too. */
async function isRunning(pid: number, program: string): Promise<boolean> {
  const command = process.platform === "linux"
    ? await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")
    : (await runCommand("ps", ["-o", "comm=", "-p", String(pid)])).output
  return command.trim().split("/").at(-1) === program
}
