/** Tests of a nats-server's version: whether it is new enough, and programs of another kind. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { fakeNats } from "../../../testing/fake-nats.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { isAtLeast, tryNats } from "./nats-search.ts"

test("versions are compared as numbers, not as text", () => {
  assert.equal(isAtLeast("2.14.0", "2.14.0"), true)
  assert.equal(isAtLeast("2.100.0", "2.14.0"), true)
  assert.equal(isAtLeast("10.0.0", "2.14.0"), true)
  assert.equal(isAtLeast("2.9.25", "2.14.0"), false)
})

test("a program that is new enough is used, with its version", async (t) => {
  const path = await fakeNats(await temporaryFolder(t), "2.15.3")
  assert.deepEqual(await tryNats(path, "a test"), {
    found: { path, version: "2.15.3", source: "a test" },
  })
})

test("a program that is too old is not used, and its version is reported", async (t) => {
  const path = await fakeNats(await temporaryFolder(t), "2.9.10")
  assert.deepEqual(await tryNats(path, "a test"), { missing: `${path} is too old (2.9.10)` })
})

test("a program that is not a nats-server is not used", async () => {
  assert.deepEqual(await tryNats("/bin/false", "a test"), {
    missing: "/bin/false does not run here",
  })
})
