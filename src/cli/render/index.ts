/** What people and programs read: plans, reports, findings, tables. */
export { FINDINGS_FORMATS } from './findings-formats.ts'
export { type DiagnosticJson, diagnosticsToJson, renderDiagnostics, summarise } from './frames.ts'
export { applyJson, FORMAT_VERSION, listedJson, planJson, toJson } from './json.ts'
export { junit } from './junit.ts'
export { type Paint, paintFor, renderTable } from './paint.ts'
export { renderDifference, renderPlan, renderUndeclared } from './plan.ts'
export { Progress, type ProgressMode } from './progress.ts'
export { findingOfHolding, outcomeOfHolding, renderExamination, renderReports } from './report.ts'
