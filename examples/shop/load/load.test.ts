/** Tests of the load command as a person runs it, against the shop on real servers. */
import assert from "node:assert/strict"
import { after, before, type TestContext } from "node:test"
import { App, type StartedApp } from "leftfold/app"
import { freePort, startProgram, test, testServers } from "leftfold/testing"
import { Payments } from "../payments/contract.ts"
import { shop } from "../main.ts"

let app: StartedApp
before(async () => {
  app = await App.start(shop, { ...await testServers({ after }), port: 0 })
})
after(() => app.stop())

const load = async (t: TestContext, args: readonly string[], url = app.url) => {
  const all = ["--url", url, "--orders", "100", "--rate", "100", ...args]
  const { exited, output } = startProgram(t, "examples/shop/load/main.ts", {}, all)
  return { code: await exited, output: output() }
}

test("a hundred orders of every fate are placed and final, and the books balance", async (t) => {
  const { code, output } = await load(t, ["--cancelled", "10"])
  assert.equal(code, 0, output)
  assert.match(output, /100 of 100 placed · 100 final$/m)
  assert.match(output, /^orders placed +100, \d+\.\d a second \(asked for: 100\)$/m)
  assert.match(output, /^orders final +100, \d+\.\d a second$/m)
  assert.match(output, /^placed to final +p50 [1-9][\d,]* ms · p90 [\d,]+ ms · p99 [\d,]+ ms/m)
  assert.match(output, /^ {2}bought +completed 65$/m)
  assert.match(output, /^ {2}declined +cancelled 10$/m)
  assert.match(output, /^ {2}short +cancelled 10$/m)
  assert.match(output, /^ {2}undelivered +cancelled 5$/m)
  assert.match(output, /^books balance$/m)
  assert.match(output, /^ {2}money +[\d,.]+ taken - [\d,.]+ refunded = [\d,.]+ of completed/m)
  assert.match(output, /^ {2}stock +\d+ received = \d+ on hand \+ 0 reserved \+ \d+ shipped$/m)
})

test("money that was taken for no order is found, and the command fails", async (t) => {
  await app.client.ask(Payments, "nobody", Payments.commands.TakePayment({ amount: 500 }))
  const { code, output } = await load(t, ["--orders", "10", "--patience", "1"])
  assert.equal(code, 1, output)
  assert.match(output, /^books do NOT balance:$/m)
  assert.match(output, /taken - \d+ refunded is not the \d+ that its completed orders are worth$/m)
})

test("a command that makes no sense says how it is called", async (t) => {
  const { code, output } = await load(t, ["--rate", "fast"], `http://127.0.0.1:${await freePort()}`)
  assert.equal(code, 1)
  assert.match(output, /^--rate is a whole number/m)
  assert.match(output, /^usage: /m)
})
