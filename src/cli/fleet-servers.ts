/** Which fleet is meant, and with which credentials: options and environment, read from files that only their owner reads. */

import type { FleetServers } from '../fleet/nats/connect.ts'
import { FleetError, type FleetErrorSort } from '../fleet/plane.ts'
import { readRegularFile, SECRET_SOURCES, UnusableFile } from '../manifest/index.ts'
import { CommandFailure, EXIT, type ExitCode } from './exit.ts'
import { knowFileAccess } from './trusted.ts'

type Options = Readonly<Record<string, unknown>>

/** @throws CommandFailure where none is named, or a file cannot be used */
export async function fleetServersFrom(options: Options): Promise<FleetServers> {
  const url = fleetUrlFrom(options)
  await knowFileAccess()
  const [creds, ca, cert, key] = ['fleetCreds', 'fleetCa', 'fleetCert', 'fleetKey'].map((name) => textOf(options, name))
  if ((cert === undefined) !== (key === undefined))
    throw new CommandFailure(EXIT.usage, 'a certificate and its key belong together: --fleet-cert and --fleet-key')
  return {
    url,
    ...(creds !== undefined && { creds }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && key !== undefined && { certificate: { cert, key } }),
  }
}

/** @throws CommandFailure where none is named */
export function fleetUrlFrom(options: Options): string {
  const url = givenFor(options, 'fleet')
  if (url === undefined)
    throw new CommandFailure(EXIT.usage, 'which fleet? write --fleet nats://HOST:4222, or set WFPCTL_FLEET')
  return url
}

const EXIT_OF: { readonly [sort in FleetErrorSort]: ExitCode } = {
  unavailable: EXIT.unavailable,
  denied: EXIT.unavailable,
  invalid: EXIT.usage,
}

/** What the plane refuses is said as any other refusal; the rest is ours. */
export async function withFleetErrors<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof FleetError ? new CommandFailure(EXIT_OF[error.sort], error.message) : error
  })
}

/** `fleetCreds` → `--fleet-creds`, else `WFPCTL_FLEET_CREDS` */
function givenFor(options: Options, name: string): string | undefined {
  const value = options[name] ?? process.env[`WFPCTL_${snake(name)}`]
  return value === undefined || value === '' ? undefined : String(value)
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase()
}

/** Credentials and keys are owner-only; authorities and certificates are public. */
function textOf(options: Options, name: string): string | undefined {
  const file = givenFor(options, name)
  if (file === undefined) return undefined
  const read = /Creds|Key/.test(name) ? SECRET_SOURCES.file?.read({ file }, process.cwd()) : publicFile(file)
  if (read === undefined || typeof read === 'string')
    throw new CommandFailure(EXIT.usage, `${read} (--${snake(name).toLowerCase().replaceAll('_', '-')})`)
  return read.toString('utf8')
}

const MOST_BYTES = 1_000_000

function publicFile(file: string): Buffer | string {
  try {
    return readRegularFile(file, MOST_BYTES)
  } catch (error) {
    return error instanceof UnusableFile
      ? `${file} ${error.message}`
      : `cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`
  }
}
