#compdef sepctl

autoload -U is-at-least

_sepctl() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_sepctl_commands" \
"*::: :->sepctl" \
&& ret=0
    case $state in
    (sepctl)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-command-$line[1]:"
        case $line[1] in
            (explain)
_arguments "${_arguments_options[@]}" : \
'*--share=[Show the zone a folder of the PC, read-only or, with \`\:rw\`, to be changed]:DIR[:rw]:_default' \
'*--allow=[Open a closed address or network]:CIDR[:PORT]:_default' \
'*--deny=[Close an address or network]:CIDR[:PORT]:_default' \
'*--allow-name=[Answer a domain name, and those below it, beside those of the profile]:DOMAIN:_default' \
'--uplink=[Leave the PC by this network card only]:NIC:_default' \
'--name=[Another zone of the profile, with a home of its own]:NAME:_default' \
'*--env=[Set a variable for the programs]:KEY=VALUE:_default' \
'--json[Answer as JSON]' \
'--no-network[No network at all]' \
'--disposable[Keep the home in memory\: everything in it is gone with the zone]' \
'-h[Print help]' \
'--help[Print help]' \
':profile -- Name of the profile:_default' \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'::profile -- Name of the profile that has to run:_default' \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
'--within=[Seconds that the programs have for it]:SECONDS:_default' \
'--json[Answer as JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':zone -- Its name:_default' \
&& ret=0
;;
(end)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Its name:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Its name:_default' \
'*::paths -- Paths in the zone'\''s home; the home itself where none is named:_default' \
&& ret=0
;;
(get)
_arguments "${_arguments_options[@]}" : \
'--to=[Where to\: a folder, or the new name of a single file]:TO:_default' \
'-r[Folders with all that is in them]' \
'--recursive[Folders with all that is in them]' \
'-f[Replace files that are there]' \
'--force[Replace files that are there]' \
'--resume[Keep the part of a broken transfer, and go on from the one that is there]' \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Name of the zone:_default' \
'*::paths -- Files, and behind them a folder to carry them to, ended by a slash. Out of a zone they come to the current folder, into one to its Downloads or, where it has none, to its home:_default' \
&& ret=0
;;
(put)
_arguments "${_arguments_options[@]}" : \
'--to=[Where to\: a folder, or the new name of a single file]:TO:_default' \
'-r[Folders with all that is in them]' \
'--recursive[Folders with all that is in them]' \
'-f[Replace files that are there]' \
'--force[Replace files that are there]' \
'--resume[Keep the part of a broken transfer, and go on from the one that is there]' \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Name of the zone:_default' \
'*::paths -- Files, and behind them a folder to carry them to, ended by a slash. Out of a zone they come to the current folder, into one to its Downloads or, where it has none, to its home:_default' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'(--json)--watch[Show it on the whole terminal and again each second; q leaves, s stops a zone]' \
'-h[Print help]' \
'--help[Print help]' \
'::zone -- Only this zone:_default' \
&& ret=0
;;
(reset)
_arguments "${_arguments_options[@]}" : \
'*--keep=[Keep this entry of the home; may be given several times]:NAME:_default' \
'--yes[Do not ask]' \
'--json[Answer as JSON; needs --yes]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Its name:_default' \
&& ret=0
;;
(snapshot)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_sepctl__subcmd__snapshot_commands" \
"*::: :->snapshot" \
&& ret=0

    case $state in
    (snapshot)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-snapshot-command-$line[1]:"
        case $line[1] in
            (create)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Name of the zone:_default' \
'::name -- Name of the snapshot; without it the time:_default' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Name of the zone:_default' \
&& ret=0
;;
(restore)
_arguments "${_arguments_options[@]}" : \
'--yes[Do not ask]' \
'--json[Answer as JSON; needs --yes]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Name of the zone:_default' \
':name -- Name of the snapshot:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':zone -- Name of the zone:_default' \
':name -- Name of the snapshot:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__snapshot__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-snapshot-help-command-$line[1]:"
        case $line[1] in
            (create)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(restore)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(edit)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':profile -- Name of the profile:_default' \
&& ret=0
;;
(bench)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_sepctl__subcmd__bench_commands" \
"*::: :->bench" \
&& ret=0

    case $state in
    (bench)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-bench-command-$line[1]:"
        case $line[1] in
            (startall)
