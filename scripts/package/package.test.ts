/** Tests of the packages as strangers get them: packed, installed elsewhere, and used. */
import assert from "node:assert/strict"
import { execFile, spawn } from "node:child_process"
import { access, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { after, before, describe } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { publint } from "publint"
import { cacheFolder } from "../../app/development/cache.ts"
import { freePort, loopback, requireFreePort } from "../../app/development/port.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { buildPackages, type Built } from "./build.ts"
import { packPackages, type Tarballs } from "./pack.ts"
import { versionsFor } from "./versions.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const bin = (name: string) => join(root, "node_modules/.bin", name)
const WITHIN_MS = 240_000
const READY_MS = 60_000

/** The packages are for both runtimes, and npm installs them: one run is enough. */
const skip = "deno" in process.versions && "npm runs on Node"

let folder: string
let built: Built
let tarballs: Tarballs
let environment: NodeJS.ProcessEnv

/** The environment of a stranger: an empty home, and nothing of this run but the npm cache. */
const strangers = async (home: string): Promise<NodeJS.ProcessEnv> => {
  const cache = await promisify(execFile)("npm", ["config", "get", "cache"])
  const own = Object.entries(process.env)
    .filter(([name]) => !/^(LEFTFOLD_|NODE_|npm_|HOME$|NATS_URL$|DATABASE_URL$)/.test(name))
  return {
    ...Object.fromEntries(own),
    HOME: home,
    LEFTFOLD_CACHE: cacheFolder(process.env, process.getuid?.()),
    npm_config_cache: cache.stdout.trim(),
    npm_config_prefer_offline: "true",
    npm_config_ignore_scripts: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  }
}

/** Runs a command in a folder. Rejects with all of its output. */
const run = async (cwd: string, program: string, ...args: string[]): Promise<string> => {
  const options = { cwd, env: environment, timeout: WITHIN_MS, maxBuffer: 16 * 1_048_576 }
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, options)
    return stdout + stderr
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { readonly stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(" ")}: ${error}\n${stdout}${stderr}`)
  }
}

/** An application under development, started like a person does. */
const startDevelopment = async (app: string) => {
  const [port, nats, postgres] = [await freePort(), await freePort(), await freePort()]
  const ports = { PORT: String(port), NATS_PORT: String(nats), PG_PORT: String(postgres) }
  // What `npm run dev` runs; npm itself ends by the signal.
  const child = spawn(join(app, "node_modules/.bin/leftfold"), ["dev"], {
    cwd: app,
    detached: true,
    env: { ...environment, ...ports, LEFTFOLD_DATA: join(folder, "data") },
    stdio: ["ignore", "pipe", "pipe"],
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said.push(text))
  }
  const ended = new Promise<number>((resolve) =>
    child.once("close", (code) => resolve(code ?? 128))
  )
  const output = () => said.join("")
  let isOver = false
  void ended.then(() => isOver = true)
  const untilSaid = (pattern: RegExp) =>
    until(() => {
      if (pattern.test(output())) return true
      if (isOver) throw new Error(`it ended without ${pattern}:\n${output()}`)
      return false
    }, { within: READY_MS }).catch((error) => {
      throw new Error(`no ${pattern} in:\n${output()}`, { cause: error })
    })
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && !isOver) process.kill(-child.pid, signal)
  }
  const url = `http://${loopback}:${port}`
  return { url, ended, output, untilSaid, kill, ports: [port, nats, postgres] }
}

const post = (url: string, body: object) =>
  fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  })

