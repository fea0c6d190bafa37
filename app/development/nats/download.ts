/** A file fetched over HTTP, with a limit on how long a silent server may stall us. */
import { Buffer } from "node:buffer"
import { messageOf } from "../server-error.ts"

const connectTimeoutMs = 12_000
const totalTimeoutMs = 180_000

/** How long a download may take; the defaults suit a slow line. */
export interface DownloadLimits {
  readonly connectTimeoutMs?: number
}

/** Fetches a file whole. Throws in one sentence when it cannot. */
export async function download(
  url: string,
  signal?: AbortSignal,
  limits: DownloadLimits = {},
): Promise<Buffer> {
  const waitMs = limits.connectTimeoutMs ?? connectTimeoutMs
  const connecting = new AbortController()
  const stalled = setTimeout(() => connecting.abort(), waitMs)
  const limit = AbortSignal.timeout(totalTimeoutMs)
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([connecting.signal, limit, ...(signal ? [signal] : [])]),
    })
    clearTimeout(stalled)
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`answered ${response.status}`)
    }
    return Buffer.from(await response.arrayBuffer())
  } catch (error) {
    const reason = connecting.signal.aborted
      ? `did not answer within ${waitMs / 1000} s`
      : error instanceof TypeError
      ? "could not be reached"
      : messageOf(error)
    throw new Error(`${new URL(url).host} ${reason}`, { cause: error })
  } finally {
    clearTimeout(stalled)
  }
}
