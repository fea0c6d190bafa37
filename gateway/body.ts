/** The body of an HTTP request: labelled as JSON, and bounded in bytes, chunks and time. */
import type { Context, MiddlewareHandler } from "hono"
import { bodyLimit } from "hono/body-limit"
import { HTTPException } from "hono/http-exception"
import {
  Invalid,
  type Problem,
  TooLarge,
  toProblem,
  UnsupportedFormat,
} from "../contracts/internal.ts"
import { checkCoding, formatOfType } from "../wire/internal.ts"
import { BODY_MS, CHUNK_BYTES, CHUNKS, MESSAGE_OVERHEAD_BYTES, REQUEST_BYTES } from "./limits.ts"
import { problemOf, problemResponse } from "./respond.ts"

/** Refuses a body. Its rest is not read, so its connection cannot be used again. */
const refuse = (problem: Problem): Response => {
  const response = problemResponse(problem)
  response.headers.set("Connection", "close")
  return response
}

const tooLarge = (most: number): Response =>
  refuse(toProblem(new TooLarge({ message: `a body may have at most ${most} bytes here` })))

const tooFine = (): Response =>
  refuse(toProblem(
    new TooLarge({
      message: `a body may have at most ${CHUNKS} chunks of less than ${CHUNK_BYTES} bytes on ` +
        "average: send larger ones, or say its length",
    }),
  ))

const tooSlow = (ms: number): Response =>
  refuse(problemOf(408, "RequestTimeout", `the body was not here within ${ms} ms: send it again`))

const foreignTransfer = (coding: string): Response => {
  const detail = `the transfer coding "${coding.slice(0, 100)}" is not spoken here: send chunked`
  return refuse(problemOf(501, "NotImplemented", detail))
}

const limitStream = (most: number): MiddlewareHandler =>
  bodyLimit({ maxSize: most, onError: () => tooLarge(most) })

/** The largest body of a request where messages have at most so many bytes. */
export const bodyBytes = (maxPayload: number): number =>
  Math.max(maxPayload - MESSAGE_OVERHEAD_BYTES, Math.floor(maxPayload / 2))

/** The first buffer for a body of an unknown length, in bytes. It doubles when it is full. */
const FIRST_BYTES = 4_096

/** The request as node:http has it. */
interface NodeRequest {
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown
  on(event: "end" | "close" | "error", listener: () => void): unknown
  removeAllListeners(event: "data"): unknown
  resume(): unknown
  destroy(): unknown
}

/** What node:http hands over with a request. */
interface NodeParts {
  readonly incoming?: NodeRequest
  readonly outgoing?: { once(event: "finish", listener: () => void): unknown }
}

const partsOf = ({ env }: Context): NodeParts => (env ?? {}) as NodeParts

/** Bodies that were already read here. */
const bodies = new WeakMap<Request, Uint8Array>()

/** The requests of these bodies that own routes may have replaced by others since. */
const taken = new WeakSet<NodeRequest>()

const brokeOff = () => new Invalid({ message: "the body broke off" })

/**
 * Reads a body without a Content-Length, or resolves to its refusal. A client can send it in chunks
 * of one byte. A web stream needs a promise for each chunk, which blocked the process for 250 ms.
 * An event for each costs a tenth of that. One turn of the event loop can read the socket many
 * times, so the number of small chunks is bounded.
 */
const readChunks = (
  request: NodeRequest,
  ms: number,
  most: number,
): Promise<Uint8Array | Response> =>
  new Promise<Uint8Array | Response>((resolve, reject) => {
    let bytes = new Uint8Array(FIRST_BYTES)
    let [length, chunks] = [0, 0]
    const stop = (refusal: Response) => {
      clearTimeout(timer)
      // What still comes is dropped. A paused request would keep 64 KiB of it, chunk by chunk.
      request.removeAllListeners("data")
      request.resume()
      resolve(refusal)
    }
    const timer = setTimeout(() => stop(tooSlow(ms)), ms)
    request.on("data", (chunk) => {
      const from = length
      length += chunk.length
      if (length > most) return stop(tooLarge(most))
      if (++chunks > CHUNKS && length < chunks * CHUNK_BYTES) return stop(tooFine())
      if (length > bytes.length) {
        const grown = new Uint8Array(Math.max(length, bytes.length * 2))
        grown.set(bytes.subarray(0, from))
        bytes = grown
      }
      bytes.set(chunk, from)
    })
    const broken = () => {
      clearTimeout(timer)
      reject(brokeOff())
    }
    request.on("end", () => {
      clearTimeout(timer)
      resolve(bytes.slice(0, length))
    })
    request.on("error", broken)
    request.on("close", broken)
  })

