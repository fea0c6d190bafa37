/** The import of one actor's lines: what its log has already is left out, the rest is appended. */
import { contentHash, type Journal } from "../../actors/internal.ts"
import { type AnyContract, messageOf, StoredProtobuf } from "../../contracts/internal.ts"
import {
  type Client,
  encodeCommit,
  logSubject,
  pause,
  type StoredCommit,
  type StoredEvent,
} from "../../wire/internal.ts"
import type { CommandLine, EventLine, ImportLine } from "./import-line.ts"
import { EMPTY, endAfter, type LogEnd, type LogEnds } from "./log-end.ts"
import { IMPORT } from "./limits.ts"

/** A line that cannot be imported, and why. */
export interface WrongLine {
  readonly line: number
  readonly problem: string
}

/** Why an import stops. What was written stays, and another run goes on behind it. */
export class ImportStopped extends Error {
  override readonly name = "ImportStopped"
}

/** What came of some lines. */
export interface Imported {
  /** How many were written, and how many were there already. */
  readonly written: number
  readonly present: number
  readonly wrong: readonly WrongLine[]
}

/** What an import works with. */
export interface ImportServices {
  readonly journal: Journal
  readonly client: Pick<Client, "askPlain">
  readonly ends: LogEnds
}

/** The stored events under some ids: how many there are of each content. */
type Found = Map<string, Map<string, number>>

const isEvent = (line: ImportLine): line is EventLine => "event" in line

/** The bytes of an event that tell whether a line says the same as the log. */
const contentOf = ({ codec }: AnyContract, stored: StoredEvent): string => {
  const { type, schema } = stored
  return JSON.stringify([type, schema, contentHash(type, codec.fields(stored) as object)])
}

const count = (counts: Map<string, number>, text: string): void =>
  void counts.set(text, (counts.get(text) ?? 0) + 1)

/** Takes one of a content away; false without one. */
const take = (counts: Map<string, number> | undefined, text: string): boolean => {
  const left = counts?.get(text) ?? 0
  if (left > 1) counts?.set(text, left - 1)
  else counts?.delete(text)
  return left > 0
}

/** Imports the lines of one actor, in their order. */
export class ActorImport {
  readonly #services: ImportServices
  readonly #contract: AnyContract
  readonly #name: string
  readonly #id: string
  readonly #subject: string
  readonly #wrong: WrongLine[] = []
  #written = 0
  #present = 0

  constructor(services: ImportServices, { contract, id }: ImportLine) {
    const { name } = contract
    this.#contract = contract
    this.#services = services
    this.#name = name
    this.#id = id
    this.#subject = logSubject(name, id)
  }

