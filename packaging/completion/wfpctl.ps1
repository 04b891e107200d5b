# Completion of wfpctl for PowerShell: wfpctl completion powershell | Out-String | Invoke-Expression
# What can stand at the cursor is asked of wfpctl itself. Nothing that was typed, and no answer, is evaluated.

Register-ArgumentCompleter -Native -CommandName wfpctl -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
      Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
      ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
      })
  # PowerShell may drop an argument that is empty
  $word = if ($wordToComplete) { $wordToComplete.Trim("'`"") } else { '""' }
  # where files can stand no candidate is given, and PowerShell completes them itself
  wfpctl __complete @words $word 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
    $candidate, $help = $_ -split "`t", 2
    $text = if ($candidate -match '^[\w./:=-]+$') { $candidate } else {
      "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($candidate) + "'"
    }
    $tip = if ($help) { $help } else { $candidate }
    [System.Management.Automation.CompletionResult]::new($text, $candidate, 'ParameterValue', $tip)
  }
}
