import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Workbench, workbench } from './harness.ts'
import { many, tunnel, tunnelSet } from './manifests.ts'
import { isSynced, type Watching, watching } from './watching.ts'

const COUNT = 12

async function tree(bench: Workbench, folder: string, time = '1h'): Promise<void> {
  await bench.write(`${folder}/set.yaml`, tunnelSet('vpn', 'prune: true'))
  for (let i = 1; i <= COUNT; i++)
    await bench.write(`${folder}/t${i}.yaml`, tunnel(`t${i}`, { set: 'vpn', net: i, time }))
}

/** Everything has the new lifetime, and nothing was ever deleted on the way. */
async function expectReplaced(watch: Watching, from: number): Promise<void> {
  const later = () => watch.events.slice(from)
  await watch.until(() => later().filter((e) => e.event === 'correction' && e.action === 'replace').length === COUNT)
  await watch.until(() => isSynced(watch, COUNT))
  expect(watch.of('correction').filter((e) => e.action === 'delete')).toEqual([])
}

async function watchingTree(folder: string, prepare: (bench: Workbench) => Promise<void>) {
  const bench = workbench()
  await prepare(bench)
  const watch = watching(bench, folder)
  await watch.until(() => isSynced(watch, COUNT))
  return { bench, watch, from: watch.events.length, at: (path: string) => join(bench.folder, path) }
}

describe('watch, while tools are at work on the tree', () => {
  it('prunes nothing when a directory is exchanged through its link', async () => {
    const { bench, watch, from, at } = await watchingTree('current', async (b) => {
      await tree(b, 'releases/1')
      await tree(b, 'releases/2', '30m')
      symlinkSync('releases/1', join(b.folder, 'current'))
    })

    symlinkSync('releases/2', at('current.new'))
    renameSync(at('current.new'), at('current'))
    rmSync(at('releases/1'), { recursive: true })

    await expectReplaced(watch, from)
    expect((await bench.run('plan', 'current', '--detailed-exitcode')).code).toBe(0)
  })

  it('prunes nothing when the root is deleted and made again, file by file', async () => {
    const { bench, watch, from, at } = await watchingTree('m', (b) => tree(b, 'm'))

    rmSync(at('m'), { recursive: true })
    await watch.saw('invalid', undefined, from)
    mkdirSync(at('m'))
    await tree(bench, 'm', '30m')

    await expectReplaced(watch, from)
  })

  it('prunes nothing that a file does not declare yet, which is being written when it starts', async () => {
    const bench = workbench()
    const documents = [tunnelSet('vpn', 'prune: true')]
    for (let i = 1; i <= 4; i++) documents.push(tunnel(`t${i}`, { set: 'vpn', net: i }))
    await bench.write('m/all.yaml', many(...documents))
    expect((await bench.run('apply', 'm', '--auto-approve')).code).toBe(0)

    const watch = watching(bench, 'm')
    await bench.write('m/all.yaml', documents[0]!) // before it has come to read anything
    await watch.saw('started')
    for (let written = 1; written <= documents.length; written++) {
      await bench.write('m/all.yaml', many(...documents.slice(0, written)))
      await sleep(1_200)
    }
    await watch.until(() => isSynced(watch, 4))
    expect(watch.of('correction')).toEqual([])
  })

  it('prunes nothing when git rewrites the tree', async () => {
    const git = (bench: Workbench, ...args: readonly string[]) =>
      execFileSync('git', ['-C', bench.folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args])
    const { bench, watch, from } = await watchingTree('m', async (b) => {
      await tree(b, 'm', '30m')
      git(b, 'init', '-q', '-b', 'next')
      git(b, 'add', '.')
      git(b, 'commit', '-qm', 'next')
      git(b, 'checkout', '-q', '--orphan', 'main')
      git(b, 'rm', '-rqf', '.')
      await tree(b, 'm')
      git(b, 'add', '.')
      git(b, 'commit', '-qm', 'main')
    })

    git(bench, 'checkout', '-q', 'next')

    await expectReplaced(watch, from)
  })

  it('waits while git holds the lock of its index, however long that takes', async () => {
    const { watch, from, at } = await watchingTree('m', (b) => tree(b, 'm'))
    mkdirSync(at('.git'))
    writeFileSync(at('.git/index.lock'), '')

    rmSync(at('m/t1.yaml'))
    await watch.saw('unsettled', undefined, from)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(watch.of('correction').filter((e) => e.action === 'delete')).toEqual([])
    rmSync(at('.git/index.lock'))

    await watch.saw('correction', (e) => e.action === 'delete' && e.address === 'IPsecTunnel/t1')
  })

  it('changes nothing for a half-written file, and goes on when it is whole', async () => {
    const { bench, watch, from } = await watchingTree('m', (b) => tree(b, 'm'))
    const text = tunnel('t1', { set: 'vpn', net: 1, time: '30m' })

    await bench.write('m/t1.yaml', text.slice(0, text.length / 2))
    await watch.saw('invalid', undefined, from)
    expect(watch.events.slice(from).filter((e) => e.event === 'correction')).toEqual([])
    await bench.write('m/t1.yaml', text)

    await watch.saw('correction', (e) => e.action === 'replace' && e.address === 'IPsecTunnel/t1')
    await watch.until(() => isSynced(watch, COUNT))
  })
})
