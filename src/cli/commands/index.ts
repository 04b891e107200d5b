/**
 * Every command as data: name, words of help, options, and where its code is. The code itself is loaded when it runs. What can stand in
 * place of `<PATH>` or `<SET>` is completed by that word (`src/cli/complete.ts`); small letters, `<correct|report>`, stand for themselves.
 */

import type { CommandOption, CommandSpec } from './command.ts'
import { fleetCommands } from './fleet.ts'
import {
  CACHE,
  DETAILED,
  DRY,
  ENGINE,
  FULL,
  GIT,
  MANIFESTS,
  MEMBERSHIP,
  PROGRESS,
  READING,
  SELECTION,
  STRICT,
  VALUES,
  WATCH,
} from './options.ts'

/** Of a command that checks manifests: what it has found may be all that is asked for. */
const CHECKED: CommandSpec['outputs'] = ['human', 'json', 'github', 'sarif']

const PLAN = {
  outputs: [...CHECKED, 'markdown', 'html'],
  load: () => import('./plan.ts'),
} as const

const INSTALLING = `
To install it:
  bash, in ~/.bashrc
    source <(wfpctl completion bash)
  zsh, into a folder of fpath; compinit must run
    wfpctl completion zsh > "\${fpath[1]}/_wfpctl"
  fish
    wfpctl completion fish > ~/.config/fish/completions/wfpctl.fish
  PowerShell, in $PROFILE
    wfpctl completion powershell | Out-String | Invoke-Expression
`

/** Commands of several words, and what all of them are about. */
export const GROUPS: { readonly [words: string]: string } = {
  fleet: 'many hosts: what runs where, and a commit rolled out in waves',
  'fleet rollout': 'a commit in waves, and everything about it',
}

