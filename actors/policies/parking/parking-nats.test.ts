/** Tests of parking in the stream of timers: the shared suite. */
import { after } from "node:test"
import { type NatsWire, natsWire } from "../../../wire/internal.ts"
import { createAccount } from "../../../testing/namespace.ts"
import { provisionStreams } from "../../../app/operations/provision-nats.ts"
import { parkingSuite } from "./parking.suite.ts"
import { natsParking } from "./parking-nats.ts"

const wires: NatsWire[] = []

after(() => Promise.all(wires.map((wire) => wire.close())))

parkingSuite(async () => {
  const wire = await natsWire({ url: await createAccount(), name: "parking test" })
  wires.push(wire)
  await provisionStreams(wire, ["bank", "post"])
  return natsParking(wire)
})
