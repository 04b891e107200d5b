/** What is kept in the engine beside a set: what waits for a confirmation, who suspended it. Codecs, and no I/O. */
export {
  type Confirmation,
  type ConfirmWithin,
  confirmationOf,
  confirmationText,
  encodeConfirmation,
  secondsLeft,
} from './confirmation.ts'
export { type Done, NOTES, type Note, type Notes } from './notes.ts'
export {
  decodeSuspension,
  encodeSuspension,
  isSuspended,
  type Suspension,
  suspensionOf,
  suspensionText,
} from './suspension.ts'
