/** What ends a watch from outside, and with which exit code. */

import { EXIT, type ExitCode } from '../exit.ts'

export interface Ending {
  readonly reason: string
  readonly exitCode: ExitCode
}

/** A service that is told to stop has done its work; a person who presses Ctrl-C has interrupted it. */
const SIGNALS: { readonly [signal in 'SIGTERM' | 'SIGINT' | 'SIGBREAK']: ExitCode } = {
  SIGTERM: EXIT.done,
  SIGINT: EXIT.interrupted,
  SIGBREAK: EXIT.done, // what a Windows service manager's console gets
}

/** @param hangup called at SIGHUP, which asks to look again; on Windows it says that the console is closed, and ends the watch */
export function untilEnded(hangup: () => void): Promise<Ending> {
  return new Promise((resolve) => {
    for (const [signal, exitCode] of Object.entries(SIGNALS)) {
      process.once(signal, () => resolve({ reason: signal, exitCode }))
    }
    process.on('SIGHUP', () => {
      if (process.platform === 'win32') resolve({ reason: 'SIGHUP', exitCode: EXIT.done })
      else hangup()
    })
    // nobody reads any more
    process.stdout.on('error', () => resolve({ reason: 'output closed', exitCode: EXIT.done }))
  })
}