/**
 * Drops a connection once its answer is sent, because reading the rest would cost what the refusal
 * saves. A client that is still sending may miss the answer.
 */
const dropAfter = ({ incoming, outgoing }: NodeParts): void =>
  void outgoing?.once("finish", () => incoming?.destroy())

/**
 * Refuses bodies that are too large or too slow. A body with a Content-Length is not read here:
 * turning it into a stream, as Hono's middleware does, takes longer than everything else.
 */
export const limitBody = (
  ms = BODY_MS,
  mostBytes = () => REQUEST_BYTES,
): MiddlewareHandler =>
async (context, next) => {
  const length = context.req.header("Content-Length")
  const most = mostBytes()
  if (length !== undefined) {
    if (Number(length) > most) return tooLarge(most)
    return await next()
  }
  const coding = context.req.header("Transfer-Encoding")
  const parts = partsOf(context)
  if (coding !== undefined && coding.toLowerCase() !== "chunked") {
    dropAfter(parts)
    return foreignTransfer(coding)
  }
  if (!parts.incoming) return await limitStream(most)(context, next)
  if (taken.has(parts.incoming)) return await next()
  const body = await readChunks(parts.incoming, ms, most)
  if (body instanceof Response) {
    dropAfter(parts)
    return body
  }
  bodies.set(context.req.raw, body)
  await next()
}

const BODILESS = /^(GET|HEAD|TRACE)$/

/** Lets own routes read a body in chunks, which was read here already. */
const handOver = (context: Context): void => {
  const { raw } = context.req
  const body = bodies.get(raw)
  const { incoming } = partsOf(context)
  if (!body || !incoming) return
  const { url, method, headers, signal } = raw
  const request = new Request(url, { method, headers, signal, body: new Uint8Array(body) })
  bodies.set(request, body)
  taken.add(incoming)
  context.req.raw = request
}

/**
 * As `limitBody`, in front of routes that read bodies as they like. `most` is how many bytes the
 * body of a request may have.
 */
export const limitOwnBody =
  (most: (context: Context) => number, ms = BODY_MS): MiddlewareHandler =>
  async (
    context,
    next,
  ) => {
    if (BODILESS.test(context.req.method)) return await next()
    return await limitBody(ms, () => most(context))(context, () => {
      handOver(context)
      return next()
    })
  }

/** Reads a body with a Content-Length. Rejects with the refusal if it takes too long. */
const readWhole = (context: Context, ms: number): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      dropAfter(partsOf(context))
      reject(new HTTPException(408, { res: tooSlow(ms) }))
    }, ms)
    context.req.raw.arrayBuffer().then((body) => {
      clearTimeout(timer)
      resolve(new Uint8Array(body))
    }, () => {
      clearTimeout(timer)
      reject(brokeOff())
    })
  })

const unsupported = (message: string) => new UnsupportedFormat({ message })

/** The body of a command, and how its fields are written in it. */
export interface Body {
  readonly bytes: Uint8Array
  readonly format: "json" | "protobuf"
}

/**
 * The body of a command, in JSON or Protobuf. A request without a body needs no content type: it is
 * a command without fields. Rejects with `UnsupportedFormat` if a body has another content type,
 * none, or a content encoding; with a response of 408 if it takes too long.
 */
export const bodyOf = async (context: Context, ms = BODY_MS): Promise<Body> => {
  const { req: request } = context
  checkCoding(request.header("Content-Encoding"))
  const type = request.header("Content-Type")
  const format = type === undefined ? "json" : formatOfType(type)
  if (format === "msgpack") {
    throw unsupported("commands over HTTP are sent as application/json or application/protobuf")
  }
  const bytes = bodies.get(request.raw) ?? await readWhole(context, ms)
  if (type === undefined && bytes.length > 0) {
    throw unsupported("a body without a content type is refused: send it as application/json")
  }
  return { bytes, format }
}
