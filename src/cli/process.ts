/** This process and what is around it: signals that end it, its streams, and Node's own warnings. */

import { userInfo } from 'node:os'
import type { Actor } from '../reconcile/history.ts'
import type { WatchEvent } from '../reconcile/watch/events.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { wrapped } from './width.ts'

/** @returns a signal that is aborted at the first SIGINT, SIGTERM or (Windows) Ctrl-Break; until then the process is kept alive */
export function interrupted(): AbortSignal {
  const controller = new AbortController()
  const keepAlive = setInterval(() => {}, 2 ** 30)
  const signals = ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const
  const end = () => {
    clearInterval(keepAlive)
    for (const signal of signals) process.removeListener(signal, end)
    controller.abort()
  }
  for (const signal of signals) process.on(signal, end)
  return controller.signal
}

/** Lines are broken at blanks for people who look at a terminal, and for nobody else. */
export function widthFor(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY && stream.columns > 0 ? stream.columns : undefined
}

/** Words on stderr. */
export function say(text: string): void {
  process.stderr.write(wrapped(text, widthFor(process.stderr)))
}

/** Whose account this is: what is done is remembered with it. */
export function actorOf(command: string): Actor {
  const { USERDOMAIN } = process.env
  const domain = process.platform === 'win32' && USERDOMAIN ? `${USERDOMAIN}\\` : ''
  return { by: `${domain}${accountName()}`, command, date: () => new Date() }
}

/** An account may have no name. */
function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

const READER_GONE: readonly (string | undefined)[] = ['EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED']

function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return READER_GONE.includes(code)
}

/** Who reads what is written may stop reading: what was asked is done to its end all the same. What cannot be written is a failure. */
export function guardOutput(): void {
  onceUnwritable(process.stderr, () => {}) // there is nobody left to be told
  onceUnwritable(process.stdout, ({ message }) => say(`wfpctl: the output cannot be written: ${message}\n`))
}

function onceUnwritable(stream: NodeJS.WriteStream, tell: (error: Error) => void): void {
  let isTold = false
  stream.on('error', (error) => {
    if (isTold || isReaderGone(error)) return
    isTold = true
    tell(error)
    process.on('exit', (code) => {
      if (code === EXIT.done) process.exitCode = EXIT.outputFailed
    })
  })
}

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

let ending: Promise<Ending> | undefined
let hangup = (): void => {}

/** To be called as early as can be: a signal that comes while modules are loaded ends a watch as one that comes later. */
export function hearEndings(): Promise<Ending> {
  ending ??= new Promise((resolve) => {
    for (const [signal, exitCode] of Object.entries(SIGNALS)) {
      process.once(signal, () => resolve({ reason: signal, exitCode }))
    }
    process.on('SIGHUP', () => {
      if (process.platform === 'win32') resolve({ reason: 'SIGHUP', exitCode: EXIT.done })
      else hangup()
    })
  })
  return ending
}

/**
 * @param onHangup called at SIGHUP, which asks to look again; on Windows it says that the console is closed, and ends the watch
 * @param streams that events are written to
 */
export function untilEnded(onHangup: () => void, streams: readonly NodeJS.WriteStream[]): Promise<Ending> {
  hangup = onHangup
  return Promise.race([hearEndings(), ...streams.map(untilUnheard)])
}

/** Events that nobody can read any more are the end of a watch: whoever wanted them starts another one. */
function untilUnheard(stream: NodeJS.WriteStream): Promise<Ending> {
  return new Promise((resolve) => {
    stream.on('error', (error) => {
      const isClosed = isReaderGone(error)
      const reason = isClosed ? 'output closed' : 'the events cannot be written'
      resolve({ reason, exitCode: isClosed ? EXIT.done : EXIT.outputFailed })
    })
  })
}

const LEAVE_MILLISECONDS = 200

/** Everything is done: what still runs (a thread that does not stop, a child that does not go) is left, once what was said has been read. */
export function leave(): void {
  const unread = () => process.stdout.writableLength + process.stderr.writableLength
  setInterval(() => unread() === 0 && process.exit(), LEAVE_MILLISECONDS).unref()
}

/** From now on Node's own lines on stderr give way to events. */
export function tellWarnings(listener: (event: WatchEvent) => void): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => {
    listener({ event: 'warning', time: new Date().toISOString(), name, message })
  })
}
