/** The checksums of the nats-server release that may be downloaded. */

/** The version of the release. */
export const releaseVersion = "2.15.0"

/**
 * The SHA-256 of each archive by name, as its publisher lists them. To use another release, copy
 * the lines of its SHA256SUMS here, and compare them with a second source that is not the download
 * itself, such as the recipe of the official container image.
 */
export const archiveChecksums: Readonly<Record<string, string>> = {
  "nats-server-v2.15.0-linux-amd64.tar.gz":
    "5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92",
  "nats-server-v2.15.0-linux-arm64.tar.gz":
    "cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112",
  "nats-server-v2.15.0-darwin-amd64.tar.gz":
    "5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95",
  "nats-server-v2.15.0-darwin-arm64.tar.gz":
    "e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8",
}
