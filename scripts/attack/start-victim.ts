/** Starts the shop under attack: `npm start` with a probe in its process. */
import process from "node:process"
import { startProbe } from "./loop-probe.ts"

startProbe(Number(process.env.ATTACK_PROBE_PORT))
await import("../../examples/shop/start.ts")
