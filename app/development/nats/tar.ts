/** A reader of the tar format, just enough to extract one file from a release archive. */
import type { Buffer } from "node:buffer"

const blockBytes = 512

/** The contents of the first plain file with this base name; undefined without such a file. */
export function fileFromTar(archive: Buffer, name: string): Buffer | undefined {
  let offset = 0
  while (offset + blockBytes <= archive.length) {
    const path = text(archive, offset, 100)
    if (path === "") return undefined
    const bytes = Number.parseInt(text(archive, offset + 124, 12), 8)
    if (!Number.isSafeInteger(bytes)) return undefined
    const start = offset + blockBytes
    const kind = text(archive, offset + 156, 1)
    if ((kind === "0" || kind === "") && path.split("/").at(-1) === name) {
      return start + bytes <= archive.length ? archive.subarray(start, start + bytes) : undefined
    }
    offset = start + Math.ceil(bytes / blockBytes) * blockBytes
  }
  return undefined
}

function text(archive: Buffer, start: number, length: number): string {
  return archive.toString("latin1", start, start + length).replace(/\0.*$/s, "").trim()
}
