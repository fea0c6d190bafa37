/** Tests of the screen that a person sees once the system is up. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { welcome } from "./welcome.ts"

const addresses = {
  url: "http://127.0.0.1:8080",
  natsUrl: "nats://me:secret@a:4222,nats://you:secret@b:4222",
  databaseUrl: "postgres://me:secret@c:5432/shop",
}
const screen = welcome(addresses, `  curl ${addresses.url}/orders\n`)

test("the last line says that the system is ready, and where", () => {
  assert.equal(screen.trimEnd().split("\n").at(-1), "ready http://127.0.0.1:8080")
})

test("the screen shows no password", () => {
  assert.doesNotMatch(screen, /secret/)
  assert.match(screen, /nats:\/\/me:\*\*\*@a:4222,nats:\/\/you:\*\*\*@b:4222/)
})

test("the screen shows what to try, if the application says so", () => {
  assert.match(screen, /\n\n {2}curl http:\/\/127\.0\.0\.1:8080\/orders\n\nPress Ctrl-C/)
  assert.match(welcome(addresses), /shop\n\nPress Ctrl-C/)
})
