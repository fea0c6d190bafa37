/** The processes of a cluster on this machine: which there are, and how each is started. */
import { startChild } from "../child.ts"
import { scriptCommand } from "../script-command.ts"
import { type Server, superviseServer } from "../server.ts"
import type { Role } from "../../roles.ts"

/** A process of the application. */
export interface Part {
  readonly name: string
  readonly role: Role
}

/** Three nodes of actors, two workers of projections, and one each of the others. */
export const PARTS: readonly Part[] = [
  { name: "node-1", role: "actors" },
  { name: "node-2", role: "actors" },
  { name: "node-3", role: "actors" },
  { name: "worker-1", role: "projections" },
  { name: "worker-2", role: "projections" },
  { name: "policies", role: "policies" },
  { name: "gateway", role: "gateway" },
]

/** Longer than a node takes to hand over what it has, and to finish what it has begun. */
const STOP_GRACE_MS = 8_000

const script = new URL("../../../examples/shop/main.ts", import.meta.url)

type Environment = Readonly<Record<string, string>>

/** Starts a part. It is not waited for until it works: others find out by its health. */
const startPart = ({ name, role }: Part, environment: Environment): Promise<Server> =>
  superviseServer({ url: "", port: 0 }, () => {
    const [program, ...args] = scriptCommand(script)
    return startChild({
      name,
      program,
      args,
      stopSignal: "TERM",
      stopGraceMs: STOP_GRACE_MS,
      environment: { ...environment, ROLES: role },
    })
  })

/** A part at work. */
export interface StartedPart extends Part {
  readonly server: Server
}

/** The parts at work. */
export interface StartedParts {
  readonly parts: readonly StartedPart[]
  /** Asks all of them to end, and resolves when they have. */
  readonly stop: () => Promise<void>
}

/** Starts all parts, each with the environment that is said for it. */
export const startParts = async (
  environmentOf: (part: Part) => Environment,
): Promise<StartedParts> => {
  const parts = await Promise.all(
    PARTS.map(async (part) => ({ ...part, server: await startPart(part, environmentOf(part)) })),
  )
  const stop = async () => void await Promise.all(parts.map(({ server }) => server.stop()))
  return { parts, stop }
}
