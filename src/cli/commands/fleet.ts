/** The commands of a fleet. A name of several words is a command in a group: `GROUPS` in index.ts says what those are about. */

import type { CommandOption, CommandSpec } from './command.ts'
import { FLEET } from './options.ts'

const WAITING: readonly CommandOption[] = [
  ['--wait', 'stay, take the steps, and end with the rollout: exit 0 done, 2 done and some differ, 4 halted'],
]

const ROLLING: readonly CommandOption[] = [
  ['--waves <WAVES>', 'parts of the fleet, each holding those before: canary:2,10%,50%,100% (default: 100%)'],
  ['--max-failures <N>', 'so many hosts may fail or be silent before it halts (default: 0)'],
  ['--timeout <DURATION>', 'how long a host may take before it is silent (default: 15m)'],
  ['--bake <DURATION>', 'how long a wave stays well before the next (default: 0s)'],
]

/** Its code takes the last word of its name. */
const rollout = (verb: string) => ({
  name: `fleet rollout ${verb}`,
  outputs: ['human', 'json'],
  load: async () => {
    const { running } = await import('./fleet/rollout.ts')
    return { run: running(verb) }
  },
})

export const fleetCommands: readonly CommandSpec[] = [
  {
    name: 'fleet init',
    args: '[HOST...]',
    summary: "write what a fleet begins with: servers' configuration, and credentials for controllers and hosts",
    options: [
      ['--out <DIR>', 'where to write; owner-only. `-`: to standard output, secrets too'],
      [
        '--server <HOST:PORT>',
        'where hosts reach a server; three times for three that keep everything (default: 127.0.0.1:4222)',
        'repeatable',
      ],
      ['--tls', 'servers show a certificate'],
      ['--mtls', 'servers show a certificate, and ask clients for one'],
      ['--add-host <NAME>', 'credentials for one more host of the fleet at --out; may be given again', 'repeatable'],
    ],
    outputs: ['human', 'json'],
    load: () => import('./fleet/init.ts'),
  },
  {
    name: 'fleet dev',
    summary:
      'a whole fleet on this machine, to be tried: a server, a repository, three hosts on sandboxes, and the page',
    options: [
      ['--nats-server <FILE>', 'the program, where it is not found by itself'],
      ['--listen <[HOST:]PORT>', 'where the page is (default: a port of this machine that is free)'],
    ],
    outputs: ['human'],
    load: () => import('./fleet/dev.ts'),
  },
  {
    ...rollout('start'),
    args: '<COMMIT>',
    summary: 'roll a commit out in waves',
    options: [...FLEET, ...ROLLING, ...WAITING],
  },
  { ...rollout('pause'), args: '[ID]', summary: 'no further host is told', options: FLEET },
  {
    ...rollout('resume'),
    args: '[ID]',
    summary: 'go on after a pause or a halt; after a halt, hosts that are not well try again',
    options: [...FLEET, ...WAITING],
  },
  {
    ...rollout('abort'),
    args: '[ID]',
    summary: 'end it for good; every host stays with what it was told',
    options: FLEET,
  },
  {
    ...rollout('back'),
    args: '[ID]',
    summary: 'end it where it goes on, and roll every host that it told to its own former commit',
    options: [...FLEET, ...ROLLING, ...WAITING],
  },
  {
    ...rollout('watch'),
    args: '[ID]',
    summary: 'take the steps of the newest rollout until it ends, as start --wait does',
    options: FLEET,
  },
  { ...rollout('show'), args: '[ID]', summary: 'how far it is, wave by wave', options: FLEET },
  {
    name: 'fleet status',
    summary: 'what runs where; exit 2 when a host is not as it was told, 4 when the newest rollout halted',
    options: FLEET,
    outputs: ['human', 'json'],
    load: () => import('./fleet/status.ts'),
  },
  {
    name: 'fleet host',
    args: '<NAME>',
    summary: 'one host: what it runs, what it was told, and how its sets stand',
    options: [...FLEET, ['--forget', 'forget a host that is no more: no rollout waits for it']],
    outputs: ['human', 'json'],
    load: () => import('./fleet/host.ts'),
  },
  {
    name: 'fleet serve',
    summary: 'take the steps of rollouts, and serve health, metrics and what the fleet looks like',
    options: [
      ...FLEET,
      ['--listen <[HOST:]PORT>', 'where (default: 9742, to this machine only)'],
      [
        '--listen-token-file <FILE>',
        'who asks must have the token in it (default: needed, and made, beyond this machine)',
      ],
      ['--no-control', 'only look: take no steps'],
    ],
    outputs: ['human'],
    load: () => import('./fleet/serve.ts'),
  },
]
