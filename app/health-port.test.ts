/** Tests of the health port: probes notice a hung node, and spare one that has only lost NATS. */
import assert from "node:assert/strict"
import process from "node:process"
import { test } from "../testing/test.ts"
import { until } from "../testing/until.ts"
import { freePort, ownNats } from "../testing/own-servers.ts"
import { startProgram } from "../testing/program.ts"

/** The time limit of the probes in deploy/kubernetes. */
const PROBE_MS = 3_000
const WITHIN_MS = 20_000

/** The status of a probe, or "silent" when no answer comes in time. */
const probe = (url: string): Promise<number | "silent"> =>
  fetch(url, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.status
    },
    () => "silent",
  )

const untilIs = async (url: string, wanted: number | "silent"): Promise<void> => {
  let found: number | "silent" = "silent"
  const isWanted = async () => (found = await probe(url)) === wanted
  await until(isWanted, { within: WITHIN_MS })
    .catch(() => assert.fail(`${url} is ${found}, not ${wanted}`))
}

test("a node without a gateway tells probes that it is alive and connected", async (t) => {
  const nats = await ownNats(t)
  const provision = { ROLES: "provision", NATS_URL: nats.url }
  assert.equal(await startProgram(t, "testing/start-bank-node.ts", provision).exited, 0)
  const port = await freePort()
  const node = startProgram(t, "testing/start-bank-node.ts", {
    ...provision,
    ROLES: "actors",
    LEFTFOLD_HEALTH_PORT: String(port),
  })
  const [livez, healthz] = ["livez", "healthz"].map((path) => `http://127.0.0.1:${port}/${path}`)
  await untilIs(healthz!, 200)

  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  assert.match(metrics, /^leftfold_ready\{leftfold_role="actors"\} 1$/m)
  assert.match(metrics, /^leftfold_nats_connected\{leftfold_role="actors"\} 1$/m)

  await nats.stop()
  await untilIs(healthz!, 503)
  assert.equal(await probe(livez!), 200, "a node that has lost NATS is alive")
  await nats.restart()
  await untilIs(healthz!, 200)

  process.kill(node.pid, "SIGSTOP")
  assert.equal(await probe(livez!), "silent", "a hung node does not answer")
  process.kill(node.pid, "SIGCONT")
  await untilIs(livez!, 200)
  node.send("SIGTERM")
  assert.equal(await node.exited, 0, node.output())
})
