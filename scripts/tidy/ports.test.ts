/** Tests of the port rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { ports } from "./ports.ts"
import { placesOf, treeOf } from "./rule.ts"

const suite = `/** A test. */\nimport { suite } from "./feed.suite.ts"\n`

const complete = {
  "projections/feed.ts": "",
  "projections/feed.suite.ts": "",
  "projections/feed-memory.ts": "",
  "projections/feed-nats.ts": "",
  "projections/feed-memory.test.ts": suite,
  "projections/feed-nats.test.ts": suite,
}

const without = (path: keyof typeof complete) => {
  const files: Record<string, string> = { ...complete }
  delete files[path]
  return placesOf(ports(treeOf(files)))
}

test("a port with both twins and one suite is right", () => {
  assert.deepEqual(ports(treeOf(complete)), [])
})

test("a port lacks nothing", () => {
  assert.deepEqual(without("projections/feed-memory.ts"), ["projections/feed.ts:1"])
  assert.deepEqual(without("projections/feed-nats.ts"), ["projections/feed.ts:1"])
  assert.deepEqual(without("projections/feed.suite.ts"), ["projections/feed.ts:1"])
  assert.deepEqual(without("projections/feed-nats.test.ts"), ["projections/feed-nats.ts:1"])
})

test("the test of a twin runs the shared suite", () => {
  const tree = treeOf({ ...complete, "projections/feed-nats.test.ts": "/** A test. */\n" })
  assert.deepEqual(placesOf(ports(tree)), ["projections/feed-nats.test.ts:1"])
})

test("a file of that name without a port is no port", () => {
  assert.deepEqual(ports(treeOf({ "contracts/log-memory.ts": "", "gateway/a-nats.ts": "" })), [])
})
