complete -c sep-run -l share -d 'Show the zone a folder of the PC, read-only or, with `:rw`, to be changed' -r
complete -c sep-run -l allow -d 'Open a closed address or network' -r
complete -c sep-run -l deny -d 'Close an address or network' -r
complete -c sep-run -l allow-name -d 'Answer a domain name, and those below it, beside those of the profile' -r
complete -c sep-run -l uplink -d 'Leave the PC by this network card only' -r
complete -c sep-run -l name -d 'Another zone of the profile, with a home of its own' -r
complete -c sep-run -l env -d 'Set a variable for the programs' -r
complete -c sep-run -l timing -d 'Say on standard error how long each stage took'
complete -c sep-run -s q -l quiet -d 'Say errors only'
complete -c sep-run -l dry-run -d 'Print the plan as JSON and start nothing'
complete -c sep-run -l no-network -d 'No network at all'
complete -c sep-run -l disposable -d 'Keep the home in memory: everything in it is gone with the zone'
complete -c sep-run -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sep-run -s V -l version -d 'Print version'
