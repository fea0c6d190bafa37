/** The body of an HTTP request: JSON that says so, no larger than a command may be. */
import type { Context, MiddlewareHandler } from "hono"
import { bodyLimit } from "hono/body-limit"
import { REQUEST_BYTES, TooLarge, toProblem, UnsupportedFormat } from "../contracts/internal.ts"
import { checkCoding, formatOfType } from "../wire/internal.ts"
import { problemResponse } from "./respond.ts"

const tooLarge = () =>
  problemResponse(
    toProblem(new TooLarge({ message: `a command may have at most ${REQUEST_BYTES} bytes` })),
  )

const limitStream = bodyLimit({ maxSize: REQUEST_BYTES, onError: tooLarge })

/**
 * Refuses bodies that are too large. A body whose length is said is not touched: to make a stream
 * of it, as the middleware does, takes longer than all the rest.
 */
export const limitBody: MiddlewareHandler = async (context, next) => {
  const length = context.req.header("Content-Length")
  if (length === undefined) return await limitStream(context, next)
  if (Number(length) > REQUEST_BYTES) return tooLarge()
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
  const body = new Uint8Array(await request.arrayBuffer())
  if (type === undefined && body.length > 0) {
    throw unsupported("a body without a content type is refused: send it as application/json")
  }
  return body
}
