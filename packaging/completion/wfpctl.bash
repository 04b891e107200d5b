# Completion of wfpctl for bash: source <(wfpctl completion bash)
# What can stand at the cursor is asked of wfpctl itself. Nothing that was typed, and no answer, is evaluated.

_wfpctl() {
  local rest=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^=:@]/} i word trimmed cur prefix='' candidate help quoted
  local -a words=()
  COMPREPLY=()

  # readline cuts at = and : as well: what has no blank before it belongs to the word before it
  rest=${rest#*"${COMP_WORDS[0]}"}
  for ((i = 1; i <= COMP_CWORD; i++)); do
    trimmed=${rest#"${rest%%[![:space:]]*}"}
    word=${COMP_WORDS[i]}
    ((i == COMP_CWORD)) && word=$trimmed
    if ((i > 1)) && [[ $trimmed == "$rest" ]]; then
      words[${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
    rest=${trimmed#"$word"}
  done
  ((${#words[@]} > 0)) || return 0

  # readline replaces only what stands behind the last of its breaks
  cur=${words[${#words[@]} - 1]}
  [[ -n $breaks ]] && prefix=${cur%"${cur##*[$breaks]}"}
  while IFS=$'\t' read -r candidate help; do
    if [[ $candidate == :files ]]; then
      compopt -o default 2>/dev/null
      continue
    fi
    printf -v quoted %q "$candidate"
    # behind a quote that is open, only what needs none
    [[ $cur == *[\'\"]* && $quoted != "$candidate" ]] && continue
    COMPREPLY+=("${quoted#"$prefix"}")
  done < <(command wfpctl __complete "${words[@]//[\\\'\"]/}" 2>/dev/null)
}

complete -F _wfpctl wfpctl
