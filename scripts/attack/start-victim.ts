/** Starts the shop under attack with its servers, all in this process, with a probe in it. */
import process from "node:process"
import { accessOf, addressesOf } from "../../app/development/access.ts"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { standardOutput } from "../../app/development/steps.ts"
import { runSystem, type StartApplication } from "../../app/development/system.ts"
import { start } from "../../app/start.ts"
import { shop } from "../../examples/shop/main.ts"
import { startProbe, startStreamsProbe } from "./loop-probe.ts"

const [loop = 0, streams = 0] = (process.env.ATTACK_PROBE_PORT ?? "").split(",").map(Number)
startProbe(loop)
startStreamsProbe(streams)

/** Attackers get past the rules, as somebody on the staff would. */
const startShop: StartApplication = ({ port, ...servers }) =>
  start(shop, { ...addressesOf(servers), port, developmentUser: true })

const options = { name: shop.name, access: accessOf(shop) }
await runUntilSignal(runSystem(process.env, startShop, standardOutput, options))
