/** A test of `npm run cluster`: it serves, survives a lost server, and leaves nothing behind. */
import assert from "node:assert/strict"
import process from "node:process"
import { signedIn } from "./fixtures/visitor.ts"
import { freePort, startProgram, temporaryFolder, test, until } from "leftfold/testing"

const loopback = "127.0.0.1"

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

/** A range of free ports, `count` in a row. */
const portsInARow = async (count: number): Promise<number> => {
  for (;;) {
    const first = await freePort()
    const free = await Promise.all(
      Array.from(
        { length: count },
        (_, index) => fetch(`http://${loopback}:${first + index}`).then(() => false, () => true),
      ),
    )
    if (free.every(Boolean)) return first
  }
}

const WITHIN_MS = 20_000

/** Repeats a command with the same key until it is accepted, as a client does during an outage. */
const receive = async (url: string, sku: string, quantity: number): Promise<void> => {
  let said = ""
  const isAccepted = async () => {
    const answer = await fetch(`${url}/stock/item/${sku}/ReceiveStock`, {
      method: "POST",
      headers: {
        ...signedIn("staff"),
        "Content-Type": "application/json",
        "Idempotency-Key": `${sku}-${quantity}`,
      },
      body: JSON.stringify({ quantity }),
    })
    said = `${answer.status} ${await answer.text()}`
    return answer.status === 200
  }
  await until(isAccepted, { within: WITHIN_MS }).catch((cause) => {
    throw new Error(said, { cause })
  })
}

test("a cluster serves while a server and a node are killed, and stops cleanly", async (t) => {
  const data = await temporaryFolder(t)
  const [port, postgres] = [await freePort(), await freePort()]
  const program = startProgram(t, "examples/shop/cluster.ts", {
    PORT: String(port),
    NATS_PORT: String(await portsInARow(3)),
    PG_PORT: String(postgres),
    LEFTFOLD_DATA: data,
  })
  const url = `http://${loopback}:${port}`
  await program.untilOutput(new RegExp(`^ready ${url}$`, "m"))
  const pids = new Map(
    [...program.output().matchAll(/^ {2}(\S+) +process (\d+)/gm)].map(([, name, pid]) => [
      name!,
      Number(pid),
    ]),
  )
  assert.equal(pids.size, 11)
  await receive(url, "tea", 1)
  for (const name of ["nats-1", "node-2"]) {
    process.kill(pids.get(name)!, "SIGKILL")
    for (let quantity = 2; quantity < 12; quantity++) await receive(url, `${name}-tea`, quantity)
  }
  await program.untilOutput(/nats-1 runs again as process \d+/)
  await program.untilOutput(/node-2 runs again as process \d+/)
  for (const name of ["nats-1", "node-2"]) {
    // A movement has the version of its event.
    const statusOf = async (version: number, headers = signedIn("staff")) =>
      (await fetch(`${url}/stock/ledger/${name}-tea-${version}`, { headers })).status
    await until(async () => await statusOf(10) === 200, { within: 30_000 })
    assert.equal(await statusOf(11), 404)
    assert.equal(await statusOf(10, {}), 401)
    assert.equal(await statusOf(10, signedIn("ada")), 403)
  }
  const again = [...program.output().matchAll(/runs again as process (\d+)/g)].map(([, pid]) =>
    Number(pid)
  )
  program.send("SIGINT", "group")
  assert.equal(await program.exited, 0, program.output())
  await until(() => [...pids.values(), ...again].every(isGone), { within: 5_000 })
})
