/** Tests of the files of a deployment: NATS and Compose know the same users and passwords. */
import assert from "node:assert/strict"
import { parse } from "yaml"
import { test } from "../../testing/test.ts"
import { library } from "../fixtures/library.ts"
import { deployFiles, startCommand } from "./deploy-files.ts"
import { SECRETS, withSecrets } from "./secrets.ts"

const filesFor = (callers: readonly string[] | undefined, deno = false) =>
  deployFiles(library, {
    ...{ folder: "deploy", image: "library", command: startCommand("main.ts", deno), callers },
    ...{ maker: "make", secrets: "make secrets", deno, vendored: true },
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

/** What only Node, or only Deno, has a use for. */
const OF_NODE = /"node"|\[node,|- node\b|\/node |\bnpm\b|FROM node|USER node|NODE_/
const OF_DENO = /deno/i

test("an application on Deno is deployed on Deno, and one on Node on Node", async () => {
  const [node, deno] = await Promise.all([filesFor([]), filesFor([], true)])
  for (const [files, own, other] of [[node, OF_NODE, OF_DENO], [deno, OF_DENO, OF_NODE]] as const) {
    for (const [path, text] of Object.entries(files)) {
      if (path.includes("nats") || path.endsWith(".dockerignore")) continue
      const lines = text.split("\n").filter((line) => !line.trim().startsWith("#")).join("\n")
      assert.doesNotMatch(lines, other, path)
      if (/compose|Dockerfile|leftfold/.test(path)) assert.match(lines, own, path)
    }
  }
  const dockerfile = deno["deploy/Dockerfile"]!
  assert.match(dockerfile, /^CMD \["deno", "run", "-A", ".*\/bin.js", "start", "main.ts"\]$/m)
  assert.match(dockerfile, /^COPY vendor/m)
})

test("only our secrets are made: a key of another service is for its owner to fill in", () => {
  const compose = "KEY: ${STRIPE_KEY:?ask}\nONE: ${LEFTFOLD_BILLING_PASSWORD:?make}"
  assert.deepEqual(withSecrets("", compose).made, [...SECRETS, "LEFTFOLD_BILLING_PASSWORD"])
})

test("a caller with a name that is wrong, taken or doubled is refused", async () => {
  for (const wrong of ["Billing", "", "a b", "1st", "database-queries", "x".repeat(33)]) {
    await assert.rejects(filesFor([wrong]), /cannot be the name of a user/, wrong)
  }
  for (const taken of [["admin"], ["billing", "billing"]]) {
    await assert.rejects(filesFor(taken), /there are two users called/)
  }
})

const given = {
  folder: "deploy",
  image: "x",
  command: startCommand("main.ts", false),
  maker: "make",
}

test("a hostile name of an application stays in comments", async () => {
  const harmless = await deployFiles(library, { ...given, secrets: "make secrets" })
  for (const name of ["x\nRUN evil", "x\rservices:", "x\u2028- evil", "{{command}}", '"$(evil)`']) {
    const files = await deployFiles({ ...library, name }, { ...given, secrets: "make secrets" })
    for (const [path, text] of Object.entries(files)) {
      const lines = (each: string) => each.split("\n").filter((line) => !line.startsWith("#"))
      assert.deepEqual(lines(text), lines(harmless[path]!), `${path} of ${JSON.stringify(name)}`)
    }
  }
})

test("paths that would mean something else in one of the files are refused", async () => {
  const hostile = [
    ...["a b.ts", "a\nb.ts", "a,b.ts", "$(evil).ts", "%h.ts", "a#b.ts", '"a".ts', "a'b.ts", "é.ts"],
    ...["a;b.ts", "{{app}}.ts", "\\a.ts", "[a].ts", "", "*.ts", "-x.ts", "x".repeat(300)],
  ]
  for (const path of hostile) {
    const command = startCommand(path, false)
    const making = deployFiles(library, { ...given, command, secrets: "make secrets" })
    await assert.rejects(making, /the file to run, .* cannot stand in all files/, path)
    const other = deployFiles(library, { ...given, folder: path, secrets: "make secrets" })
    await assert.rejects(other, /the folder .* cannot stand in all files/, path)
  }
})
