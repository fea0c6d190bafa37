/** Certificates for one test, made by openssl: an authority, and a server that it certifies. */
import { execFile } from "node:child_process"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import { temporaryFolder, type TestScope } from "./temporary-folder.ts"

/** Files in PEM format. */
export interface Certificates {
  /** The authority's certificate; clients that trust it accept the server. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const openssl = (...args: string[]) => promisify(execFile)("openssl", args)

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

/** Makes an authority, and its certificate for a server at `localhost` and 127.0.0.1. */
export const makeCertificates = async (scope: TestScope): Promise<Certificates> => {
  const folder = await temporaryFolder(scope)
  const [ca, caKey, cert, key, request, extensions] = [
    ...["ca.crt", "ca.key", "tls.crt", "tls.key", "tls.csr", "tls.ext"].map((name) =>
      join(folder, name)
    ),
  ] as [string, string, string, string, string, string]
  const days = ["-days", "2"]
  await openssl("req", "-x509", ...newKey, "-keyout", caKey, "-out", ca, ...days, "-subj", "/CN=ca")
  await openssl("req", ...newKey, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
  await writeFile(extensions, `${names}\nextendedKeyUsage=serverAuth,clientAuth\n`)
  await openssl(
    ...["x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-CAcreateserial"],
    ...["-out", cert, ...days, "-extfile", extensions],
  )
  return { ca, cert, key }
}
