/** Tests that the client for other services loads nothing but itself and the NATS client. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { placesOf, treeOf } from "./rule.ts"
import { thinClient } from "./thin-client.ts"

test("a package that the client would load is refused where it is imported, types too", () => {
  const tree = treeOf({
    "wire/client/mod.ts": 'export { a } from "./a.ts"\n',
    "wire/client/a.ts": 'import { connect } from "nats"\nimport type { B } from "../b.ts"\n',
    "wire/b.ts": 'import "node:buffer"\nimport type { Effect } from "effect"\n',
    "wire/mod.ts": 'import { Hono } from "hono"\n',
  })
  assert.deepEqual(placesOf(thinClient(tree)), ["wire/b.ts:2"])
})