describe("the packages", { skip }, () => {
  before(async () => {
    folder = await makeTemporaryFolder()
    const home = join(folder, "home")
    await mkdir(home)
    environment = await strangers(home)
    built = await buildPackages(root, join(folder, "build"))
    tarballs = await packPackages(built, join(folder, "build"))
  })
  after(() => removeFolder(folder))

  test("have manifests and types that no tool complains of", { timeout: WITHIN_MS }, async () => {
    for (const pkgDir of [built.leftfold, built.client, built.create]) {
      const { messages } = await publint({ pkgDir, strict: true, pack: false })
      assert.deepEqual(messages, [])
    }
    // It ends with 1 when it finds a problem. CommonJS is no part of the package.
    for (const tarball of [tarballs.leftfold, tarballs.client]) {
      await run(root, bin("attw"), tarball, "--profile", "esm-only")
    }
  })

  test("refuse an application with the name of a package that it needs", async () => {
    const wanted = {
      ...versionsFor(JSON.parse(await readFile(join(root, "package.json"), "utf8"))),
    }
    const needed = Object.keys(wanted).filter((name) => /^[a-z-]+$/.test(name) && name !== "node")
    for (const name of needed) {
      const made = run(folder, process.execPath, join(built.create, "create.js"), name)
      await assert.rejects(
        made,
        new RegExp(`needs the package ${name}, so it must have another name`),
      )
      await assert.rejects(access(join(folder, name)), { code: "ENOENT" })
    }
    assert.ok(["leftfold", "effect", "hono", "tsx"].every((name) => needed.includes(name)))
  })

  test("make an application that compiles, passes its tests, runs and stops", {
    timeout: WITHIN_MS,
  }, async () => {
    const made = ["--yes", `--package=${tarballs.create}`, "create-leftfold", "my-app"]
    const said = await run(folder, "npx", ...made, "--leftfold", tarballs.leftfold)
    assert.match(said, /npm test\n {2}npm run dev/)
    const app = join(folder, "my-app")
    await inProduction(app)
    const [, , tested] = await Promise.all([
      run(app, "npm", "run", "check"),
      checkTypes(app),
      run(app, "npm", "test"),
    ])
    assert.match(tested, /every answered ticket closes, whatever is late, lost or repeated/)
    assert.match(tested, /versions of messages, .*: nothing breaks/)
    assert.doesNotMatch(tested, /not locked yet/)
    await developed(app)
    await faultFound(app)
  })
})

