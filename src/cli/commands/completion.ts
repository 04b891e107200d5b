/** `completion SHELL`: the script that makes a shell ask `wfpctl __complete` what can stand at its cursor. */

import { didYouMean, packagedText, rowOf } from '../../base/index.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import type { Invocation } from './command.ts'

const SCRIPTS: { readonly [shell: string]: string } = {
  bash: 'wfpctl.bash',
  zsh: 'wfpctl.zsh',
  fish: 'wfpctl.fish',
  powershell: 'wfpctl.ps1',
  pwsh: 'wfpctl.ps1',
}

export const SHELLS: readonly string[] = Object.keys(SCRIPTS)

export async function run({ args, terminal }: Invocation): Promise<ExitCode> {
  const [shell = ''] = args
  const script = rowOf(SCRIPTS, shell)
  if (script === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      `unknown shell ${shell}; ${didYouMean(shell, SHELLS) ?? `there are ${SHELLS.join(', ')}`}`,
    )
  }
  terminal.answer(packagedText(`packaging/completion/${script}`))
  return EXIT.done
}