export const commands: readonly CommandSpec[] = [
  {
    name: 'init',
    args: '[FILE]',
    summary: 'write a first manifest, from questions on a terminal or from options; never over a file',
    options: [
      ['--name <NAME>', 'name of the tunnel; the file is called so, too'],
      ['--set <NAME>', 'set that it belongs to (default: vpn)'],
      ['--local <IP>', 'address of this gateway'],
      ['--remote <IP>', 'address of its peer'],
      ['--local-net <PREFIXES>', 'networks behind this gateway, with commas between'],
      ['--remote-net <PREFIXES>', 'networks behind the peer, with commas between'],
      [
        '--psk-env <VARIABLE>',
        'environment variable that holds the preshared key (default: the name, as in HQ_DALLAS_PSK)',
      ],
    ],
    outputs: ['human'],
    load: () => import('./init.ts'),
  },
  {
    name: 'validate',
    args: '[PATH...]',
    summary: 'check manifests without opening an engine',
    options: [...READING, PROGRESS],
    outputs: CHECKED,
    load: () => import('./validate.ts'),
  },
  {
    name: 'render',
    args: '[PATH...]',
    summary: 'print what manifests become: templates filled in, everything else as it is',
    options: [...SELECTION, ...READING, PROGRESS],
    outputs: ['yaml', 'json'],
    load: () => import('./render.ts'),
  },
  {
    name: 'test',
    args: '[PATH...]',
    summary: 'check which way packets go: the TrafficTest manifests; exit 11 when one goes another way',
    options: [...READING, PROGRESS],
    outputs: ['human', 'json', 'junit', 'github', 'sarif'],
    load: () => import('./test.ts'),
  },
  {
    name: 'plan',
    args: '[PATH...]',
    summary: 'show what apply would change; writes nothing',
    options: [
      ...ENGINE,
      ...MANIFESTS,
      ...SELECTION,
      ...READING,
      ['--no-secrets', 'read no secret; whether one has changed is then not known'],
      DETAILED,
      ['--all-hosts', 'what each host would get that holds nothing yet; asks no engine'],
      ['--out <FILE>', 'save the plan for apply --plan'],
      ['--check', 'also try every call in a write transaction, abort it, and report all refusals'],
      FULL,
      PROGRESS,
    ],
    ...PLAN,
  },
  {
    name: 'diff',
    args: '<REV1> <REV2> [PATH]',
    summary:
      'show what the second commit of this repository would change on each host that has the first; asks no engine',
    options: [STRICT, DETAILED, FULL, PROGRESS],
    outputs: ['human', 'json', 'markdown', 'html'],
    load: () => import('./diff.ts'),
  },
  {
    name: 'apply',
    args: '[PATH...]',
    summary: 'make the engine what the manifests say',
    options: [
      ...ENGINE,
      ...MANIFESTS,
      ...SELECTION,
      ...READING,
      ...DRY,
      ['--auto-approve', 'do not ask'],
      ['--plan <FILE>', 'apply exactly this saved plan'],
      ['--plan-digest <DIGEST>', 'apply only if each set that changes has one of these digests (with commas between)'],
      ['--confirm-within <DURATION>', 'the former state comes back unless `wfpctl confirm` follows in time, e.g. 2m'],
      ['--hold', 'stay, and hold the key managers registered until interrupted'],
      FULL,
      PROGRESS,
    ],
    outputs: ['human', 'json'],
    load: () => import('./apply.ts'),
  },
  {
    name: 'confirm',
    args: '[SET...]',
    summary: 'keep what was applied with --confirm-within, or take it back',
    options: [
      ...ENGINE,
      ['--revert', 'bring the former state back at once'],
      ['--expired', 'bring back only what nobody confirmed in time: for boot units and schedulers'],
      ['--await', 'stay until nothing waits any more, and bring back what nobody confirms in time'],
    ],
    outputs: ['human', 'json'],
    load: () => import('./confirm.ts'),
  },
  {
    name: 'watch',
    args: '[PATH...]',
    summary: 'keep the engine what the manifests say, until stopped',
    options: [...ENGINE, ...MANIFESTS, ...WATCH, CACHE, STRICT, PROGRESS, VALUES, ...GIT, ...MEMBERSHIP],
    outputs: ['human', 'ndjson'],
    load: () => import('./watch.ts'),
  },
  {
    name: 'status',
    summary: 'ask a running watch how the sets stand',
    options: [
      ['--url <URL>', 'where it listens (default: http://127.0.0.1:9741; also WFPCTL_STATUS_URL)'],
      ['--token-file <FILE>', 'holds the token that it asks for'],
    ],
    outputs: ['human', 'json'],
    load: () => import('./status.ts'),
  },
  {
    name: 'drift',
    args: '[PATH...]',
    summary: 'compare the engine with what was last applied; exit 2 when it drifted',
    options: [...ENGINE, ...SELECTION, VALUES, CACHE, PROGRESS],
    outputs: ['human', 'json'],
    load: () => import('./drift.ts'),
  },
  {
    name: 'get',
    args: '[KIND[/NAME]]',
    summary: 'list what is in the engine',
    options: [...ENGINE, ...SELECTION, ['--all', 'foreign objects too']],
    outputs: ['table', 'wide', 'name', 'json', 'yaml'],
    load: () => import('./get.ts'),
  },
  {
    name: 'history',
    args: '[SET...]',
    summary: 'what was done to the sets, by whom, when, and from which commit; the engine keeps the last fifty',
    options: ENGINE,
    outputs: ['table', 'json'],
    load: () => import('./history.ts'),
  },
  {
    name: 'suspend',
    args: '<SET>',
    summary: 'have watches leave a set alone, for a time or until resume',
    options: [
      ...ENGINE,
      ['--for <DURATION>', 'how long, e.g. 2h (default: until resume)'],
      ['--reason <TEXT>', 'why, for whoever reads it next'],
    ],
    outputs: ['human', 'json'],
    load: () => import('./suspend.ts'),
  },
  {
    name: 'resume',
    args: '<SET>',
    summary: 'have watches look after a suspended set again',
    options: ENGINE,
    outputs: ['human', 'json'],
    load: () => import('./resume.ts'),
  },
  {
    name: 'export',
    summary: 'print the live state as manifests',
    options: [
      ...ENGINE,
      ...SELECTION,
      ['--set <SET>', 'only this set'],
      ['--all', 'foreign tunnels too, as a starting point for adoption'],
      PROGRESS,
    ],
    outputs: ['yaml', 'json'],
    load: () => import('./export.ts'),
  },
  {
    name: 'import',
    args: '<TOOL> <FILE...>',
    summary: 'make manifests of what another tool has: netipsec, swanctl or azure; opens no engine',
    options: [
      ['--out <PATH>', 'write the manifests into this file or directory, and answer with the report'],
      ['--set <SET>', 'the set that the tunnels belong to (default: default)'],
      [
        '--fill <FIELD=VALUE>',
        'what the source does not say: endpoints.local=203.0.113.10; may be given again',
        'repeatable',
      ],
      STRICT,
    ],
    outputs: ['yaml', 'human', 'json'],
    load: () => import('./import.ts'),
  },
  {
    name: 'adopt',
    args: '<ADDRESS|KEY> [PATH...]',
    summary: 'take over what somebody else made: a record is written, the tunnel is not touched',
    options: [
      ...ENGINE,
      ['--set <SET>', 'without a manifest, into this set: observed only, until a manifest declares it'],
      ['--host <NAME>', "the sets of this host name instead of the machine's own"],
      VALUES,
      CACHE,
      STRICT,
      ['--auto-approve', 'do not ask'],
      ...DRY,
    ],
    outputs: ['human', 'json'],
    load: () => import('./adopt.ts'),
  },
  {
    name: 'forget',
    args: '<ADDRESS|KEY>',
    summary: "give up what is ours: its record goes, the tunnel stays and is nobody's",
    options: [...ENGINE, ['--auto-approve', 'do not ask'], ...DRY],
    outputs: ['human', 'json'],
    load: () => import('./forget.ts'),
  },
  {
    name: 'destroy',
    args: '<SET>',
    summary: 'delete everything a set owns; protection holds',
    options: [...ENGINE, ['--auto-approve', 'do not ask'], ...DRY, FULL, PROGRESS],
    outputs: ['human', 'json'],
    load: () => import('./destroy.ts'),
  },
  {
    name: 'doctor',
    summary: 'look at the engine, its rights and its surroundings: findings with fixes',
    options: [
      ...ENGINE,
      [
        '--probe',
        'also try a tunnel in a transaction that is always aborted: what this engine does where nothing is documented',
      ],
    ],
    outputs: ['human', 'json'],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'explain',
    args: '<KIND[.path]|WORD>',
    summary: 'describe a kind or one of its fields, or what a word of another tool becomes',
    options: [['--recursive', 'all fields below it, one a line']],
    outputs: ['human', 'json'],
    load: () => import('./explain.ts'),
  },
  {
    name: 'schema',
    args: '[KIND]',
    summary: 'print the JSON Schema of a kind, or of all',
    options: [],
    outputs: ['json'],
    load: () => import('./schema.ts'),
  },
  {
    name: 'sandbox',
    args: '<OPERATION> [ARGS...]',
    summary:
      'play the other administrator: show | reset | restart | rm ADDRESS | tamper ADDRESS | add-foreign [SHAPE] | negotiate ADDRESS | set SWITCH VALUE',
    options: [ENGINE[0] as CommandOption],
    outputs: ['human', 'json'],
    load: () => import('./sandbox.ts'),
  },
  ...fleetCommands,
  {
    name: 'completion',
    args: '<SHELL>',
    summary: 'print the script that completes command lines in bash, zsh, fish or powershell (pwsh)',
    options: [],
    outputs: ['script'],
    notes: INSTALLING,
    load: () => import('./completion.ts'),
  },
]
