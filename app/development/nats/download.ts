/** Downloads a file over HTTP, with limits of time and size. */
import { Buffer } from "node:buffer"
import { messageOf } from "../../../contracts/internal.ts"

const connectTimeoutMs = 12_000
const totalTimeoutMs = 180_000
const maxBytes = 64 * 1_048_576

/** Limits of a download. The defaults suit a slow line. */
export interface DownloadLimits {
  readonly connectTimeoutMs?: number
  /** The largest accepted file, in bytes. */
  readonly maxBytes?: number
}

/** Downloads a whole file. Throws an error of one sentence when it cannot. */
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
    return await bodyOf(response, limits.maxBytes ?? maxBytes)
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

async function bodyOf(response: Response, limit: number): Promise<Buffer> {
  const parts: Array<Uint8Array> = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.length
    if (bytes > limit) throw new Error(`sent more than ${limit} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}
