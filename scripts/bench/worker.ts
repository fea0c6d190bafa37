/** A process of a benchmark that answers one line for each line that it gets. */
import { type ChildProcess, spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

/** A process that answers one line for each line that it gets. */
export interface Worker {
  readonly pid: number
  readonly tell: <T>(order: object) => Promise<T>
  readonly stop: () => Promise<void>
}

const program = (file: string, flags: readonly string[]): string[] => {
  const path = fileURLToPath(new URL(file, import.meta.url))
  if (!("Deno" in globalThis)) return [...flags, "--import", "tsx", path]
  const engine = flags.length > 0 ? [`--v8-flags=${flags.join(",")}`] : []
  return ["run", "-A", ...engine, path]
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.once("exit", () => resolve()))

/** Starts a file of this folder as a process of its own, with these flags of V8. */
export const startWorker = (file: string, flags: readonly string[] = []): Worker => {
  const child = spawn(process.execPath, program(file, flags), {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const waiting: { resolve: (value: never) => void; reject: (error: Error) => void }[] = []
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith("{")) return console.error(line)
    waiting.shift()?.resolve(JSON.parse(line) as never)
  })
  child.once("exit", (code) => {
    for (const { reject } of waiting) reject(new Error(`${file} ended with ${code}`))
  })
  return {
    pid: child.pid ?? 0,
    tell: (order) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify(order)}\n`)
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = ended(child)
      child.stdin.end()
      await gone
    },
  }
}

/** Runs this process as a worker: answers each order until the input ends. */
export const serveOrders = async (
  answer: (order: Record<string, unknown>) => Promise<object>,
  finish: () => Promise<void>,
): Promise<void> => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
  }
  await finish()
  process.exit(0)
}
