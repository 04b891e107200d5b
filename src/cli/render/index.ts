/** What people and programs read: plans, reports, findings, tables. */
export { differenceText, renderDifference, type Telling, wordsOf } from './change.ts'
export { FINDINGS_FORMATS } from './findings-formats.ts'
export { type DiagnosticJson, diagnosticsToJson, renderDiagnostics, summarise } from './frames.ts'
export { isTouched, renderHosts, touchedText } from './hosts.ts'
export { applyJson, FORMAT_VERSION, hostsJson, listedJson, planJson, toJson } from './json.ts'
export { junit } from './junit.ts'
export { type Paint, paintFor, renderTable } from './paint.ts'
export {
  AS_APPLIED,
  asideLines,
  isNoteworthy,
  noteLines,
  OWNER,
  partialLines,
  renderPlan,
  renderUndeclared,
  summaryLine,
} from './plan.ts'
export { Progress, type ProgressMode } from './progress.ts'
export { findingOfHolding, outcomeOfHolding, renderExamination, renderReports } from './report.ts'
