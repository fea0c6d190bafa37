/** The body of an HTTP request: JSON that says so, no larger than a command may be. */
import type { Context, MiddlewareHandler } from "hono"
import { bodyLimit } from "hono/body-limit"
import { Invalid, TooLarge, toProblem, UnsupportedFormat } from "../contracts/internal.ts"
import { checkCoding, formatOfType } from "../wire/internal.ts"
import { CHUNK_BYTES, CHUNKS, REQUEST_BYTES } from "./limits.ts"
import { problemResponse } from "./respond.ts"

const tooLarge = () =>
  problemResponse(
    toProblem(new TooLarge({ message: `a command may have at most ${REQUEST_BYTES} bytes` })),
  )

const tooFine = () =>
  problemResponse(
    toProblem(
      new TooLarge({
        message: `a body may have at most ${CHUNKS} chunks of less than ${CHUNK_BYTES} bytes on ` +
          "average: send larger ones, or say its length",
      }),
    ),
  )

const limitStream = bodyLimit({ maxSize: REQUEST_BYTES, onError: tooLarge })

/** Room for a body of an unknown length, to begin with; it doubles. */
const FIRST_BYTES = 4_096

/** The request as node:http has it. */
interface NodeRequest {
  destroy(): unknown
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown
  on(event: "end" | "close" | "error", listener: () => void): unknown
}

/** The response as node:http has it. */
interface NodeResponse {
  once(event: "finish", listener: () => void): unknown
}

/** A request under node:http; absent when an app is called without a server. */
interface NodeEnv {
  readonly incoming?: NodeRequest
  readonly outgoing?: NodeResponse
}

/** Bodies that were read here already. */
const bodies = new WeakMap<Request, Uint8Array>()

/**
 * Reads a body whose length is not said, or resolves to why not. A client can send it in chunks of
 * a byte. A web stream takes a promise for each, which held everybody up for 250 ms; an event
 * for each costs a tenth of that. Many reads of the socket may follow each other at once, so the
 * number of such chunks has a bound.
 */
const readChunks = (request: NodeRequest): Promise<Uint8Array | "too large" | "too fine"> =>
  new Promise((resolve, reject) => {
    let bytes = new Uint8Array(FIRST_BYTES)
    let [length, chunks] = [0, 0]
    request.on("data", (chunk) => {
      const from = length
      length += chunk.length
      chunks++
      if (length > REQUEST_BYTES) return resolve("too large")
      if (chunks > CHUNKS && length < chunks * CHUNK_BYTES) return resolve("too fine")
      if (length > bytes.length) {
        const grown = new Uint8Array(Math.max(length, bytes.length * 2))
        grown.set(bytes.subarray(0, from))
        bytes = grown
      }
      bytes.set(chunk, from)
    })
    request.on("end", () => resolve(bytes.slice(0, length)))
    request.on("error", () => reject(new Invalid({ message: "the body broke off" })))
    request.on("close", () => reject(new Invalid({ message: "the body broke off" })))
  })

/**
 * Refuses bodies that are too large. A body whose length is said is not touched: to make a stream
 * of it, as the middleware does, takes longer than all the rest.
 */
export const limitBody: MiddlewareHandler = async (context, next) => {
  const length = context.req.header("Content-Length")
  if (length !== undefined) {
    if (Number(length) > REQUEST_BYTES) return tooLarge()
    return await next()
  }
  const { incoming, outgoing } = (context.env ?? {}) as NodeEnv
  if (!incoming) return await limitStream(context, next)
  const body = await readChunks(incoming)
  if (body === "too fine") {
    // Reading the rest would cost what is refused. A client that sends on may miss the answer.
    outgoing?.once("finish", () => incoming.destroy())
    return tooFine()
  }
  if (body === "too large") return tooLarge()
  bodies.set(context.req.raw, body)
  await next()
}

const unsupported = (message: string) => new UnsupportedFormat({ message })

/**
 * The body as it came, which is JSON by its content type; the node that decides reads it as that.
 * A request without a body needs no content type: it is a command without fields. Throws
 * `UnsupportedFormat` for every other type, for none, and for contents that are compressed.
 */
export const bodyOf = async ({ req: request }: Context): Promise<Uint8Array> => {
  checkCoding(request.header("Content-Encoding"))
  const type = request.header("Content-Type")
  if (type !== undefined && formatOfType(type) !== "json") {
    throw unsupported("commands over HTTP are sent as application/json")
  }
  const body = bodies.get(request.raw) ?? new Uint8Array(await request.arrayBuffer())
  if (type === undefined && body.length > 0) {
    throw unsupported("a body without a content type is refused: send it as application/json")
  }
  return body
}