  /** Resolves once all lines are stored. Rejects when the log does not take them. */
  async run(lines: readonly ImportLine[]): Promise<Imported> {
    for (let at = 0; at < lines.length;) {
      const first = lines[at]!
      if (isEvent(first)) {
        let to = at + 1
        while (to < lines.length && isEvent(lines[to]!)) to++
        await this.#events(lines.slice(at, to) as EventLine[])
        at = to
      } else {
        await this.#command(first)
        at++
      }
    }
    return { written: this.#written, present: this.#present, wrong: this.#wrong }
  }

  async #events(lines: readonly EventLine[]): Promise<void> {
    let [left, end] = [lines, this.#services.ends.get(this.#subject) ?? EMPTY]
    let isKnown = end.passed === end.sequence
    for (let tries = 0; left.length > 0;) {
      if (!isKnown) {
        ;[left, end] = await this.#look(left, end.passed)
        isKnown = true
        continue
      }
      const batch = this.#batch(left, end.time)
      if (batch.length === 0) return
      const stored = await this.#append(batch, end)
      if (typeof stored === "string") {
        if (++tries >= IMPORT.tries) throw this.#stopped(`it takes no commit (${stored})`)
        // The first try assumes that the log is empty, which costs no read where it is.
        if (tries > 1) await pause(IMPORT.pauseMs)
        isKnown = false
        continue
      }
      end = stored
      this.#services.ends.set(this.#subject, end)
      this.#written += batch.length
      left = left.slice(batch.length)
    }
    this.#services.ends.set(this.#subject, end)
  }

  /** The next lines that fit into one commit. A line whose time goes back stops the import. */
  #batch(lines: readonly EventLine[], since: number): readonly EventLine[] {
    let [bytes, time, count] = [0, since, 0]
    const most = Math.min(IMPORT.commitBytes, this.#services.journal.maxCommitBytes() / 2)
    for (const { line, event, bytes: size } of lines) {
      if (event.time < time) {
        if (count > 0) break
        const before = new Date(time).toISOString()
        throw new ImportStopped(
          `line ${line}: it happened before the last event of ${this.#name} ${this.#id}, which ` +
            `has the time ${before}: sort the lines of each actor by time`,
        )
      }
      bytes += size
      if (count > 0 && (bytes > most || count >= IMPORT.commitEvents)) break
      time = event.time
      count++
    }
    return lines.slice(0, count)
  }

  /** Appends a commit. A text says why it may not be stored: then the log is read. */
  async #append(lines: readonly EventLine[], end: LogEnd): Promise<LogEnd | string> {
    const { journal } = this.#services
    const { version: base, ancestors } = end
    const events = lines.map(({ event }) => event)
    // What only a newer release knows of an event in Protobuf has no other form.
    const isProtobuf = events.some(({ data }) => data instanceof StoredProtobuf)
    const contract = isProtobuf
      ? { ...this.#contract, stored: "protobuf" as const }
      : this.#contract
    const bytes = encodeCommit({ base, ancestors, events }, contract)
    const { sequence: after } = end
    return await new Promise((resolve, reject) =>
      journal.append(this.#name, this.#id, after, bytes, IMPORT.timeoutMs, (appended) => {
        if (appended.type === "refused") return reject(this.#stopped(appended.reason))
        if (appended.type === "conflict") return resolve("others write to it")
        if (appended.type === "unknown") return resolve(appended.reason)
        const { sequence } = appended
        const passed = end.passed === end.sequence ? sequence : end.passed
        resolve(endAfter({ base, ancestors, events, sequence }, passed))
      })
    )
  }

  /**
   * Reads the log after what the import has passed. Counts the lines that are there, and gives the
   * others, and the end of the log.
   */
  async #look<L extends ImportLine>(
    lines: readonly L[],
    passed: number,
  ): Promise<[left: readonly L[], end: LogEnd]> {
    const found: Found = new Map(lines.map(({ command }) => [command, new Map()]))
    // The events of one command may be of earlier and later lines too, which are not passed here.
    const wanted: Found = new Map(lines.map(({ command }) => [command, new Map()]))
    for (const line of lines) {
      if (isEvent(line)) count(wanted.get(line.command)!, contentOf(this.#contract, line.event))
    }
    let missing = lines.length
    const tail = await this.#services.journal.tail(this.#name, this.#id, { fresh: true })
    if (!tail) return [lines, EMPTY]
    let [at, isPassed] = [passed, true]
    for await (const commit of this.#after(passed, tail)) {
      for (const event of commit.skipped ? [] : commit.events) {
        const known = found.get(event.command)
        const content = known ? contentOf(this.#contract, event) : ""
        if (known) count(known, content)
        const isOwn = known !== undefined &&
          (!isEvent(lines[0]!) || take(wanted.get(event.command), content))
        isPassed &&= isOwn
        if (isOwn) missing--
      }
      if (isPassed) at = commit.sequence
      // All lines are found: what follows is of later lines, or of others.
      else if (missing <= 0) break
    }
    const left = lines.filter((line) => !this.#isThere(line, found))
    return [left, endAfter(tail, at)]
  }

  /** The commits after a sequence, up to the tail, oldest first. */
  async *#after(passed: number, tail: StoredCommit): AsyncGenerator<StoredCommit> {
    const { journal } = this.#services
    for (let at = passed; at < tail.sequence;) {
      const { ancestors, base } = tail
      const isNext = ancestors.length === 0 ? base === 0 : ancestors.every((each) => each <= at)
      const commit = isNext ? tail : await journal.from(this.#name, this.#id, at + 1)
      if (!commit) throw this.#stopped("the replica that was read is behind: import again")
      yield commit
      at = commit.sequence
    }
  }

  #isThere(line: ImportLine, found: Found): boolean {
    const stored = found.get(line.command)
    const [first] = stored?.keys() ?? []
    if (first === undefined) return false
    if (!isEvent(line) || take(stored, contentOf(this.#contract, line.event))) this.#present++
    else {
      const problem = `${this.#name} ${this.#id} has another ${JSON.parse(first)[0]} under the ` +
        `id ${line.command}: give what is new an id of its own (commandId, or --source)`
      this.#wrong.push({ line: line.line, problem })
    }
    return true
  }

  async #command(line: CommandLine): Promise<void> {
    const { ends } = this.#services
    const known = ends.get(this.#subject) ?? EMPTY
    const [left, end] = await this.#look([line], known.passed)
    ends.set(this.#subject, end)
    if (left.length === 0) return
    const { type, data, metadata, command: commandId } = line
    const options = { ...metadata, commandId, timeoutMs: IMPORT.timeoutMs }
    try {
      const answer = await this.#services.client.askPlain(this.#name, this.#id, type, data, options)
      if (answer.kind === "accepted") {
        this.#written++
        return
      }
      this.#wrong.push({ line: line.line, problem: `rejected: ${answer.type}` })
    } catch (error) {
      throw new ImportStopped(`line ${line.line}: ${messageOf(error)}`, { cause: error })
    }
  }

  #stopped(reason: string): ImportStopped {
    return new ImportStopped(`the log of ${this.#name} ${this.#id}: ${reason}`)
  }
}
