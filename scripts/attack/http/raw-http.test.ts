/** Tests of raw HTTP requests and answers. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { test } from "../../../testing/test.ts"
import { parseAnswer, spell } from "./raw-http.ts"

const spelled = (...given: Parameters<typeof spell>) => Buffer.from(spell(...given)).toString()

test("a request gets a host, a length and a Connection header unless it has its own", () => {
  assert.equal(
    spelled(80, { method: "POST", path: "/a", headers: ["X: 1", "X: 2"], body: "ü" }),
    "POST /a HTTP/1.1\r\nHost: 127.0.0.1:80\r\nX: 1\r\nX: 2\r\nContent-Length: 2\r\n" +
      "Connection: close\r\n\r\nü",
  )
  assert.equal(
    spelled(80, { headers: ["host: evil", "Connection: keep-alive"] }),
    "GET / HTTP/1.1\r\nhost: evil\r\nConnection: keep-alive\r\n\r\n",
  )
})

test("an answer is parsed, in one piece or in chunks", () => {
  const plain = parseAnswer("HTTP/1.1 404 Not Found\r\nETag: x\r\nContent-Length: 2\r\n\r\nno")
  assert.deepEqual([plain.status, plain.headers.get("etag"), plain.body], [404, "x", "no"])
  const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
  assert.equal(parseAnswer(`${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`).body, "abcde")
})

test("a text that is not an answer has no status", () => {
  for (const raw of ["", "hello", "HTTP/1.1", "\r\n\r\n"]) assert.equal(parseAnswer(raw).status, 0)
})
