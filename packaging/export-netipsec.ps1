<#
.SYNOPSIS
Writes the connection security rules of this machine as JSON, for `wfpctl import netipsec FILE`.

.DESCRIPTION
With each rule come its address, port and interface filters. Beside the rules stand the main mode rules and the four sorts of sets that
rules refer to. Values are written as the CIM classes have them (MSFT_NetConSecRule and others). A preshared key is never written.

Run it as an administrator: Windows shows the sets to nobody else.

.PARAMETER Path
The file to write. It is UTF-8, whatever the version of PowerShell.

.PARAMETER PolicyStore
PersistentStore holds the rules that were made on this machine. ActiveStore holds those of Group Policy, too.

.EXAMPLE
.\export-netipsec.ps1 -Path .\firewall.json

.LINK
https://learn.microsoft.com/windows/win32/fwp/wmi/wfascimprov/wfascimprov-provider
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true, Position = 0)]
    [string] $Path,

    [string] $PolicyStore = 'PersistentStore'
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$NeverWritten = @('PreSharedKey')

# What CIM holds is plainer than what the cmdlets show: numbers instead of enumerations, which ConvertTo-Json writes differently by version.
function ConvertTo-Plain([object] $Value) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [array]) {
        $items = @(foreach ($item in $Value) { ConvertTo-Plain $item })
        return , $items
    }
    if ($Value -is [datetime]) { return $Value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ') }
    if ($Value -is [Microsoft.Management.Infrastructure.CimInstance]) {
        $plain = [ordered]@{ CimClass = $Value.CimSystemProperties.ClassName }
        foreach ($property in $Value.CimInstanceProperties) {
            if ($null -eq $property.Value -or $NeverWritten -contains $property.Name) { continue }
            $plain[$property.Name] = ConvertTo-Plain $property.Value
        }
        return $plain
    }
    return $Value
}

function Get-PlainRule($Rule) {
    $plain = ConvertTo-Plain $Rule
    $plain['AddressFilter'] = ConvertTo-Plain ($Rule | Get-NetFirewallAddressFilter)
    $plain['PortFilter'] = ConvertTo-Plain ($Rule | Get-NetFirewallPortFilter)
    $plain['InterfaceFilter'] = ConvertTo-Plain ($Rule | Get-NetFirewallInterfaceFilter)
    $plain['InterfaceTypeFilter'] = ConvertTo-Plain ($Rule | Get-NetFirewallInterfaceTypeFilter)
    return $plain
}

# A main mode rule has addresses alone.
function Get-PlainMainModeRule($Rule) {
    $plain = ConvertTo-Plain $Rule
    $plain['AddressFilter'] = ConvertTo-Plain ($Rule | Get-NetFirewallAddressFilter)
    return $plain
}

$export = [ordered]@{
    format              = 'wfpctl-netipsec/1'
    computer            = $env:COMPUTERNAME
    store               = $PolicyStore
    exportedAt          = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
    rules               = @(Get-NetIPsecRule -PolicyStore $PolicyStore | ForEach-Object { Get-PlainRule $_ })
    mainModeRules       = @(Get-NetIPsecMainModeRule -PolicyStore $PolicyStore | ForEach-Object { Get-PlainMainModeRule $_ })
    mainModeCryptoSets  = @(Get-NetIPsecMainModeCryptoSet -PolicyStore $PolicyStore | ForEach-Object { ConvertTo-Plain $_ })
    quickModeCryptoSets = @(Get-NetIPsecQuickModeCryptoSet -PolicyStore $PolicyStore | ForEach-Object { ConvertTo-Plain $_ })
    phase1AuthSets      = @(Get-NetIPsecPhase1AuthSet -PolicyStore $PolicyStore | ForEach-Object { ConvertTo-Plain $_ })
    phase2AuthSets      = @(Get-NetIPsecPhase2AuthSet -PolicyStore $PolicyStore | ForEach-Object { ConvertTo-Plain $_ })
}

$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
$json = ConvertTo-Json -InputObject $export -Depth 8
[System.IO.File]::WriteAllText($target, $json, (New-Object System.Text.UTF8Encoding($false)))
Write-Host "Wrote $($export.rules.Count) rules to $target"
