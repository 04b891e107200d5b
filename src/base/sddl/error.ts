/** What is wrong with the text of a security descriptor. */

/** The statuses of winerror.h that GetLastError has after a failed conversion. */
export const NOT_SDDL = 87
export const INVALID_ACL = 1336
export const INVALID_SID = 1337
export type SddlStatus = typeof NOT_SDDL | typeof INVALID_ACL | typeof INVALID_SID

interface Details {
  /** why, where the message cannot say it; or the entry in which it stands */
  readonly why?: string
  /** what to write instead */
  readonly help?: string
}

/** The text is no security descriptor. `status` is what GetLastError would say. */
export class SddlError extends Error {
  readonly status: SddlStatus
  readonly why: string | undefined
  readonly help: string | undefined

  constructor(status: SddlStatus, message: string, { why, help }: Details = {}) {
    super(message)
    this.status = status
    this.why = why
    this.help = help
  }

  /** The same, said of one entry: `(A;;GA;;;SY)`. */
  inEntry(entry: string): SddlError {
    return new SddlError(this.status, this.message, {
      why: `in the entry ${entry}`,
      ...(this.help !== undefined && { help: this.help }),
    })
  }
}
