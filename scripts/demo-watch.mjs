// watch runs, a tunnel is removed behind its back, the correction appears. On a sandbox: no real IPsec is changed.
// usage: npm run demo:watch
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const main = new URL('../dist/cli/main.js', import.meta.url).pathname
const example = new URL('../examples/quickstart', import.meta.url).pathname
const root = mkdtempSync(join(tmpdir(), 'wfpctl-demo-'))
const env = { ...process.env, WFPCTL_ENGINE: `sandbox:${join(root, 'engine')}` }
cpSync(example, join(root, 'repo'), { recursive: true })

say('wfpctl watch .')
const watch = spawn(process.execPath, [main, 'watch', '.'], {
  cwd: join(root, 'repo'),
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
watch.stdout.on('data', (chunk) => {
  output += chunk
  process.stdout.write(chunk)
})
await printed('corrected  create')
const [address] = /IPsecTunnel\/\S+/.exec(output)
await sleep(500)

say(`wfpctl sandbox rm ${address}        # somebody else, in another window`)
const before = output.length
spawnSync(process.execPath, [main, 'sandbox', 'rm', address], { env, stdio: 'inherit' })
await printed('corrected  create', before)
await sleep(500)

say('Ctrl-C')
watch.kill('SIGINT')
await new Promise((resolve) => watch.once('exit', resolve))
rmSync(root, { recursive: true, force: true })

function say(text) {
  console.log(`\n$ ${text}`)
}

async function printed(text, from = 0) {
  for (let i = 0; i < 600; i++) {
    if (output.indexOf(text, from) >= 0) return
    await sleep(50)
  }
  watch.kill('SIGKILL')
  throw new Error(`watch never printed: ${text}`)
}
