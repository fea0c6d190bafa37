/** Tests of `leftfold init`: a deployment for any application, and a second run loses nothing. */
import assert from "node:assert/strict"
import { appendFile, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises"
import { execFile } from "node:child_process"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parse, parseAllDocuments } from "yaml"
import { scriptCommand } from "../app/development/script-command.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"

const root = new URL("..", import.meta.url)

/** A folder with an application of its own, and a way to run the command line there. */
const project = async (scope: Parameters<typeof temporaryFolder>[0]) => {
  const folder = await temporaryFolder(scope)
  await writeFile(join(folder, "package.json"), '{"type":"module","scripts":{"build":"tsc"}}')
  await mkdir(join(folder, "src"))
  const crates = await readFile(new URL("cli/fixtures/crates.ts", root), "utf8")
  await writeFile(join(folder, "src/main.ts"), crates.replaceAll("../../", `${root.href}`))
  await symlink(fileURLToPath(new URL("node_modules", root)), join(folder, "node_modules"))
  const run = (...args: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const [program, ...given] = scriptCommand(new URL("cli/main.ts", root))
      const env = { ...process.env, LEFTFOLD_APP: "" }
      execFile(
        program,
        [...given, ...args],
        { cwd: folder, env },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      )
    })
  return { folder, run, text: (path: string) => readFile(join(folder, path), "utf8") }
}

test("a deployment is made for an application, shown where it differs, and kept", async (t) => {
  const { folder, run, text } = await project(t)
  const made = await run("init", "deploy", "src/main.ts")
  assert.equal(made.code, 0, made.stderr)
  assert.equal(made.stdout.match(/^made /gm)?.length, 17)
  const compose = await text("compose.yaml")
  assert.equal(parse(compose, { merge: true }).name, "crates")
  for (const path of Object.values(parse(compose, { merge: true }).configs)) {
    await stat(join(folder, (path as { file: string }).file))
  }
  assert.match(
    await text("deploy/Dockerfile"),
    /^CMD \["node", "node_modules\/leftfold\/cli\/bin.js", "start", "dist\/main.js"\]$/m,
  )
  assert.match(await text("deploy/nats/users.conf"), /cmd\.yard\.crate\.\*\.\*/)
  assert.match(
    await text("deploy/systemd/leftfold@.service"),
    /^ExecStart=\/usr\/bin\/node node_modules\/leftfold\/cli\/bin.js start dist\/main.js$/m,
  )
  for (const document of parseAllDocuments(await text("deploy/kubernetes/leftfold.yaml"))) {
    assert.deepEqual(document.errors, [])
  }
  assert.match(
    await text("deploy/kubernetes/leftfold.yaml"),
    /\[node, node_modules\/leftfold\/cli\/bin.js, --app, dist\/main.js, projections, --own\]/,
  )
  const [next, ...lines] = made.stdout.trim().split("\n").toReversed()
  assert.match(next!, /^next: .* init secrets/)
  const paths = lines.map((line) => line.replace(/^made /, ""))
  for (const path of paths) {
    assert.doesNotMatch(await text(path), /shop|\{\{\w|npm run deploy/, path)
  }

  await appendFile(join(folder, "deploy/Dockerfile"), "# mine\n")
  const differs = await run("init", "deploy", "src/main.ts")
  assert.equal(differs.code, 1)
  assert.match(differs.stdout, /deploy\/Dockerfile differs:\n(.*\n)*- # mine\n/)
  assert.match(differs.stdout, /1 of 17 files differ, and were left as they are/)
  assert.match(await text("deploy/Dockerfile"), /# mine/)
  const written = await run("init", "deploy", "src/main.ts", "--overwrite", "--json")
  assert.equal(written.code, 0)
  const states = written.stdout.trim().split("\n").map((line) => JSON.parse(line))
  assert.deepEqual(states.filter(({ state }) => state !== "same"), [
    { path: "deploy/Dockerfile", state: "overwritten" },
  ])
  assert.doesNotMatch(await text("deploy/Dockerfile"), /# mine/)

  const outside = await run("init", "deploy", "src/main.ts", "--folder", "../elsewhere")
  assert.equal(outside.code, 1)
  assert.match(outside.stderr, /must be a folder within this one/)
  const secrets = await run("init", "secrets")
  assert.match(secrets.stdout, /\.env has new values of LEFTFOLD_ADMIN_PASSWORD/)
  assert.equal((await stat(join(folder, ".env"))).mode & 0o777, 0o600)
  for (const [, name] of compose.matchAll(/\$\{(\w+):\?/g)) {
    assert.match(await text(".env"), new RegExp(`^${name}=p`, "m"))
  }

  const named = ["init", "deploy", "src/main.ts", "--overwrite", "--callers"]
  const refused = await run(...named, "Billing")
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /"Billing" cannot be the name of a user/)
  assert.doesNotMatch(refused.stderr, /^ +at /m)
  assert.equal((await run(...named, "billing, e-mail")).code, 0)
  const more = await run("init", "secrets")
  assert.equal(
    more.stdout,
    ".env has new values of LEFTFOLD_BILLING_PASSWORD, LEFTFOLD_E_MAIL_PASSWORD\n",
  )
})
