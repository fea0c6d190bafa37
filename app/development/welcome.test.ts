/** Tests of the screen that a person sees once the system is up. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { welcome } from "./welcome.ts"

const screen = welcome({
  url: "http://127.0.0.1:8080",
  natsUrl: "nats://me:secret@a:4222,nats://you:secret@b:4222",
  databaseUrl: "postgres://me:secret@c:5432/shop",
})

test("the last line says that the system is ready, and where", () => {
  assert.equal(screen.trimEnd().split("\n").at(-1), "ready http://127.0.0.1:8080")
})

test("the screen shows no password", () => {
  assert.doesNotMatch(screen, /secret/)
  assert.match(screen, /nats:\/\/me:\*\*\*@a:4222,nats:\/\/you:\*\*\*@b:4222/)
})

test("the text fits on one screen and has three commands to try", () => {
  assert.ok(screen.split("\n").length <= 24)
  assert.equal(screen.match(/^ {2}curl /gm)?.length, 3)
})