_arguments "${_arguments_options[@]}" : \
'*--web=[A web site; give three]:URL:_default' \
'*--office=[A document; give five of different kinds]:FILE:_files' \
'--rounds=[How often each side is measured, at least 10]:ROUNDS:_default' \
'--plot=[Where a picture of every round goes]:FILE.svg:_files' \
'--json[Answer as JSON, with every round]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__bench__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-bench-help-command-$line[1]:"
        case $line[1] in
            (startall)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(log)
_arguments "${_arguments_options[@]}" : \
'--zone=[Only what concerns this zone]:ZONE:_default' \
'--since=[Only what happened at or after this time\: 2h, today, 2026-11-24, 09\:30 or as RFC 3339 has it]:TIME:_default' \
'--until=[Only what happened before this time]:TIME:_default' \
'--connections[Only connections that ended]' \
'--refused[Only what was refused]' \
'(--json)--csv[Answer as CSV, which no spreadsheet takes for formulas]' \
'--json[Answer as the lines of JSON that the log has]' \
'--follow[Go on as more is recorded]' \
'(--zone --since --until --connections --refused --csv --json --follow)--verify[Say whether the log is whole; exit status 1, file and line where it is not]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(why)
_arguments "${_arguments_options[@]}" : \
'--follow[Go on as more is refused]' \
'--json[Answer as JSON, an object a line]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::zone -- Only what was refused to this zone:_default' \
&& ret=0
;;
(guard)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_sepctl__subcmd__guard_commands" \
"*::: :->guard" \
&& ret=0

    case $state in
    (guard)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-guard-command-$line[1]:"
        case $line[1] in
            (status)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
