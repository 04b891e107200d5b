#compdef wfpctl
# Completion of wfpctl for zsh: wfpctl completion zsh > "${fpath[1]}/_wfpctl"
# What can stand at the cursor is asked of wfpctl itself. Nothing that was typed, and no answer, is evaluated.

_wfpctl() {
  local candidate help
  local -a candidates=()
  while IFS=$'\t' read -r candidate help; do
    if [[ $candidate == :files ]]; then
      compset -P '--*='
      _files
      return
    fi
    candidate=${candidate//\\/\\\\}
    candidates+=("${candidate//:/\\:}:$help")
  done < <(command wfpctl __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
  _describe -t values 'wfpctl' candidates
}

if [[ ${funcstack[1]} == _wfpctl ]]; then
  _wfpctl "$@"
else
  compdef _wfpctl wfpctl
fi
