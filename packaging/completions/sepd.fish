complete -c sepd -l listen -d 'Make the socket, where no service manager has'
complete -c sepd -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sepd -s V -l version -d 'Print version'
