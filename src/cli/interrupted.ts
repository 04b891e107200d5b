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
