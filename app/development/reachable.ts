/** Checks that a server answers at an address that a person has given. */
import { connect } from "node:net"
import { ServerError } from "./server-error.ts"

const timeoutMs = 5_000

/**
 * Connects to the addresses (several are separated by commas) until one answers. When no address
 * answers, throws a `ServerError` without the password.
 */
export async function requireReachable(
  setting: string,
  addresses: string,
  defaultPort: number,
): Promise<void> {
  const places = addresses.split(",").map((each) => {
    const { hostname, port } = new URL(each.trim())
    return {
      host: hostname.replace(/^\[|\]$/g, "") || "localhost",
      port: Number(port) || defaultPort,
    }
  })
  try {
    await Promise.any(places.map(tryConnect))
  } catch {
    const names = places.map(({ host, port }) => `${host}:${port}`).join(" or ")
    throw new ServerError(
      `nothing answers at ${names} (${setting}): start it, or leave ${setting} out to get an ` +
        "embedded server",
    )
  }
}

function tryConnect(place: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(place)
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no answer")))
    socket.once("error", reject)
    socket.once("connect", () => {
      socket.destroy()
      resolve()
    })
  })
}
