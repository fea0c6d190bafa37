/** Tests of downloads: a silent, refusing or missing server is reported in one sentence. */
import assert from "node:assert/strict"
import { createServer, type RequestListener, type Server } from "node:http"
import { test } from "../../../testing/test.ts"
import type { TestScope } from "../../../testing/temporary-folder.ts"
import { download } from "./download.ts"
import { freePort, loopback } from "../port.ts"

async function serve(scope: TestScope, listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, loopback, resolve))
  scope.after(() =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  )
  return `http://${loopback}:${port}`
}

test("a whole file is fetched", async (t) => {
  const url = await serve(t, (_request, response) => response.end("contents"))
  assert.equal((await download(url)).toString("utf8"), "contents")
})

test("a missing file is an error that names the server", async (t) => {
  const url = await serve(t, (_request, response) => response.writeHead(404).end())
  await assert.rejects(download(url), /^Error: 127\.0\.0\.1:\d+ answered 404$/)
})

test("a file above the size limit is not read to its end", async (t) => {
  const url = await serve(t, (_request, response) => response.end("x".repeat(1_001)))
  await assert.rejects(download(url, undefined, { maxBytes: 1_000 }), /sent more than 1000 bytes/)
  assert.equal((await download(url, undefined, { maxBytes: 1_001 })).length, 1_001)
})

test("a silent server is not waited for", async (t) => {
  const url = await serve(t, () => {})
  await assert.rejects(
    download(url, undefined, { connectTimeoutMs: 50 }),
    /did not answer within 0\.05 s/,
  )
})

test("a missing server is an error that names it", async () => {
  await assert.rejects(download(`http://${loopback}:${await freePort()}`), /could not be reached/)
})
