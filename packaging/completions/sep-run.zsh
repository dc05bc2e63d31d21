#compdef sep-run

autoload -U is-at-least

_sep-run() {
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
'*--share=[Show the zone a folder of the PC, read-only or, with \`\:rw\`, to be changed]:DIR[:rw]:_default' \
'*--allow=[Open a closed address or network]:CIDR[:PORT]:_default' \
'*--deny=[Close an address or network]:CIDR[:PORT]:_default' \
'*--allow-name=[Answer a domain name, and those below it, beside those of the profile]:DOMAIN:_default' \
'--uplink=[Leave the PC by this network card only]:NIC:_default' \
'--name=[Another zone of the profile, with a home of its own]:NAME:_default' \
'*--env=[Set a variable for the programs]:KEY=VALUE:_default' \
'--timing[Say on standard error how long each stage took]' \
'-q[Say errors only]' \
'--quiet[Say errors only]' \
'--dry-run[Print the plan as JSON and start nothing]' \
'--no-network[No network at all]' \
'--disposable[Keep the home in memory\: everything in it is gone with the zone]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
'*::words -- Profile, then the program and its arguments; without a program, a shell:_default' \
&& ret=0
}

(( $+functions[_sep-run_commands] )) ||
_sep-run_commands() {
    local commands; commands=()
    _describe -t commands 'sep-run commands' commands "$@"
}

if [ "$funcstack[1]" = "_sep-run" ]; then
    _sep-run "$@"
else
    compdef _sep-run sep-run
fi
