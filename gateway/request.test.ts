/** Tests of requests: what their headers say reaches the command that is sent. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Hono } from "hono"
import { COMMAND_TIMEOUT_MS } from "./limits.ts"
import { commandOptions, urlParameters } from "./request.ts"

const app = new Hono().post(
  "/",
  (context) =>
    context.json(commandOptions(context, { principal: "ada", claims: { role: "staff" } })),
)

const optionsOf = async (headers: Record<string, string>) =>
  await (await app.request("/", { method: "POST", headers })).json() as Record<string, unknown>

test("a repeat says that it is one, and how long its client waits", async () => {
  const headers = { "Idempotency-Key": '"k-1"', "If-Match": '"3"' }
  const once = {
    commandId: "k-1",
    expectedVersion: 3,
    principal: "ada",
    claims: { role: "staff" },
    retry: false,
  }
  assert.deepEqual(await optionsOf(headers), once)
  const again = { "Leftfold-Retry": "true", "Prefer": "respond-async, wait=15" }
  assert.deepEqual(await optionsOf({ ...headers, ...again }), {
    ...once,
    retry: true,
    timeoutMs: 15_000,
  })
})

test("nobody waits for longer than a minute", async () => {
  assert.equal((await optionsOf({ Prefer: "wait=999" })).timeoutMs, COMMAND_TIMEOUT_MS)
  assert.equal((await optionsOf({ Prefer: "wait=soon" })).timeoutMs, undefined)
})

test("a parameter that no message can carry is invalid", async () => {
  const queries = new Hono()
    .get("/", (context) => context.json(urlParameters(context)))
    .onError((error, context) => context.text(error.message, 422))
  assert.deepEqual(await (await queries.request("/?constructor=1")).json(), { constructor: "1" })
  const refused = await queries.request("/?__proto__=1")
  assert.match(await refused.text(), /^__proto__ is no parameter: Expected no such parameter$/)
})
