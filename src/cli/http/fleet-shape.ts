/** What a fleet looks like to people: as src/fleet/view.ts gives it. */
export interface FleetView {
  readonly time: string
  readonly connected: boolean
  readonly hosts: readonly {
    readonly host: string
    readonly state: string
    readonly commit?: string
    readonly desired?: string
    readonly rollout?: string
    readonly wave?: number
    readonly drift: number
    readonly failure?: string
    readonly version?: string
    readonly sets: readonly {
      readonly set: string
      readonly state: string
      readonly resources: number
      readonly unsynced: number
    }[]
    readonly silentSince?: string
    readonly reported?: string
  }[]
  readonly states: { readonly [state: string]: number | undefined }
  readonly silent: number
  readonly commits: readonly { readonly commit: string; readonly hosts: number }[]
  readonly rollout?: {
    readonly id: string
    readonly commit?: string
    readonly back?: string
    readonly state: string
    readonly wave: number
    readonly since: string
    readonly started: string
    readonly by: string
    readonly why?: string
    readonly maxFailures: number
    readonly waves: readonly {
      readonly name: string
      readonly share: string
      readonly hosts: number
      readonly synced: number
      readonly failed: number
      readonly waiting: number
      readonly state: string
    }[]
  }
}
