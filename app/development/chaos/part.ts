/** A part of a chaos run: a process that can be killed, paused, restarted and healed. */
import process from "node:process"
import { type Child, startChild } from "../child.ts"
import { scriptCommand } from "../script-command.ts"

/** A process that faults are injected into. */
export interface Part {
  readonly name: string
  readonly pid: () => number
  readonly kill: () => Promise<void>
  /** Asks it to end, as an upgrade does. */
  readonly stop: () => Promise<void>
  /** Starts it again after it was killed or stopped. */
  readonly start: () => Promise<void>
  /** Cuts it off from others of its kind and reconnects it; absent where this is impossible. */
  readonly cut?: () => void
  readonly mend?: () => void
}

/** How long a role can take to end when it is asked to, in milliseconds. */
const STOP_GRACE_MS = 8_000

/** Starts a script as a process that ends with this one. Does not wait until it is ready. */
export const startPart = async (
  name: string,
  script: URL,
  environment: Readonly<Record<string, string>>,
): Promise<Part & { readonly lastLines: () => readonly string[] }> => {
  const [program, ...args] = scriptCommand(script)
  const launch = (): Promise<Child> =>
    startChild({
      name,
      program,
      args,
      environment,
      stopSignal: "TERM",
      stopGraceMs: STOP_GRACE_MS,
    })
  let child = await launch()
  const lines: string[] = []
  const keep = () => void lines.push(...child.recentLines())
  return {
    name,
    pid: () => child.pid,
    kill: () => child.kill().then(keep),
    stop: () => child.stop().then(keep),
    start: async () => {
      child = await launch()
    },
    lastLines: () => [...lines, ...child.recentLines()],
  }
}

/** Suspends a process, or resumes it. */
export const signalPart = (part: Part, signal: "SIGSTOP" | "SIGCONT"): void => {
  process.kill(part.pid(), signal)
}