/** What an application installs in production has no servers, no loader and no compiler. */
const inProduction = async (app: string): Promise<void> => {
  const { packages } = JSON.parse(await readFile(join(app, "package-lock.json"), "utf8"))
  const names = Object.entries<{ readonly dev?: boolean }>(packages)
    .filter(([path, { dev }]) => path !== "" && !dev)
    .map(([path]) => path.replace(/^.*node_modules\//, ""))
  assert.ok(names.includes("leftfold") && names.includes("effect"), String(names))
  const wrong = names.filter((name) => /postgres-|embedded|tsx|esbuild|typescript/.test(name))
  assert.deepEqual(wrong, [])
  assert.ok(names.length <= MOST_PACKAGES, String(names))
}

/** The most packages that an application has in production. */
const MOST_PACKAGES = 16

/** Every published name, in a project as strict as there are, for both ways to resolve modules. */
const checkTypes = async (app: string): Promise<void> => {
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
  const names = Object.keys(exports).map((name) => name.replace(/^\./, "leftfold"))
  const imports = names.map((name, index) => `export * as door${index} from "${name}"\n`)
  await mkdir(join(app, "types"))
  await writeFile(join(app, "types/all.ts"), imports.join(""))
  for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
    const options = { module, moduleResolution, noEmit: true, skipLibCheck: false, rootDir: ".." }
    const config = {
      extends: "../tsconfig.json",
      compilerOptions: options,
      include: [".", "../src"],
    }
    await writeFile(join(app, "types/tsconfig.json"), JSON.stringify(config))
    const compiled = await run(app, "npx", "tsc", "-p", "types").catch(String)
    const wrong = compiled.split("\n").filter((line) => /: error TS/.test(line))
    // Effect and the NATS client have errors of their own when their declarations are checked.
    const others = /^node_modules\/(effect|@nats-io\/nats-core)\//
    assert.deepEqual(wrong.filter((line) => !others.test(line.trim())), [])
    assert.match(compiled, /^$|error TS/, compiled)
  }
}

/** Runs it, sends a command, changes a handler, sees the change, and ends it like Ctrl-C. */
const developed = async (app: string): Promise<void> => {
  const running = await startDevelopment(app)
  try {
    await running.untilSaid(/^ready /m)
    assert.match(running.output(), /POST \/tickets\/ticket\/:id\/OpenTicket/)
    const command = `${running.url}/tickets/ticket/t-1/OpenTicket`
    const details = { customer: "ada", title: "The printer is on fire" }
    assert.equal((await post(command, details)).status, 200)
    await called(app, `nats://${loopback}:${running.ports[1]}`)
    const actor = join(app, "src/tickets/ticket.ts")
    const text = await readFile(actor, "utf8")
    await writeFile(actor, text.replace('state === "new" ? TicketOpened', "state ? TicketOpened"))
    await running.untilSaid(/ticket\.ts changed: started again/)
    const again = await post(command, details)
    assert.equal(again.status, 200, await again.text())
    running.kill("SIGINT")
    assert.equal(await running.ended, 0, running.output())
    for (const port of running.ports) await requireFreePort(port, "it")
  } finally {
    running.kill("SIGKILL")
    await running.ended
  }
}

/** A program of another team: a command, and the row that comes of it. */
const caller = `
import process from "node:process"
import { connectClient, isOutage } from "leftfold-client"
const [url, id] = process.argv.slice(2)
const client = await connectClient({ url })
const opened = { customer: "ada", title: "The printer is on fire" }
const answer = await client.ask("tickets.ticket", id, "OpenTicket", opened)
const again = await client.ask("tickets.ticket", id, "OpenTicket", opened)
const after = { after: answer.position }
const { result } = await client.query("tickets.ticket-list", { key: id }, after)
await client.close()
console.log(answer.kind, again.type, result.customer, isOutage(new Error()))
`

/** The same names with types of the application; one of them is wrong. */
const typedCaller = (name: string) => `
import { connectClient } from "leftfold-client"
import type { ${name} } from "./app.ts"
const client = await connectClient<${name}>({ url: "nats://127.0.0.1" })
const answer = await client.ask("tickets.ticket", "t-1", "AnswerTicket", { text: "Stand back" })
export const type: string = answer.kind === "rejection" ? answer.type : answer.position
// @ts-expect-error there is no such command
await client.ask("tickets.ticket", "t-1", "BurnTicket", {})
`

/** Calls the running application from a folder that has the client alone, on both runtimes. */
const called = async (app: string, nats: string): Promise<void> => {
  const service = join(folder, "billing")
  await mkdir(service)
  await writeFile(join(service, "package.json"), '{ "type": "module", "private": true }')
  await run(service, "npm", "install", tarballs.client)
  const lock = await readFile(join(service, "node_modules/.package-lock.json"), "utf8")
  const names = Object.keys(JSON.parse(lock).packages).map((path) =>
    path.replace(/^.*node_modules\//, "")
  )
  // The client of NATS signs with tweetnacl.
  const ours = /^(leftfold-client$|nats$|@nats-io\/|tweetnacl$)/
  const others = names.filter((name) => !ours.test(name))
  assert.deepEqual(others, [])
  await writeFile(join(service, "call.js"), caller)
  const said = "accepted AlreadyOpened ada false\n"
  assert.equal(await run(service, process.execPath, "call.js", nats, "b-1"), said)
  assert.equal(await run(service, bin("deno"), "run", "-A", "call.js", nats, "b-2"), said)
  const types = await run(app, "npx", "leftfold", "types")
  const [, name = ""] = /^export interface (\w+)/m.exec(types) ?? []
  await writeFile(join(service, "app.ts"), types)
  await writeFile(join(service, "typed.ts"), typedCaller(name))
  const options = ["--strict", "--noEmit", "--skipLibCheck", "--allowImportingTsExtensions"]
  const module = ["--target", "es2022", "--module", "nodenext", "--types", ""]
  await run(service, bin("tsc"), ...options, ...module, "typed.ts")
}

/** Forgets a reaction of the policy: a run on real servers finds that, and nothing else wrong. */
const faultFound = async (app: string): Promise<void> => {
  const policy = join(app, "src/tickets/closing.ts")
  const text = await readFile(policy, "utf8")
  const planted = text.replace(/later\("7 days"[^]*?\}\),/, "undefined,")
  assert.notEqual(planted, text)
  await writeFile(policy, planted)
  // A run in which all answered tickets are closed by hand has nothing to find.
  let said = ""
  for (let seed = 1; seed <= 5 && !said.includes('"findings":["'); seed++) {
    const options = ["--seed", String(seed), "--seconds", "6", "--calm", "--hurry", "1", "--json"]
    said = await run(app, "npx", "leftfold", "chaos", ...options).catch(({ message }) => message)
  }
  assert.match(said, /"findings":\["atRest: ticket t-\d closes in the end[^"]*"\]/)
}
