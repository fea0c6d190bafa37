/** Imports a file of events and commands into the logs of an application. */
import { stat } from "node:fs/promises"
import { natsJournal } from "../../actors/internal.ts"
import { createClient, logSubject, type NatsWire } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { ActorImport, type Imported, type ImportServices, type WrongLine } from "./actor-import.ts"
import { type FileLine, fileLines } from "./file-lines.ts"
import { type ImportLine, importLine, type LineOptions } from "./import-line.ts"
import { LogEnds } from "./log-end.ts"
import { IMPORT } from "./limits.ts"

/** The progress of an import: bytes of its file. */
export type ImportProgress = (progress: { readonly done: number; readonly of: number }) => void

/** Which file is imported, and how. */
export interface ImportOptions {
  readonly path: string
  /** The name under which lines without an id are known. */
  readonly source: string
  readonly progress: ImportProgress
  readonly signal?: AbortSignal
}

/** What was found in a file. */
export interface Checked {
  /** How many lines hold an event or a command. */
  readonly lines: number
  /** The first wrong lines, and how many there are. */
  readonly wrong: readonly WrongLine[]
  readonly wrongCount: number
}

/** The result of an import. */
export interface ImportResult extends Checked {
  readonly written: number
  readonly present: number
}

class WrongLines {
  readonly named: WrongLine[] = []
  count = 0

  add(line: WrongLine): void {
    this.count++
    if (this.named.length < IMPORT.named) this.named.push(line)
  }
}

const lineOptions = (app: AppDefinition, { source }: ImportOptions): LineOptions => ({
  contracts: new Map(app.actors.map(({ contract }) => [contract.name, contract])),
  source,
  now: Date.now(),
})

/** The lines of a file, some at a time, with the progress after each piece. */
async function* linesOf({ path, progress, signal }: ImportOptions): AsyncGenerator<
  readonly FileLine[]
> {
  const { size } = await stat(path)
  for await (const lines of fileLines(path)) {
    signal?.throwIfAborted()
    yield lines
    const last = lines.at(-1)
    if (last) progress({ done: last.end, of: size })
  }
}

/** The times of the last events of the actors that came most recently. */
class LastTimes {
  readonly #times = new Map<string, number>()

  /** Why the time of this line is wrong, if it is. */
  problemOf(line: ImportLine): string | undefined {
    if (!("event" in line)) return undefined
    const subject = logSubject(line.contract.name, line.id)
    const before = this.#times.get(subject) ?? 0
    const { time } = line.event
    this.#times.delete(subject)
    this.#times.set(subject, Math.max(time, before))
    if (this.#times.size > IMPORT.remembered) {
      for (const oldest of this.#times.keys()) {
        this.#times.delete(oldest)
        break
      }
    }
    if (time >= before) return undefined
    return `${line.contract.name} ${line.id} has a later event in an earlier line, of ` +
      `${new Date(before).toISOString()}: sort the lines of each actor by time`
  }
}

/** Checks each line of a file against the contracts. Reads nothing else. */
export const checkImport = async (
  app: AppDefinition,
  options: ImportOptions,
): Promise<Checked> => {
  const understood = lineOptions(app, options)
  const [wrong, times] = [new WrongLines(), new LastTimes()]
  let count = 0
  for await (const lines of linesOf(options)) {
    for (const each of lines) {
      const line = importLine(each, understood)
      if (line === undefined) continue
      count++
      if ("problem" in line) wrong.add(line)
      else {
        const problem = times.problemOf(line)
        if (problem !== undefined) wrong.add({ line: line.line, problem })
      }
    }
  }
  return { lines: count, wrong: wrong.named, wrongCount: wrong.count }
}

/** The lines of each actor, in their order. */
const byActor = (lines: readonly ImportLine[]): ImportLine[][] => {
  const groups = new Map<string, ImportLine[]>()
  for (const line of lines) {
    const subject = logSubject(line.contract.name, line.id)
    const group = groups.get(subject)
    if (group) group.push(line)
    else groups.set(subject, [line])
  }
  return [...groups.values()]
}

/** Writes some lines, several actors at a time. Rejects once nothing is in flight. */
const write = async (
  services: ImportServices,
  lines: readonly ImportLine[],
  done: (imported: Imported) => void,
): Promise<void> => {
  const groups = byActor(lines).values()
  let failed: { readonly error: unknown } | undefined
  const worker = async () => {
    for (const group of groups) {
      if (failed) return
      try {
        done(await new ActorImport(services, group[0]!).run(group))
      } catch (error) {
        failed ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: IMPORT.actors }, worker))
  if (failed) throw failed.error
}

/**
 * Imports a file that was checked. What the logs have already is left out, so a file can be
 * imported again, also after an import that was killed. Rejects with `ImportStopped` or a failure;
 * lines that were written until then stay.
 */
export const importFile = async (
  wire: NatsWire,
  app: AppDefinition,
  options: ImportOptions,
): Promise<ImportResult> => {
  const understood = lineOptions(app, options)
  const services = {
    journal: natsJournal(wire),
    client: createClient(wire),
    ends: new LogEnds(),
  }
  const wrong = new WrongLines()
  const totals = { lines: 0, written: 0, present: 0 }
  const add = (imported: Imported) => {
    totals.written += imported.written
    totals.present += imported.present
    for (const each of imported.wrong) wrong.add(each)
  }
  let [chunk, bytes]: [ImportLine[], number] = [[], 0]
  const flush = async () => {
    const lines = chunk
    ;[chunk, bytes] = [[], 0]
    await write(services, lines, add)
  }
  for await (const lines of linesOf(options)) {
    for (const each of lines) {
      const line = importLine(each, understood)
      if (line === undefined) continue
      totals.lines++
      if ("problem" in line) {
        wrong.add(line)
        continue
      }
      chunk.push(line)
      bytes += line.bytes
      if (chunk.length >= IMPORT.lines || bytes >= IMPORT.bytes) await flush()
    }
  }
  await flush()
  return { ...totals, wrong: wrong.named, wrongCount: wrong.count }
}
