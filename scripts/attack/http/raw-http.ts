/** Raw HTTP over a socket: sends any bytes, and returns the answer as it comes. */
import { Buffer } from "node:buffer"
import { connect } from "node:net"
import { loopback } from "../../../app/development/port.ts"

/** An answer. `status` is 0 when the connection ended, or time was over, without an answer. */
export interface HttpAnswer {
  readonly status: number
  /** Headers by lower-case name. The last value of a repeated name counts. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** Everything that was received, unchanged. */
  readonly raw: string
  /** The time from the connection to the end of the answer, in milliseconds. */
  readonly ms: number
  /** Why the rest is missing, when the server did not end the answer. */
  readonly cut?: string
}

/** How long to wait for an answer by default, in milliseconds. */
const ANSWER_MS = 10_000

const HEAD_END = "\r\n\r\n"

const unchunked = (text: string): string => {
  let body = ""
  for (let at = 0; at < text.length;) {
    const end = text.indexOf("\r\n", at)
    const length = Number.parseInt(text.slice(at, end), 16)
    if (end < 0 || !(length > 0)) break
    body += text.slice(end + 2, end + 2 + length)
    at = end + 2 + length + 2
  }
  return body
}

const headersIn = (head: string): ReadonlyMap<string, string> =>
  new Map(
    head.split("\r\n").slice(1).map((line) => {
      const colon = line.indexOf(":")
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )

/** The first answer in the received text. */
export const parseAnswer = (raw: string): Pick<HttpAnswer, "status" | "headers" | "body"> => {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(raw)?.[1] ?? 0)
  const headEnd = raw.indexOf(HEAD_END)
  if (headEnd < 0) return { status, headers: new Map(), body: "" }
  const headers = headersIn(raw.slice(0, headEnd))
  const rest = raw.slice(headEnd + HEAD_END.length)
  const bytes = headers.get("transfer-encoding") === "chunked" ? unchunked(rest) : rest
  return { status, headers, body: Buffer.from(bytes, "latin1").toString("utf8") }
}

/** The options of an exchange. */
export interface ExchangeOptions {
  readonly timeoutMs?: number
  /** Ends the exchange as soon as the received text matches. */
  readonly until?: RegExp
}

/** Sends these bytes; resolves to all that comes until the server ends the connection. */
export const exchange = (
  port: number,
  bytes: string | Uint8Array,
  { timeoutMs = ANSWER_MS, until }: ExchangeOptions = {},
): Promise<HttpAnswer> =>
  new Promise((resolve) => {
    const began = performance.now()
    const socket = connect({ port, host: loopback })
    let raw = ""
    let cut: string | undefined
    const timer = setTimeout(() => finish(`no end within ${timeoutMs} ms`), timeoutMs)
    const finish = (why?: string) => {
      cut ??= why
      clearTimeout(timer)
      socket.destroy()
      resolve({ ...parseAnswer(raw), raw, ms: performance.now() - began, ...cut && { cut } })
    }
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      raw += chunk
      if (until?.test(raw)) finish()
    })
    socket.on("error", (error: { readonly code?: string }) => cut ??= error.code ?? "error")
    socket.on("close", () => finish())
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes)
  })

/** A request to send. */
export interface HttpRequest {
  readonly method?: string
  /** The path exactly as it is sent. */
  readonly path?: string
  /** Whole header lines in order, with duplicates. `Host` is added unless it is among them. */
  readonly headers?: readonly string[]
  readonly body?: string | Uint8Array
}

/** The content type of a JSON body. */
export const JSON_BODY = "Content-Type: application/json"

/** The bytes of a request that closes its connection. Text is sent as UTF-8, headers as Latin 1. */
export const spell = (port: number, request: HttpRequest): Uint8Array => {
  const { method = "GET", path = "/", headers = [], body } = request
  const has = (name: string) => headers.some((line) => line.toLowerCase().startsWith(`${name}:`))
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...has("host") ? [] : [`Host: ${loopback}:${port}`],
    ...headers,
    ...bytes === undefined || has("content-length") || has("transfer-encoding")
      ? []
      : [`Content-Length: ${bytes.length}`],
    ...has("connection") ? [] : ["Connection: close"],
  ]
  const head = Buffer.from(lines.join("\r\n") + HEAD_END, "latin1")
  return bytes === undefined ? head : Buffer.concat([head, bytes])
}

/** Sends a request; resolves to its answer. */
export const ask = (
  port: number,
  request: HttpRequest,
  options?: ExchangeOptions,
): Promise<HttpAnswer> => exchange(port, spell(port, request), options)

/** Sends a command with these fields. */
export const command = (
  port: number,
  path: string,
  fields: unknown,
  headers: readonly string[] = [],
): Promise<HttpAnswer> =>
  ask(port, {
    method: "POST",
    path,
    headers: [JSON_BODY, ...headers],
    body: JSON.stringify(fields),
  })
