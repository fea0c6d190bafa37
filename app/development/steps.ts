/** The list of steps that a person sees while the system starts. */
import { performance } from "node:perf_hooks"
import process from "node:process"

/** Where the list is written. Only a terminal can rewrite its lines. */
export interface StepOutput {
  readonly isTerminal: boolean
  write(text: string): void
}

/** Standard output; lines are drawn again only on a terminal. */
export const standardOutput: StepOutput = {
  isTerminal: process.stdout.isTTY === true,
  write: (text) => void process.stdout.write(text),
}

/** Shows what a running step is doing now. */
export type Note = (text: string) => void

/** A list of steps. Several can run at the same time. */
export interface Steps {
  /** Runs a step and shows how long it took. `done` turns its result into the final title. */
  run<Result>(
    title: string,
    work: (note: Note) => Promise<Result>,
    done?: (result: Result) => string,
  ): Promise<Result>
}

interface Line {
  text: string
  state: "running" | "done" | "failed"
  readonly startedMs: number
  endedMs?: number
}

const marks = { running: "·", done: "✓", failed: "✗" }

/** A list that a terminal updates in place. A file or pipe gets one line per change. */
export function createSteps(
  output: StepOutput,
  now: () => number = () => performance.now(),
): Steps {
  const lines: Array<Line> = []
  let shown = 0
  const draw = (line: Line) => {
    if (!output.isTerminal) return output.write(render(line, now()))
    const up = shown === 0 ? "" : `\x1b[${shown}A`
    shown = lines.length
    output.write(up + lines.map((each) => `\x1b[2K${render(each, now())}`).join(""))
  }
  return {
    async run(title, work, done) {
      const line: Line = { text: title, state: "running", startedMs: now() }
      lines.push(line)
      if (output.isTerminal) draw(line)
      try {
        const result = await work((text) => {
          line.text = `${title}: ${text}`
          draw(line)
        })
        line.text = done?.(result) ?? title
        line.state = "done"
        return result
      } catch (error) {
        line.text = title
        line.state = "failed"
        throw error
      } finally {
        line.endedMs = now()
        draw(line)
      }
    },
  }
}

function render(line: Line, nowMs: number): string {
  const seconds = ((line.endedMs ?? nowMs) - line.startedMs) / 1000
  const duration = line.state === "running" ? "" : ` (${seconds.toFixed(1)} s)`
  return `  ${marks[line.state]} ${line.text}${duration}\n`
}
