/** Tests of the files of a deployment: NATS and Compose know the same users and passwords. */
import assert from "node:assert/strict"
import { parse } from "yaml"
import { test } from "../../testing/test.ts"
import { library } from "../fixtures/library.ts"
import { deployFiles } from "./deploy-files.ts"
import { SECRETS, withSecrets } from "./secrets.ts"

const filesFor = (callers: readonly string[] | undefined) =>
  deployFiles(library, {
    ...{ folder: "deploy", image: "library", command: ["node", "main.js"], callers },
    ...{ maker: "make", secrets: "make secrets" },
  })

/** The variables of passwords that the nats-server has in Compose, and that its users need. */
const passwordsFor = async (callers: readonly string[] | undefined) => {
  const files = await filesFor(callers)
  const compose = files["compose.yaml"]!
  const { services } = parse(compose, { merge: true })
  const users = [...files["deploy/nats/users.conf"]!.matchAll(/\$(LEFTFOLD_\w+)/g)]
  return { compose, given: Object.keys(services.nats.environment), used: users.map(([, id]) => id) }
}

test("the nats-server of Compose has the password of every user, callers included", async () => {
  for (const callers of [undefined, ["billing", "e-mail"], []]) {
    const { compose, given, used } = await passwordsFor(callers)
    assert.deepEqual(given, used)
    const { text, made } = withSecrets("", compose)
    for (const name of given) assert.ok(made.includes(name), name)
    assert.deepEqual(withSecrets(text, compose).made, [])
  }
})

test("only our secrets are made: a key of another service is for its owner to fill in", () => {
  const compose = "KEY: ${STRIPE_KEY:?ask}\nONE: ${LEFTFOLD_BILLING_PASSWORD:?make}"
  assert.deepEqual(withSecrets("", compose).made, [...SECRETS, "LEFTFOLD_BILLING_PASSWORD"])
})

test("a caller with a name that is wrong, taken or doubled is refused", async () => {
  for (const wrong of ["Billing", "", "a b", "1st", "database-queries", "x".repeat(33)]) {
    await assert.rejects(filesFor([wrong]), /cannot be the name of a caller/, wrong)
  }
  for (const taken of [["admin"], ["billing", "billing"]]) {
    await assert.rejects(filesFor(taken), /there are two users called/)
  }
})
