/**
 * Bounds the requests that one connection may have in flight. HTTP/1.1 lets a client send requests
 * before it has read the answers, and node:http hands all of them over at once.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { PIPELINED, PIPELINED_CUT } from "./limits.ts"
import { problemOf } from "./respond.ts"

const TOO_MANY = 429

const refuse = (response: ServerResponse): void => {
  const detail = `more than ${PIPELINED} requests of this connection wait: read the answers first`
  response.writeHead(TOO_MANY, {
    "Connection": "close",
    "Content-Type": "application/problem+json",
    "X-Content-Type-Options": "nosniff",
  })
  response.end(JSON.stringify(problemOf(TOO_MANY, "TooManyRequests", detail)))
}

/**
 * A listener that passes on the requests of a connection, of which `PIPELINED` may wait at the same
 * time. The next one is refused with 429, and the connection ends after that answer. What is sent
 * behind it is not looked at; a client that sends `PIPELINED_CUT` more is cut off.
 */
export const boundPipeline = (listener: RequestListener): RequestListener => {
  const waiting = new WeakMap<Socket, number>()
  const settled = ({ socket }: IncomingMessage): void => {
    waiting.set(socket, (waiting.get(socket) ?? 1) - 1)
  }
  return (request, response) => {
    const { socket } = request
    const count = (waiting.get(socket) ?? 0) + 1
    waiting.set(socket, count)
    if (count <= PIPELINED) {
      response.once("close", () => settled(request))
      listener(request, response)
    } else if (count === PIPELINED + 1) refuse(response)
    else if (count > PIPELINED + PIPELINED_CUT) socket.destroy()
  }
}
