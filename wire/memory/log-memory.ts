/** Event streams in memory, which the memory twins of journal, subscription and feed share. */
import { logsSubject } from "../address.ts"
import type { LogMessage } from "../log/log-message.ts"

/** The stream of one context. */
export interface MemoryStream {
  /** When the stream was created. A checkpoint of an earlier stream of this name is not valid. */
  readonly created: string
  readonly messages: LogMessage[]
  /** The last sequence of each subject. */
  readonly last: Map<string, number>
}

/** All streams of one memory system. Sequences start at 1, as in JetStream. */
export class MemoryLog {
  readonly #streams = new Map<string, MemoryStream>()
  readonly #listeners = new Set<(context: string) => void>()

  /** The stream of a context. It is made when it is first asked for. */
  stream(context: string): MemoryStream {
    const known = this.#streams.get(context)
    if (known) return known
    const stream = {
      created: `${new Date().toISOString()} ${logsSubject(context)}`,
      messages: [],
      last: new Map(),
    }
    this.#streams.set(context, stream)
    return stream
  }

  /** Appends if `expected` is the last sequence of the subject; otherwise returns that sequence. */
  append(context: string, subject: string, expected: number, payload: Uint8Array) {
    const stream = this.stream(context)
    const last = stream.last.get(subject) ?? 0
    if (last !== expected) return { stored: false, sequence: last }
    const sequence = stream.messages.length + 1
    stream.messages.push({ subject, sequence, payload, time: Date.now() })
    stream.last.set(subject, sequence)
    for (const listener of this.#listeners) listener(context)
    return { stored: true, sequence }
  }

  /** Calls back after each append, with the context. */
  onAppend(listener: (context: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
