/** The text of a source without its keys: a finding shows the line that it is about, and no line may show a key. */

/** Where a key stands, in whatever export: what comes before it, and the key. */
const KEYS: readonly RegExp[] = [
  // JSON
  /("(?:presharedkey|sharedkey|psk|authorizationkey|secret)"\s*:\s*)("(?:[^"\\]|\\[\s\S])*(?:"|$))/gi,
  // the answer of `az network vpn-connection shared-key show`
  /(^\s*\{\s*"value"\s*:\s*)("(?:[^"\\]|\\[\s\S])*(?:"|$))(?=\s*\}?\s*$)/gi,
  // swanctl.conf
  /(^[ \t]*(?:secret\w*|pin)[ \t]*=[ \t]*)("(?:[^"\\]|\\[\s\S])*(?:"|$)|[^#}\n]*)/gim,
  /(\{[ \t]*(?:secret\w*|pin)[ \t]*=[ \t]*)("(?:[^"\\]|\\[\s\S])*(?:"|$)|[^#}\n]*)/gi,
  // PowerShell: any beginning of -PreSharedKey
  /(-Pre\w*(?:[ \t:]|`\r?\n)+)("(?:[^"`]|""|`[\s\S])*(?:"|$)|'(?:[^']|'')*(?:'|$)|[^\s"']+)/gi,
  // netsh
  /(auth[12]psk\s*=\s*)("[^"\n]*(?:"|$)|'[^'\n]*(?:'|$)|[^\s"']+)/gi,
  // variables that are called so
  /(\$\w{0,64}(?:psk|secret|key|passw)\w{0,64}[ \t]*=\s*)("(?:[^"`]|""|`[\s\S])*(?:"|$)|'(?:[^']|'')*(?:'|$))/gi,
  /(^[ \t]*@?set[ \t]+"?\w{0,64}(?:psk|secret|key|passw)\w{0,64}=)([^\n]*)/gim,
]

/** Every character of a key gives way to an asterisk, so that everything else keeps its place. */
export function withoutKeys(text: string): string {
  return KEYS.reduce(
    (masked, pattern) =>
      masked.replace(pattern, (_, before: string, key: string) => before + key.replace(/[^\r\n"',}]/g, '*')),
    text,
  )
}
