/** `watch` on the win32 node.exe: what changes in the files is seen by the notifications of the system, and not by looking again. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TRIGGERS, type Trigger } from '../../../src/reconcile/watch/triggers.ts'
import { tunnel, tunnelSet } from '../../cli/manifests.ts'
import { type Running, Windows, windowsPath } from '../windows.ts'

/** Far away: nothing in these tests is found by it. */
const SET = tunnelSet('lab', 'prune: true, drift: { resync: 1h }')
const lab = (name: string, net: number, time = '1h') => tunnel(name, { set: 'lab', net, time })
/** A file event, and the second reading after it. A pass that reads no files, such as a retry, finds no change in them. */
const BY_FILES: ReadonlySet<Trigger> = new Set(['files', 'settle'])
const PATIENCE_MILLISECONDS = 60_000

interface Told {
  readonly event: string
  readonly action?: string
  readonly address?: string
  readonly tree?: string
  readonly triggers?: readonly Trigger[]
}

class Watched {
  readonly machine = new Windows()
  readonly #running: Running

  /** @param root the folder or file to watch, relative to where the command runs, in the spelling of Windows */
  constructor(files: Readonly<Record<string, string>>, root: (folder: string) => string) {
    for (const [path, text] of Object.entries(files)) this.machine.write(path, text)
    this.#running = this.machine.start(['watch', '-o', 'ndjson', root(this.machine.folder)])
  }

  at(path: string): string {
    return join(this.machine.folder, path)
  }

  get events(): Told[] {
    const text = this.#running.stdout()
    const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Told)
  }

  /** Waits until the watch has told something after `from` events; the events up to there. */
  async saw(what: (events: readonly Told[]) => boolean, from: number): Promise<Told[]> {
    for (const end = Date.now() + PATIENCE_MILLISECONDS; Date.now() < end; ) {
      const since = this.events.slice(from)
      if (what(since)) return since
      await new Promise((settle) => setTimeout(settle, 50))
    }
    const { stderr } = await this.#running.kill()
    throw new Error(`the watch did not tell it: ${JSON.stringify(this.events.slice(from))} ${stderr}`)
  }

  /** The tree is read as it stands. */
  async started(): Promise<void> {
    await this.saw((events) => isAtRest(events) && events.some(({ event }) => event === 'correction'), 0)
  }

  /** What is done to the files leads to the corrections, and no pass is owed to the resync. */
  async heals(act: () => void, ...corrections: readonly string[]): Promise<void> {
    const from = this.events.length
    act()
    const told = await this.saw(
      (events) => isAtRest(events) && done(events).length >= corrections.length && triggersOf(events).includes('files'),
      from,
    )
    expect(done(told).sort()).toEqual([...corrections].sort())
    const reads = triggersOf(told).filter((trigger) => TRIGGERS[trigger].readsManifests)
    expect(
      reads.filter((trigger) => !BY_FILES.has(trigger)),
      JSON.stringify(told),
    ).toEqual([])
  }
}

function done(events: readonly Told[]): string[] {
  return events.flatMap(({ event, action, address }) => (event === 'correction' ? [`${action} ${address}`] : []))
}

/** Why there were passes. A second reading may come before the notification does. */
function triggersOf(events: readonly Told[]): Trigger[] {
  return events.flatMap(({ event, triggers = [] }) => (event === 'pass' ? triggers : []))
}

/** The last thing that was told is a pass that found nothing half done. */
function isAtRest(events: readonly Told[]): boolean {
  const last = events.at(-1)
  return last?.event === 'pass' && last.tree === 'good'
}

const TREE = { 'm/set.yaml': SET, 'm/a.yaml': lab('a', 1), 'm/sub/b.yaml': lab('b', 2) }

it('heals what is edited, saved by rename, added, deleted, and what stands in a new directory', async () => {
  const watched = new Watched(TREE, () => 'm')
  await watched.started()
  const { machine } = watched

  await watched.heals(() => machine.write('m/a.yaml', lab('a', 1, '2h')), 'replace IPsecTunnel/a')
  await watched.heals(() => {
    writeFileSync(watched.at('m/.a.yaml.tmp'), lab('a', 1, '3h'))
    renameSync(watched.at('m/.a.yaml.tmp'), watched.at('m/a.yaml'))
  }, 'replace IPsecTunnel/a')
  await watched.heals(() => machine.write('m/a.yaml', lab('a', 1, '4h')), 'replace IPsecTunnel/a')
  await watched.heals(() => machine.write('m/c.yaml', lab('c', 3)), 'create IPsecTunnel/c')
  await watched.heals(() => rmSync(watched.at('m/c.yaml')), 'delete IPsecTunnel/c')
  await watched.heals(() => machine.write('m/new/d.yaml', lab('d', 4)), 'create IPsecTunnel/d')
  await watched.heals(() => machine.write('m/new/d.yaml', lab('d', 4, '2h')), 'replace IPsecTunnel/d')
})

it('goes on after a directory was deleted and made again, after another took its place, and after the root was made again', async () => {
  const watched = new Watched(TREE, () => 'm')
  await watched.started()
  const { machine } = watched
  const remake = (path: string, make: () => void) => () => {
    rmSync(watched.at(path), { recursive: true })
    make()
  }
  const everything = (time: string) => () => {
    mkdirSync(watched.at('m'))
    for (const [path, text] of Object.entries(TREE)) machine.write(path, text.replace('time: 1h', `time: ${time}`))
  }

  const sub = (time: string) => () => machine.write('m/sub/b.yaml', lab('b', 2, time))
  await watched.heals(remake('m/sub', sub('2h')), 'replace IPsecTunnel/b')
  await watched.heals(sub('3h'), 'replace IPsecTunnel/b')
  await watched.heals(() => {
    machine.write('next/b.yaml', lab('b', 2, '4h'))
    renameSync(watched.at('m/sub'), watched.at('old'))
    renameSync(watched.at('next'), watched.at('m/sub'))
  }, 'replace IPsecTunnel/b')
  await watched.heals(sub('5h'), 'replace IPsecTunnel/b')
  await watched.heals(remake('m', everything('6h')), 'replace IPsecTunnel/a', 'replace IPsecTunnel/b')
  await watched.heals(() => machine.write('m/a.yaml', lab('a', 1, '7h')), 'replace IPsecTunnel/a')
})

it.each([
  ['a folder, in small letters and forward slashes', (folder: string) => `z:${folder}/m`.toLowerCase()],
  ['a single file', (folder: string) => windowsPath(`${folder}/m/a.yaml`)],
])('follows %s', async (_, root) => {
  const watched = new Watched({ 'm/a.yaml': `${SET}---\n${lab('a', 1)}` }, root)
  await watched.started()

  await watched.heals(
    () => watched.machine.write('m/a.yaml', `${SET}---\n${lab('a', 1, '2h')}`),
    'replace IPsecTunnel/a',
  )
})
