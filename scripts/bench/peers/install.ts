/** Installs the peers into their own folder, only when a benchmark needs them. */
import { fileURLToPath } from "node:url"
import { installPackages } from "../../package/install.ts"

/** Installs what package-lock.json says, unless it is installed. Throws if npm cannot. */
export const installPeers = (): Promise<void> =>
  installPackages(fileURLToPath(new URL(".", import.meta.url)))
