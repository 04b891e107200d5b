/** `doctor`: is everything there that an apply will lean on? Changes nothing. */

import type { Examination } from '../../providers/index.ts'
import { announcedEngine, keepAnswers, openOptions } from '../engine.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { FORMAT_VERSION, renderExamination, toJson } from '../render/index.ts'
import type { Invocation } from './command.ts'

export async function run({ options, terminal }: Invocation): Promise<ExitCode> {
  const choice = announcedEngine(options, terminal)
  const { examineEngine } = await import('../../providers/index.ts')
  const examination = await examineEngine(choice, { ...openOptions(options), probe: options.probe === true })
  const answer = terminal.json
    ? toJson(examinationJson(choice.engine, examination))
    : renderExamination(examination, terminal.paint)
  terminal.answer(answer)
  const { answers } = examination
  if (answers && choice.engine === 'wfp') keepAnswers(new Map(answers.map(({ id, answer: text }) => [id, text])))
  return examination.findings.some(({ status }) => status === 'error') ? EXIT.unavailable : EXIT.done
}

function examinationJson(engine: string, { findings, answers }: Examination): object {
  const count = (status: string) => findings.filter((finding) => finding.status === status).length
  return {
    formatVersion: FORMAT_VERSION,
    engine: { name: engine },
    findings,
    ...(answers && { probe: answers }),
    summary: { errors: count('error'), warnings: count('warning'), skipped: count('skipped') },
  }
}
