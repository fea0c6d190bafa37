/** Raw NATS over a socket: any subject, reply, header and payload, and what comes back. */
import { Buffer } from "node:buffer"
import { connect, type Socket } from "node:net"
import { loopback } from "../../../app/development/port.ts"

/** A received message. */
export interface RawMessage {
  readonly subject: string
  readonly reply: string
  /** The lines of its headers, including the status; empty without headers. */
  readonly headers: string
  readonly payload: Uint8Array
}

/** A message to publish. */
export interface RawPublish {
  readonly subject: string
  readonly reply?: string
  /** Whole header lines. */
  readonly headers?: readonly string[]
  readonly payload?: string | Uint8Array
}

/** The user to connect as; without a user, nobody. */
export interface RawUser {
  readonly user?: string | undefined
  readonly pass?: string | undefined
}

const ANSWER_MS = 5_000
const EMPTY = Buffer.alloc(0)

/** A connection to a nats-server. */
export class RawNats {
  /** The errors that the server has sent. */
  readonly errors: string[] = []
  /** The received messages that no request has taken yet. */
  readonly messages: RawMessage[] = []
  readonly #socket: Socket
  #buffer: Uint8Array = EMPTY
  #listeners = new Set<() => void>()
  #pongs = 0
  #inboxes = 0
  #subscriptions = 0
  isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on("data", (chunk: Uint8Array) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      while (this.#read()) { /* Whole messages are taken off one by one. */ }
      this.#tell()
    })
    socket.on("error", () => {})
    socket.on("close", () => {
      this.isClosed = true
      this.#tell()
    })
  }

  /** Connects. Rejects when the server refuses this user. */
  static async connect(port: number, { user, pass }: RawUser = {}): Promise<RawNats> {
    const client = new RawNats(connect({ port, host: loopback }))
    const options = { verbose: false, pedantic: false, headers: true, no_responders: true }
    client.send(`CONNECT ${JSON.stringify({ ...options, user, pass })}\r\n`)
    await client.flush()
    return client
  }

  /** Sends bytes of the protocol. */
  send(bytes: string | Uint8Array): void {
    if (!this.isClosed) this.#socket.write(bytes)
  }

  /** Publishes. */
  publish({ subject, reply = "", headers = [], payload = EMPTY }: RawPublish): void {
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload
    const to = reply === "" ? subject : `${subject} ${reply}`
    if (headers.length === 0) {
      this.send(Buffer.concat([Buffer.from(`PUB ${to} ${bytes.length}\r\n`), bytes, CRLF]))
      return
    }
    const head = Buffer.from(`NATS/1.0\r\n${headers.join("\r\n")}\r\n\r\n`, "utf8")
    const line = Buffer.from(`HPUB ${to} ${head.length} ${head.length + bytes.length}\r\n`)
    this.send(Buffer.concat([line, head, bytes, CRLF]))
  }

  /** Subscribes. */
  subscribe(subject: string, queue = ""): void {
    this.send(`SUB ${subject}${queue && ` ${queue}`} ${++this.#subscriptions}\r\n`)
  }

  /** Resolves when the server has received everything. Rejects when the connection closes first. */
  async flush(withinMs = ANSWER_MS): Promise<void> {
    const wanted = this.#pongs + 1
    this.send("PING\r\n")
    if (await this.until(() => this.#pongs >= wanted || this.isClosed, withinMs)) {
      if (this.#pongs >= wanted) return
    }
    throw new Error(`the nats-server did not answer: ${this.errors.join("; ") || "no reason"}`)
  }

  /** Resolves to whether the condition became true in time. */
  until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (value: boolean) => {
        clearTimeout(timer)
        this.#listeners.delete(check)
        resolve(value)
      }
      const check = () => isSo() && finish(true)
      const timer = setTimeout(() => finish(false), withinMs)
      this.#listeners.add(check)
      check()
    })
  }

  /** Asks; resolves to the answer, or to undefined when no answer came in time. */
  async request(
    asked: RawPublish,
    withinMs = ANSWER_MS,
    prefix = "_INBOX",
  ): Promise<RawMessage | undefined> {
    const reply = asked.reply ?? `${prefix}.attack${this.#inboxes++}.${Date.now().toString(36)}`
    this.subscribe(reply)
    this.publish({ ...asked, reply })
    const found = () => this.messages.findIndex(({ subject }) => subject === reply)
    await this.until(() => found() >= 0 || this.isClosed, withinMs)
    const index = found()
    return index < 0 ? undefined : this.messages.splice(index, 1)[0]
  }

  /** Ends the connection. */
  close(): void {
    this.#socket.destroy()
    this.isClosed = true
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** Takes one line or message off the buffer. Returns false when no whole one is there. */
  #read(): boolean {
    const bytes = Buffer.from(this.#buffer.buffer, this.#buffer.byteOffset, this.#buffer.length)
    const end = bytes.indexOf("\r\n")
    if (end < 0) return false
    const line = bytes.toString("utf8", 0, end)
    const [verb = "", ...words] = line.split(" ")
    if (verb !== "MSG" && verb !== "HMSG") {
      this.#buffer = bytes.subarray(end + 2)
      if (verb === "PING") this.send("PONG\r\n")
      if (verb === "PONG") this.#pongs++
      if (verb === "-ERR") this.errors.push(words.join(" "))
      return true
    }
    const total = Number(words.at(-1))
    const from = end + 2
    if (bytes.length < from + total + 2) return false
    const head = verb === "HMSG" ? Number(words.at(-2)) : 0
    const hasReply = words.length === (verb === "HMSG" ? 5 : 4)
    this.messages.push({
      subject: words[0] ?? "",
      reply: hasReply ? words[2] ?? "" : "",
      headers: bytes.toString("utf8", from, from + head),
      payload: Uint8Array.from(bytes.subarray(from + head, from + total)),
    })
    this.#buffer = bytes.subarray(from + total + 2)
    return true
  }
}

const CRLF = Buffer.from("\r\n")

/** The payload of a message as text. */
export const textOf = ({ payload }: RawMessage): string => Buffer.from(payload).toString("utf8")
