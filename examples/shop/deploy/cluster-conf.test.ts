/** A test of the configuration of three servers: they find each other, by certificates alone. */
import assert from "node:assert/strict"
import { connect } from "node:tls"
import { readFileSync } from "node:fs"
import { freePort, test } from "leftfold/testing"
import { provisionStreams } from "../../../app/internal.ts"
import { passwordVariable } from "../../../app/operations/nats-users.ts"
import { USERS } from "../../../app/operations/users.ts"
import { makeCertificates } from "../../../testing/certificates.ts"
import { inboxPrefix, natsWire } from "../../../wire/internal.ts"
import { startNatsFrom } from "./fixtures/nats-from-conf.ts"

const passwords = Object.fromEntries(USERS.map((user) => [passwordVariable(user), `p-${user}`]))

/** Whether a server keeps such a connection open after its first message. */
const isTaken = (port: number, options: object): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ...options })
    socket.on("data", () => {
      socket.destroy()
      resolve(true)
    })
    for (const end of ["error", "close"]) socket.on(end, () => resolve(false))
  })

test("three servers elect a leader over encrypted routes, and take only their own", async (t) => {
  const certificates = await makeCertificates(t)
  const three = () => Promise.all([freePort(), freePort(), freePort()])
  const [ports, monitors, routes] = await Promise.all([three(), three(), three()])
  const change = (index: number) => (text: string) =>
    text.replace("0.0.0.0:6222", `127.0.0.1:${routes[index]}`).replaceAll(
      /nats-(\d)\.nats:6222/g,
      (_, server) => `127.0.0.1:${routes[Number(server)]}`,
    )
  await Promise.all(ports.map((port, index) =>
    startNatsFrom(t, "cluster.conf", {
      port,
      monitorPort: monitors[index]!,
      certificates,
      change: change(index),
      environment: { ...passwords, SERVER_NAME: `nats-${index}`, MONITOR_LISTEN: "" },
    })
  ))
  const { ca, cert, key } = certificates
  const url = ports.map((port) => `tls://admin:p-admin@127.0.0.1:${port}`).join()
  const options = { url, name: "test", inboxPrefix: inboxPrefix("admin"), caFile: ca }
  const wire = await natsWire(options)
  const made = await provisionStreams(wire, ["orders"], { replicas: 3 })
  assert.ok(made.includes("orders"))
  await wire.close()

  const plain = { ...options, url: url.replaceAll("tls:", "nats:"), caFile: undefined }
  await assert.rejects(natsWire(plain), /certificate|issuer/i)
  const [trusted, own] = [readFileSync(ca), { cert: readFileSync(cert), key: readFileSync(key) }]
  // TLS begins at once on a route: a server without a certificate of the authority is cut off.
  const stranger = await makeCertificates(t)
  const foreign = { cert: readFileSync(stranger.cert), key: readFileSync(stranger.key) }
  assert.equal(await isTaken(routes[0]!, { ca: trusted, ...own }), true)
  assert.equal(await isTaken(routes[0]!, { ca: trusted }), false)
  assert.equal(await isTaken(routes[0]!, { ca: trusted, ...foreign }), false)
})
