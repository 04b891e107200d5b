/** @see https://learn.microsoft.com/windows/win32/api/fwpmu/nf-fwpmu-fwpmprovidercontextsubscribechanges0 */
import { expect } from 'vitest'
import { registered } from '../../src/providers/wfp/binding/call/callback.ts'
import * as C from '../../src/providers/wfp/binding/tables/constants/index.ts'
import {
  FWPM_FILTER_CHANGE_CALLBACK0,
  FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0,
} from '../../src/providers/wfp/binding/tables/functions.ts'
import { type Chapter, type Machine, refused } from './machine.ts'
import * as sample from './samples.ts'

const BOTH = C.FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD | C.FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE
const subscriptionTo = (flags: number, providerContextType?: number) => ({
  enumTemplate: providerContextType === undefined ? null : { providerKey: null, providerContextType },
  flags,
  sessionKey: C.GUID_NULL,
})

interface Listening {
  /** `ADD key`, in order of arrival. */
  readonly heard: string[]
  readonly changeHandle: number
  release(): void
}

async function listen(machine: Machine, engineHandle: number, flags = BOTH, type?: number): Promise<Listening> {
  const heard: string[] = []
  const callback = registered(FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0, ({ context, change }) => {
    heard.push(`${change.changeType === C.FWPM_CHANGE_ADD ? 'add' : 'delete'} ${change.providerContextKey} ${context}`)
    return {}
  })
  const subscription = subscriptionTo(flags, type)
  const subscribe = machine.fwp.FwpmProviderContextSubscribeChanges0
  const { changeHandle } = await subscribe({ engineHandle, subscription, callback, context: 77 })
  return { heard, changeHandle, release: callback.release }
}

/** Until something holds, or for two seconds. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10))
}

export const notifications: Chapter = (machine, test) => {
  test('a subscriber is told of additions and deletions by other sessions, with its context', async () => {
    const subscriber = await machine().open()
    const other = await machine().open()
    const listening = await listen(machine(), subscriber)
    const context = sample.general()
    const key = context.providerContextKey
    await machine().addContext(other, context)
    await machine().fwp.FwpmProviderContextDeleteByKey0({ engineHandle: other, key })
    await until(() => listening.heard.length >= 2)

    expect(listening.heard).toEqual([`add ${key} 77`, `delete ${key} 77`])
    await machine().close(subscriber)
    listening.release()
  })

  test('"changes made by the subscribing session are not notified"', async () => {
    const subscriber = await machine().open()
    const other = await machine().open()
    const listening = await listen(machine(), subscriber)
    await machine().addContext(subscriber)
    const context = sample.general()
    await machine().addContext(other, context)
    await until(() => listening.heard.length >= 1)

    expect(listening.heard).toEqual([`add ${context.providerContextKey} 77`])
    await machine().close(subscriber)
    listening.release()
  })

  test('the template and the flags of a subscription are obeyed', async () => {
    const subscriber = await machine().open()
    const other = await machine().open()
    const listening = await listen(
      machine(),
      subscriber,
      C.FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE,
      C.FWPM_GENERAL_CONTEXT,
    )
    const context = sample.general()
    const tunnel = await machine().addTunnel(other)
    await machine().addContext(other, context)
    await machine().deleteTunnel(other, tunnel)
    await machine().fwp.FwpmProviderContextDeleteByKey0({ engineHandle: other, key: context.providerContextKey })
    await until(() => listening.heard.length >= 1)

    expect(listening.heard).toEqual([`delete ${context.providerContextKey} 77`])
    await machine().close(subscriber)
    listening.release()
  })

  test('what is aborted is not told', async () => {
    const subscriber = await machine().open()
    const other = await machine().open()
    const listening = await listen(machine(), subscriber)
    await machine().begin(other)
    await machine().addContext(other)
    await machine().abort(other)
    const context = sample.general()
    await machine().addContext(other, context)
    await until(() => listening.heard.length >= 1)

    expect(listening.heard).toEqual([`add ${context.providerContextKey} 77`])
    await machine().close(subscriber)
    listening.release()
  })

  test('filters have subscriptions of their own', async () => {
    const subscriber = await machine().open()
    const other = await machine().open()
    const heard: string[] = []
    const callback = registered(FWPM_FILTER_CHANGE_CALLBACK0, ({ change }) => {
      heard.push(change.filterKey)
      return {}
    })
    const subscription = { enumTemplate: null, flags: BOTH, sessionKey: C.GUID_NULL }
    const { fwp } = machine()
    const { changeHandle } = await fwp.FwpmFilterSubscribeChanges0({
      engineHandle: subscriber,
      subscription,
      callback,
      context: 0,
    })
    const filter = sample.filter()
    await fwp.FwpmFilterAdd0({ engineHandle: other, filter, sd: null })
    await until(() => heard.length >= 1)

    expect(heard).toEqual([filter.filterKey])
    await fwp.FwpmFilterUnsubscribeChanges0({ engineHandle: subscriber, changeHandle })
    callback.release()
  })

  test('nothing arrives after FwpmProviderContextUnsubscribeChanges0 has returned', async () => {
    const subscriber = await machine().open()
    const other = await machine().open()
    const listening = await listen(machine(), subscriber)
    await machine().addContext(other)
    await machine().fwp.FwpmProviderContextUnsubscribeChanges0({
      engineHandle: subscriber,
      changeHandle: listening.changeHandle,
    })
    const count = listening.heard.length
    await machine().addContext(other)
    await new Promise((resolve) => setTimeout(resolve, 30))

    expect(listening.heard).toHaveLength(count)
    listening.release()
  })

  test('FWP_E_TXN_IN_PROGRESS: subscribing "cannot be called from within a transaction"', async () => {
    const handle = await machine().open()
    await machine().begin(handle)

    await refused(listen(machine(), handle), 'FWP_E_TXN_IN_PROGRESS')
  })

  test('FWP_E_INVALID_FLAGS: a subscription names additions, deletions or both', async () => {
    const handle = await machine().open()

    await refused(listen(machine(), handle, 0), 'FWP_E_INVALID_FLAGS')
  })
}
