/** A real Chromium, on pages of a real server. Where none is installed, the tests are skipped and say so. */

import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

const EXECUTABLE = '/usr/bin/chromium'
export const SKIPPED = existsSync(EXECUTABLE) ? '' : ' (skipped: the Debian package chromium is not installed)'

/** It asks nobody for anything by itself, and shares nothing between two of them: its profile is new. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-device-scale-factor=1',
]

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS })
}

export interface Opened {
  readonly page: Page
  /** what went against the policy of the page, or was said on its console as an error */
  readonly complaints: readonly string[]
  /** every address that was asked for */
  readonly asked: readonly string[]
}

interface Look {
  readonly dark?: boolean
  readonly still?: boolean
  readonly width?: number
  readonly height?: number
}

/** The page at an address, with its policy in force; closed when the test ends. */
export async function open(browser: Browser, url: string, look: Look = {}): Promise<Opened> {
  const { dark = false, still = true, width = 1280, height = 900 } = look
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: still ? 'reduce' : 'no-preference',
    timezoneId: 'UTC',
    locale: 'en-GB',
  })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  const asked: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => asked.push(request.url()))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`policy: ${violatedDirective} ${blockedURI}`),
    )
  })
  await page.goto(url)
  return { page, complaints, asked }
}