'--report-only[Close nothing\: count and tell what would be closed]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(try)
_arguments "${_arguments_options[@]}" : \
'--for=[How long it waits to be confirmed\: 120s, 5m]:TIME:_default' \
'--report-only[Close nothing\: count and tell what would be closed]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(confirm)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(open)
_arguments "${_arguments_options[@]}" : \
'--for=[For how long\: 30m, 2h]:TIME:_default' \
'--reason=[Why, for the log]:REASON:_default' \
'-h[Print help]' \
'--help[Print help]' \
':place -- An IPv4 address, with a port where only that is meant\: 192.0.2.7\:443:_default' \
&& ret=0
;;
(close)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
':place -- The IPv4 address, with the port where it was opened with one:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--reason=[Why, for the log]:REASON:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(boot)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(keep)
_arguments "${_arguments_options[@]}" : \
'--shared[Let others change the guard'\''s table as well, and put it back\: on kernels before 6.9 it is always so]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__guard__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-guard-help-command-$line[1]:"
        case $line[1] in
            (status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(try)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(confirm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(boot)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(keep)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(profile)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_sepctl__subcmd__profile_commands" \
"*::: :->profile" \
&& ret=0

    case $state in
    (profile)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-profile-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':file -- The file; its name without `.json` is the profile'\''s:_files' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON, in one line]' \
'-h[Print help]' \
'--help[Print help]' \
':profile -- Its name:_default' \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
'--json[Answer as JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':profile -- Its name:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__profile__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-profile-help-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-help-command-$line[1]:"
        case $line[1] in
            (explain)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(doctor)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(stop)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(end)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(get)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(put)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(reset)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(snapshot)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__help__subcmd__snapshot_commands" \
"*::: :->snapshot" \
&& ret=0

    case $state in
    (snapshot)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-help-snapshot-command-$line[1]:"
        case $line[1] in
            (create)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(restore)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(edit)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(bench)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__help__subcmd__bench_commands" \
"*::: :->bench" \
&& ret=0

    case $state in
    (bench)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-help-bench-command-$line[1]:"
        case $line[1] in
            (startall)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(log)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(why)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(guard)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__help__subcmd__guard_commands" \
"*::: :->guard" \
&& ret=0

    case $state in
    (guard)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-help-guard-command-$line[1]:"
        case $line[1] in
            (status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(apply)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(try)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(confirm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(open)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(close)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(boot)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(keep)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(profile)
_arguments "${_arguments_options[@]}" : \
":: :_sepctl__subcmd__help__subcmd__profile_commands" \
"*::: :->profile" \
&& ret=0

    case $state in
    (profile)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:sepctl-help-profile-command-$line[1]:"
        case $line[1] in
            (check)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_sepctl_commands] )) ||
_sepctl_commands() {
    local commands; commands=(
'explain:Tell in plain words what a profile may do, and which line says so' \
'doctor:Try whether this PC can run a zone, and tell what mends it' \
'stop:Ask the programs of a zone to end, then end it' \
'end:End a running zone, with all its programs, at once' \
'ls:List files of a zone' \
'get:Carry files out of a zone' \
'put:Carry files into a zone' \
'status:Show the zones that run\: programs, network, traffic, refusals, memory' \
'reset:Delete the home of a zone that does not run\: it begins anew' \
'snapshot:Copy the home of a zone that does not run, and put a copy in its place' \
'edit:Edit your own file of a profile; it is checked before it is put in place' \
'bench:Measure what the zone costs' \
'log:Show what was recorded\: launches, refusals, connections, files' \
'why:Tell why something was refused, and what opens it' \
'guard:The firewall of a managed PC\: nothing leaves or enters but by the cards of the business network' \
'profile:Work on profile files' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__bench_commands] )) ||
_sepctl__subcmd__bench_commands() {
    local commands; commands=(
'startall:Open web sites in the zone and documents on the PC at once, with and without sep-run' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl bench commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__bench__subcmd__help_commands] )) ||
_sepctl__subcmd__bench__subcmd__help_commands() {
    local commands; commands=(
'startall:Open web sites in the zone and documents on the PC at once, with and without sep-run' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl bench help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__bench__subcmd__help__subcmd__help_commands] )) ||
_sepctl__subcmd__bench__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl bench help help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__bench__subcmd__help__subcmd__startall_commands] )) ||
_sepctl__subcmd__bench__subcmd__help__subcmd__startall_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl bench help startall commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__bench__subcmd__startall_commands] )) ||
_sepctl__subcmd__bench__subcmd__startall_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl bench startall commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__doctor_commands] )) ||
_sepctl__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl doctor commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__edit_commands] )) ||
_sepctl__subcmd__edit_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl edit commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__end_commands] )) ||
_sepctl__subcmd__end_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl end commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__explain_commands] )) ||
_sepctl__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl explain commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__get_commands] )) ||
_sepctl__subcmd__get_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl get commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard_commands] )) ||
_sepctl__subcmd__guard_commands() {
    local commands; commands=(
'status:Tell whether the guard stands as the site'\''s file says' \
'apply:Put the guard up, or another one in place of the one that stands' \
'try:Put the guard up so that it goes back by itself where nobody confirms it in time' \
'confirm:Keep the guard that is being tried' \
'open:Open one destination from this PC for a time' \
'close:Close a destination before its time' \
'remove:Take the guard away' \
'boot:Put up what is wanted as the PC starts, before its network does' \
'keep:Keep the guard in this process, for a service manager' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl guard commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__apply_commands] )) ||
_sepctl__subcmd__guard__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard apply commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__boot_commands] )) ||
_sepctl__subcmd__guard__subcmd__boot_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard boot commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__close_commands] )) ||
_sepctl__subcmd__guard__subcmd__close_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard close commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__confirm_commands] )) ||
_sepctl__subcmd__guard__subcmd__confirm_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard confirm commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help_commands] )) ||
_sepctl__subcmd__guard__subcmd__help_commands() {
    local commands; commands=(
'status:Tell whether the guard stands as the site'\''s file says' \
'apply:Put the guard up, or another one in place of the one that stands' \
'try:Put the guard up so that it goes back by itself where nobody confirms it in time' \
'confirm:Keep the guard that is being tried' \
'open:Open one destination from this PC for a time' \
'close:Close a destination before its time' \
'remove:Take the guard away' \
'boot:Put up what is wanted as the PC starts, before its network does' \
'keep:Keep the guard in this process, for a service manager' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl guard help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__apply_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help apply commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__boot_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__boot_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help boot commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__close_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__close_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help close commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__confirm_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__confirm_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help confirm commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__help_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__keep_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__keep_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help keep commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__open_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__open_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help open commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__remove_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help remove commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__status_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help status commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__help__subcmd__try_commands] )) ||
_sepctl__subcmd__guard__subcmd__help__subcmd__try_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard help try commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__keep_commands] )) ||
_sepctl__subcmd__guard__subcmd__keep_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard keep commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__open_commands] )) ||
_sepctl__subcmd__guard__subcmd__open_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard open commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__remove_commands] )) ||
_sepctl__subcmd__guard__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard remove commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__status_commands] )) ||
_sepctl__subcmd__guard__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard status commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__guard__subcmd__try_commands] )) ||
_sepctl__subcmd__guard__subcmd__try_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl guard try commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help_commands] )) ||
_sepctl__subcmd__help_commands() {
    local commands; commands=(
'explain:Tell in plain words what a profile may do, and which line says so' \
'doctor:Try whether this PC can run a zone, and tell what mends it' \
'stop:Ask the programs of a zone to end, then end it' \
'end:End a running zone, with all its programs, at once' \
'ls:List files of a zone' \
'get:Carry files out of a zone' \
'put:Carry files into a zone' \
'status:Show the zones that run\: programs, network, traffic, refusals, memory' \
'reset:Delete the home of a zone that does not run\: it begins anew' \
'snapshot:Copy the home of a zone that does not run, and put a copy in its place' \
'edit:Edit your own file of a profile; it is checked before it is put in place' \
'bench:Measure what the zone costs' \
'log:Show what was recorded\: launches, refusals, connections, files' \
'why:Tell why something was refused, and what opens it' \
'guard:The firewall of a managed PC\: nothing leaves or enters but by the cards of the business network' \
'profile:Work on profile files' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__bench_commands] )) ||
_sepctl__subcmd__help__subcmd__bench_commands() {
    local commands; commands=(
'startall:Open web sites in the zone and documents on the PC at once, with and without sep-run' \
    )
    _describe -t commands 'sepctl help bench commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__bench__subcmd__startall_commands] )) ||
_sepctl__subcmd__help__subcmd__bench__subcmd__startall_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help bench startall commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__doctor_commands] )) ||
_sepctl__subcmd__help__subcmd__doctor_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help doctor commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__edit_commands] )) ||
_sepctl__subcmd__help__subcmd__edit_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help edit commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__end_commands] )) ||
_sepctl__subcmd__help__subcmd__end_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help end commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__explain_commands] )) ||
_sepctl__subcmd__help__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help explain commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__get_commands] )) ||
_sepctl__subcmd__help__subcmd__get_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help get commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard_commands] )) ||
_sepctl__subcmd__help__subcmd__guard_commands() {
    local commands; commands=(
'status:Tell whether the guard stands as the site'\''s file says' \
'apply:Put the guard up, or another one in place of the one that stands' \
'try:Put the guard up so that it goes back by itself where nobody confirms it in time' \
'confirm:Keep the guard that is being tried' \
'open:Open one destination from this PC for a time' \
'close:Close a destination before its time' \
'remove:Take the guard away' \
'boot:Put up what is wanted as the PC starts, before its network does' \
'keep:Keep the guard in this process, for a service manager' \
    )
    _describe -t commands 'sepctl help guard commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__apply_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__apply_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard apply commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__boot_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__boot_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard boot commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__close_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__close_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard close commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__confirm_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__confirm_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard confirm commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__keep_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__keep_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard keep commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__open_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__open_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard open commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__remove_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard remove commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__status_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard status commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__guard__subcmd__try_commands] )) ||
_sepctl__subcmd__help__subcmd__guard__subcmd__try_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help guard try commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__help_commands] )) ||
_sepctl__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__log_commands] )) ||
_sepctl__subcmd__help__subcmd__log_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help log commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__ls_commands] )) ||
_sepctl__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help ls commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__profile_commands] )) ||
_sepctl__subcmd__help__subcmd__profile_commands() {
    local commands; commands=(
'check:Check a profile file' \
'show:Show a profile made of all its files, as JSON' \
'diff:Show what files change of a profile that is built in' \
    )
    _describe -t commands 'sepctl help profile commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__profile__subcmd__check_commands] )) ||
_sepctl__subcmd__help__subcmd__profile__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help profile check commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__profile__subcmd__diff_commands] )) ||
_sepctl__subcmd__help__subcmd__profile__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help profile diff commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__profile__subcmd__show_commands] )) ||
_sepctl__subcmd__help__subcmd__profile__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help profile show commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__put_commands] )) ||
_sepctl__subcmd__help__subcmd__put_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help put commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__reset_commands] )) ||
_sepctl__subcmd__help__subcmd__reset_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help reset commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__snapshot_commands] )) ||
_sepctl__subcmd__help__subcmd__snapshot_commands() {
    local commands; commands=(
'create:Copy the home of a zone' \
'list:List the snapshots of a zone, the newest last' \
'restore:Put the copy in place of the home, which is lost' \
'remove:Remove a snapshot' \
    )
    _describe -t commands 'sepctl help snapshot commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__snapshot__subcmd__create_commands] )) ||
_sepctl__subcmd__help__subcmd__snapshot__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help snapshot create commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__snapshot__subcmd__list_commands] )) ||
_sepctl__subcmd__help__subcmd__snapshot__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help snapshot list commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__snapshot__subcmd__remove_commands] )) ||
_sepctl__subcmd__help__subcmd__snapshot__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help snapshot remove commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__snapshot__subcmd__restore_commands] )) ||
_sepctl__subcmd__help__subcmd__snapshot__subcmd__restore_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help snapshot restore commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__status_commands] )) ||
_sepctl__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help status commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__stop_commands] )) ||
_sepctl__subcmd__help__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help stop commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__help__subcmd__why_commands] )) ||
_sepctl__subcmd__help__subcmd__why_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl help why commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__log_commands] )) ||
_sepctl__subcmd__log_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl log commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__ls_commands] )) ||
_sepctl__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl ls commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile_commands] )) ||
_sepctl__subcmd__profile_commands() {
    local commands; commands=(
'check:Check a profile file' \
'show:Show a profile made of all its files, as JSON' \
'diff:Show what files change of a profile that is built in' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl profile commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__check_commands] )) ||
_sepctl__subcmd__profile__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile check commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__diff_commands] )) ||
_sepctl__subcmd__profile__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile diff commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__help_commands] )) ||
_sepctl__subcmd__profile__subcmd__help_commands() {
    local commands; commands=(
'check:Check a profile file' \
'show:Show a profile made of all its files, as JSON' \
'diff:Show what files change of a profile that is built in' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl profile help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__help__subcmd__check_commands] )) ||
_sepctl__subcmd__profile__subcmd__help__subcmd__check_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile help check commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__help__subcmd__diff_commands] )) ||
_sepctl__subcmd__profile__subcmd__help__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile help diff commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__help__subcmd__help_commands] )) ||
_sepctl__subcmd__profile__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile help help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__help__subcmd__show_commands] )) ||
_sepctl__subcmd__profile__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile help show commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__profile__subcmd__show_commands] )) ||
_sepctl__subcmd__profile__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl profile show commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__put_commands] )) ||
_sepctl__subcmd__put_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl put commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__reset_commands] )) ||
_sepctl__subcmd__reset_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl reset commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot_commands] )) ||
_sepctl__subcmd__snapshot_commands() {
    local commands; commands=(
'create:Copy the home of a zone' \
'list:List the snapshots of a zone, the newest last' \
'restore:Put the copy in place of the home, which is lost' \
'remove:Remove a snapshot' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl snapshot commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__create_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot create commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__help_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__help_commands() {
    local commands; commands=(
'create:Copy the home of a zone' \
'list:List the snapshots of a zone, the newest last' \
'restore:Put the copy in place of the home, which is lost' \
'remove:Remove a snapshot' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'sepctl snapshot help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__help__subcmd__create_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__help__subcmd__create_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot help create commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__help__subcmd__help_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot help help commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__help__subcmd__list_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__help__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot help list commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__help__subcmd__remove_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__help__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot help remove commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__help__subcmd__restore_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__help__subcmd__restore_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot help restore commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__list_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot list commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__remove_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__remove_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot remove commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__snapshot__subcmd__restore_commands] )) ||
_sepctl__subcmd__snapshot__subcmd__restore_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl snapshot restore commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__status_commands] )) ||
_sepctl__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl status commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__stop_commands] )) ||
_sepctl__subcmd__stop_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl stop commands' commands "$@"
}
(( $+functions[_sepctl__subcmd__why_commands] )) ||
_sepctl__subcmd__why_commands() {
    local commands; commands=()
    _describe -t commands 'sepctl why commands' commands "$@"
}

if [ "$funcstack[1]" = "_sepctl" ]; then
    _sepctl "$@"
else
    compdef _sepctl sepctl
fi
