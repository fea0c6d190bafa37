/** The gauges of a host: what it holds now, and how much it may hold. */
import { type Gauge, METRIC } from "../../wire/internal.ts"
import type { HostLimits } from "../limits.ts"
import { actorMetrics } from "./actor-metrics.ts"

/** What a host holds now. */
export interface Holding {
  readonly inFlight: number
  readonly residents: number
  readonly residentBytes: number
  readonly actors: Iterable<string>
}

/** The gauges of a host with these limits. */
export const hostGauges = (
  { commandsInFlight, residentActors, residentBytes, mailboxCommands }: HostLimits,
  { actors, ...holding }: Holding,
): Gauge[] => [
  [METRIC.commandsInFlight, holding.inFlight],
  [METRIC.commandsInFlightLimit, commandsInFlight],
  [METRIC.residents, holding.residents],
  [METRIC.residentsLimit, residentActors],
  [METRIC.actorsMemory, holding.residentBytes],
  [METRIC.actorsMemoryLimit, residentBytes],
  [METRIC.mailboxLimit, mailboxCommands],
  ...[...actors].map((name): Gauge => [
    METRIC.mailboxLongest,
    actorMetrics(name).mailbox.value,
    name,
  ]),
]
