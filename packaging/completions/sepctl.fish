# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sepctl_global_optspecs
    string join \n h/help V/version
end

function __fish_sepctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sepctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sepctl_using_subcommand
    set -l cmd (__fish_sepctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sepctl -n "__fish_sepctl_needs_command" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_needs_command" -s V -l version -d 'Print version'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "explain" -d 'Tell in plain words what a profile may do, and which line says so'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "doctor" -d 'Try whether this PC can run a zone, and tell what mends it'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "stop" -d 'Ask the programs of a zone to end, then end it'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "end" -d 'End a running zone, with all its programs, at once'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "ls" -d 'List files of a zone'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "get" -d 'Carry files out of a zone'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "put" -d 'Carry files into a zone'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "status" -d 'Show the zones that run: programs, network, traffic, refusals, memory'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "reset" -d 'Delete the home of a zone that does not run: it begins anew'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "snapshot" -d 'Copy the home of a zone that does not run, and put a copy in its place'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "edit" -d 'Edit your own file of a profile; it is checked before it is put in place'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "bench" -d 'Measure what the zone costs'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "log" -d 'Show what was recorded: launches, refusals, connections, files'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "why" -d 'Tell why something was refused, and what opens it'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "guard" -d 'The firewall of a managed PC: nothing leaves or enters but by the cards of the business network'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "profile" -d 'Work on profile files'
complete -c sepctl -n "__fish_sepctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l share -d 'Show the zone a folder of the PC, read-only or, with `:rw`, to be changed' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l allow -d 'Open a closed address or network' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l deny -d 'Close an address or network' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l allow-name -d 'Answer a domain name, and those below it, beside those of the profile' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l uplink -d 'Leave the PC by this network card only' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l name -d 'Another zone of the profile, with a home of its own' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l env -d 'Set a variable for the programs' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l no-network -d 'No network at all'
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -l disposable -d 'Keep the home in memory: everything in it is gone with the zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand explain" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand doctor" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand stop" -l within -d 'Seconds that the programs have for it' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand stop" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sepctl -n "__fish_sepctl_using_subcommand end" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand end" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand ls" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand ls" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand get" -l to -d 'Where to: a folder, or the new name of a single file' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand get" -s r -l recursive -d 'Folders with all that is in them'
complete -c sepctl -n "__fish_sepctl_using_subcommand get" -s f -l force -d 'Replace files that are there'
complete -c sepctl -n "__fish_sepctl_using_subcommand get" -l resume -d 'Keep the part of a broken transfer, and go on from the one that is there'
complete -c sepctl -n "__fish_sepctl_using_subcommand get" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand get" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand put" -l to -d 'Where to: a folder, or the new name of a single file' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand put" -s r -l recursive -d 'Folders with all that is in them'
complete -c sepctl -n "__fish_sepctl_using_subcommand put" -s f -l force -d 'Replace files that are there'
complete -c sepctl -n "__fish_sepctl_using_subcommand put" -l resume -d 'Keep the part of a broken transfer, and go on from the one that is there'
complete -c sepctl -n "__fish_sepctl_using_subcommand put" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand put" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand status" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand status" -l watch -d 'Show it on the whole terminal and again each second; q leaves, s stops a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand status" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand reset" -l keep -d 'Keep this entry of the home; may be given several times' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand reset" -l yes -d 'Do not ask'
complete -c sepctl -n "__fish_sepctl_using_subcommand reset" -l json -d 'Answer as JSON; needs --yes'
complete -c sepctl -n "__fish_sepctl_using_subcommand reset" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and not __fish_seen_subcommand_from create list restore remove help" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and not __fish_seen_subcommand_from create list restore remove help" -f -a "create" -d 'Copy the home of a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and not __fish_seen_subcommand_from create list restore remove help" -f -a "list" -d 'List the snapshots of a zone, the newest last'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and not __fish_seen_subcommand_from create list restore remove help" -f -a "restore" -d 'Put the copy in place of the home, which is lost'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and not __fish_seen_subcommand_from create list restore remove help" -f -a "remove" -d 'Remove a snapshot'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and not __fish_seen_subcommand_from create list restore remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from create" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from list" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l yes -d 'Do not ask'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -l json -d 'Answer as JSON; needs --yes'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from remove" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "create" -d 'Copy the home of a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the snapshots of a zone, the newest last'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "restore" -d 'Put the copy in place of the home, which is lost'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a snapshot'
complete -c sepctl -n "__fish_sepctl_using_subcommand snapshot; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand edit" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand edit" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and not __fish_seen_subcommand_from startall help" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and not __fish_seen_subcommand_from startall help" -f -a "startall" -d 'Open web sites in the zone and documents on the PC at once, with and without sep-run'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and not __fish_seen_subcommand_from startall help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from startall" -l web -d 'A web site; give three' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from startall" -l office -d 'A document; give five of different kinds' -r -F
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from startall" -l rounds -d 'How often each side is measured, at least 10' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from startall" -l plot -d 'Where a picture of every round goes' -r -F
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from startall" -l json -d 'Answer as JSON, with every round'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from startall" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "startall" -d 'Open web sites in the zone and documents on the PC at once, with and without sep-run'
complete -c sepctl -n "__fish_sepctl_using_subcommand bench; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l zone -d 'Only what concerns this zone' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l since -d 'Only what happened at or after this time: 2h, today, 2026-11-24, 09:30 or as RFC 3339 has it' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l until -d 'Only what happened before this time' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l connections -d 'Only connections that ended'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l refused -d 'Only what was refused'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l csv -d 'Answer as CSV, which no spreadsheet takes for formulas'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l json -d 'Answer as the lines of JSON that the log has'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l follow -d 'Go on as more is recorded'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -l verify -d 'Say whether the log is whole; exit status 1, file and line where it is not'
complete -c sepctl -n "__fish_sepctl_using_subcommand log" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand why" -l follow -d 'Go on as more is refused'
complete -c sepctl -n "__fish_sepctl_using_subcommand why" -l json -d 'Answer as JSON, an object a line'
complete -c sepctl -n "__fish_sepctl_using_subcommand why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "status" -d 'Tell whether the guard stands as the site\'s file says'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "apply" -d 'Put the guard up, or another one in place of the one that stands'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "try" -d 'Put the guard up so that it goes back by itself where nobody confirms it in time'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "confirm" -d 'Keep the guard that is being tried'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "open" -d 'Open one destination from this PC for a time'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "close" -d 'Close a destination before its time'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "remove" -d 'Take the guard away'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "boot" -d 'Put up what is wanted as the PC starts, before its network does'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "keep" -d 'Keep the guard in this process, for a service manager'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and not __fish_seen_subcommand_from status apply try confirm open close remove boot keep help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from status" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from apply" -l report-only -d 'Close nothing: count and tell what would be closed'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from try" -l for -d 'How long it waits to be confirmed: 120s, 5m' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from try" -l report-only -d 'Close nothing: count and tell what would be closed'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from try" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from confirm" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from open" -l for -d 'For how long: 30m, 2h' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from open" -l reason -d 'Why, for the log' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from remove" -l reason -d 'Why, for the log' -r
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from boot" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from keep" -l shared -d 'Let others change the guard\'s table as well, and put it back: on kernels before 6.9 it is always so'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from keep" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "status" -d 'Tell whether the guard stands as the site\'s file says'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "apply" -d 'Put the guard up, or another one in place of the one that stands'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "try" -d 'Put the guard up so that it goes back by itself where nobody confirms it in time'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "confirm" -d 'Keep the guard that is being tried'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "open" -d 'Open one destination from this PC for a time'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "close" -d 'Close a destination before its time'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Take the guard away'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "boot" -d 'Put up what is wanted as the PC starts, before its network does'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "keep" -d 'Keep the guard in this process, for a service manager'
complete -c sepctl -n "__fish_sepctl_using_subcommand guard; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and not __fish_seen_subcommand_from check show diff help" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and not __fish_seen_subcommand_from check show diff help" -f -a "check" -d 'Check a profile file'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and not __fish_seen_subcommand_from check show diff help" -f -a "show" -d 'Show a profile made of all its files, as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and not __fish_seen_subcommand_from check show diff help" -f -a "diff" -d 'Show what files change of a profile that is built in'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and not __fish_seen_subcommand_from check show diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from check" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l json -d 'Answer as JSON, in one line'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from diff" -l json -d 'Answer as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check a profile file'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a profile made of all its files, as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Show what files change of a profile that is built in'
complete -c sepctl -n "__fish_sepctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "explain" -d 'Tell in plain words what a profile may do, and which line says so'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "doctor" -d 'Try whether this PC can run a zone, and tell what mends it'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "stop" -d 'Ask the programs of a zone to end, then end it'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "end" -d 'End a running zone, with all its programs, at once'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "ls" -d 'List files of a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "get" -d 'Carry files out of a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "put" -d 'Carry files into a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "status" -d 'Show the zones that run: programs, network, traffic, refusals, memory'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "reset" -d 'Delete the home of a zone that does not run: it begins anew'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "snapshot" -d 'Copy the home of a zone that does not run, and put a copy in its place'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "edit" -d 'Edit your own file of a profile; it is checked before it is put in place'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "bench" -d 'Measure what the zone costs'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "log" -d 'Show what was recorded: launches, refusals, connections, files'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "why" -d 'Tell why something was refused, and what opens it'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "guard" -d 'The firewall of a managed PC: nothing leaves or enters but by the cards of the business network'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "profile" -d 'Work on profile files'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and not __fish_seen_subcommand_from explain doctor stop end ls get put status reset snapshot edit bench log why guard profile help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "create" -d 'Copy the home of a zone'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "list" -d 'List the snapshots of a zone, the newest last'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "restore" -d 'Put the copy in place of the home, which is lost'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from snapshot" -f -a "remove" -d 'Remove a snapshot'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from bench" -f -a "startall" -d 'Open web sites in the zone and documents on the PC at once, with and without sep-run'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "status" -d 'Tell whether the guard stands as the site\'s file says'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "apply" -d 'Put the guard up, or another one in place of the one that stands'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "try" -d 'Put the guard up so that it goes back by itself where nobody confirms it in time'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "confirm" -d 'Keep the guard that is being tried'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "open" -d 'Open one destination from this PC for a time'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "close" -d 'Close a destination before its time'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "remove" -d 'Take the guard away'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "boot" -d 'Put up what is wanted as the PC starts, before its network does'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from guard" -f -a "keep" -d 'Keep the guard in this process, for a service manager'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "check" -d 'Check a profile file'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "show" -d 'Show a profile made of all its files, as JSON'
complete -c sepctl -n "__fish_sepctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "diff" -d 'Show what files change of a profile that is built in'
