#compdef sepd

autoload -U is-at-least

_sepd() {
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
'--listen[Make the socket, where no service manager has]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
&& ret=0
}

(( $+functions[_sepd_commands] )) ||
_sepd_commands() {
    local commands; commands=()
    _describe -t commands 'sepd commands' commands "$@"
}

if [ "$funcstack[1]" = "_sepd" ]; then
    _sepd "$@"
else
    compdef _sepd sepd
fi
