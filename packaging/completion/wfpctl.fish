# Completion of wfpctl for fish: wfpctl completion fish > ~/.config/fish/completions/wfpctl.fish
# What can stand at the cursor is asked of wfpctl itself. Nothing that was typed, and no answer, is evaluated.

function __wfpctl_complete
    set -l before (commandline -opc)
    set -l word (commandline -ct)
    set -l answer (command wfpctl __complete $before[2..-1] "$word" 2>/dev/null)
    if contains -- :files $answer
        set -l flag (string match -r -- '^--[^=]*=' "$word")
        printf '%s\n' "$flag"(__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$word"))
    else
        printf '%s\n' $answer
    end
end

complete -c wfpctl -f -a '(__wfpctl_complete)'
