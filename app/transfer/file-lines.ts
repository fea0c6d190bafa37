/** The lines of a file, one after another, in bounded memory. */
import { Buffer } from "node:buffer"
import { createReadStream } from "node:fs"
import { IMPORT } from "./limits.ts"

/** One line of a file. */
export interface FileLine {
  /** Its number, from 1. */
  readonly number: number
  readonly text: string
  /** Why it cannot be read; its text is then empty. */
  readonly problem?: string
  /** How many bytes of the file end with it. */
  readonly end: number
}

const LINE_FEED = 10

const TOO_LONG = `it has more than ${IMPORT.lineBytes} bytes`

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** Splits the bytes of a file into lines. Only a line feed ends a line, as NDJSON says. */
class Splitter {
  #parts: Buffer[] = []
  #bytes = 0
  #number = 0
  #end = 0

  #take(part: Buffer): void {
    this.#bytes += part.length
    this.#end += part.length
    if (this.#bytes > IMPORT.lineBytes) this.#parts = []
    else if (part.length > 0) this.#parts.push(part)
  }

  *split(chunk: Buffer): Generator<FileLine> {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      this.#take(chunk.subarray(from, at))
      this.#end += 1
      yield this.#line()
      from = at + 1
    }
    this.#take(chunk.subarray(from))
  }

  /** The last line, if the file does not end with a line feed. */
  *last(): Generator<FileLine> {
    if (this.#bytes > 0) yield this.#line()
  }

  #line(): FileLine {
    const place = { number: ++this.#number, end: this.#end }
    const [first] = this.#parts
    const isTooLong = this.#bytes > IMPORT.lineBytes
    const bytes = this.#parts.length === 1 ? first! : Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    if (isTooLong) return { ...place, text: "", problem: TOO_LONG }
    try {
      return { ...place, text: utf8.decode(bytes) }
    } catch {
      return { ...place, text: "", problem: "it is not UTF-8" }
    }
  }
}

/** Reads a file line by line. Rejects when the file cannot be read. */
export async function* fileLines(path: string): AsyncGenerator<readonly FileLine[]> {
  const splitter = new Splitter()
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    yield [...splitter.split(chunk as Buffer)]
  }
  yield [...splitter.last()]
}
