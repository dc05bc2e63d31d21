//! Errors as they cross the wire: a stage, a code and arguments. Only the client makes words of them.

use super::codec::{Malformed, Reader, Writer};

numbered! {
    /// The stages of a launch, in their order (docs/architecture.md).
    Stage {
        /// Typed words to a request.
        Parse = "parse",
        /// The request to the broker.
        Ask = "ask",
        /// Who may.
        Authorise = "authorise",
        /// Profile, site and host to a plan.
        Resolve = "resolve",
        /// The two user namespaces and what they own.
        Isolate = "isolate",
        /// Rules, card, address, names.
        Connect = "connect",
        /// The zone's own file system.
        Furnish = "furnish",
        /// no_new_privs, Landlock, capabilities, seccomp.
        Confine = "confine",
        /// Reading back what was done.
        Verify = "verify",
        /// The program itself.
        Run = "run",
        /// Terminal, signals, exit status.
        Attach = "attach",
    }
}

numbered! {
    /// What went wrong. Each code has its sentence in both catalogues; the arguments fill it.
    Code {
        /// A system call: {0} the call or verb, {1} the object, then the errno.
        System = "system",
        /// The message of a peer was not one of ours: {0} who.
        Protocol = "protocol",
        /// The peer speaks another version: {0} its version, {1} ours, {2} the zone.
        Version = "version",
        /// The message is longer than allowed: {0} the limit in bytes.
        TooLong = "too-long",
        /// No profile of this name: {0} the name, {1} what was meant instead (a profile, or profile and program; to be
        /// shown, the whole command line) or empty, {2} all names.
        NoProfile = "no-profile",
        /// A profile that is not right: {0} file, {1} line, {2} column, {3} the problem's name
        /// (`policy::ProblemKind`), {4} a suggestion or empty, {5} the word it is about, {6} what is expected.
        BadProfile = "bad-profile",
        /// Personal mode was asked for by root.
        Root = "root",
        /// A folder or socket of ours is not what we made: {0} path, {1} what is wrong with it.
        Foreign = "foreign",
        /// User namespaces are refused: {0} which shape (`policy::Refusal`).
        NoUserns = "no-userns",
        /// A layer of the plan that this kernel does not have: {0} the layer, {1} what it has.
        Layer = "layer",
        /// The read-back differs from the plan: {0} what, {1} expected, {2} found.
        Differs = "differs",
        /// A running zone has another plan: {0} zone, {1} the first difference.
        PlanDiffers = "plan-differs",
        /// The program is not in the zone: {0} the program.
        NotFound = "not-found",
        /// The program can not be executed: {0} the program, then the errno.
        NotExecutable = "not-executable",
        /// A descriptor that does not enter a zone: {0} which of stdin, stdout, stderr, {1} its kind.
        BadStdio = "bad-stdio",
        /// Too many launches wait in the zone at once: {0} the quota.
        Busy = "busy",
        /// The zone ended while the program ran: {0} why, or empty.
        ZoneEnded = "zone-ended",
        /// /dev/net/tun is of no use: {0} `missing`, `mode` (closed to the user), `module` (the kernel lacks it) or
        /// `other`, then the errno.
        NoTun = "no-tun",
        /// The program needs a display and there is none: {0} the program, {1} the profile.
        NoDisplay = "no-display",
        /// The program is a package that brings its own sandbox: {0} program, {1} snap, flatpak or appimage.
        Packaged = "packaged",
        /// Wrong use of a switch or value: {0} `missing`, `no-value`, `bad-value`, `value`, `too-many`, `conflict` or a text, {1} the
        /// switch or word that it is about, {2} the value or the other switch.
        Usage = "usage",
        /// A switch or verb that there is not: {0} the word, {1} the command line that was meant, or empty.
        UnknownSwitch = "unknown-switch",
        /// Nothing was named: no profile on the command line.
        NoProfileNamed = "no-profile-named",
        /// A switch behind the profile, where the program's words stand: {0} the switch, {1} the command line that was
        /// meant, or empty.
        LateSwitch = "late-switch",
        /// No desktop notification could be shown: {0} what the bus answered.
        Notify = "notify",
        /// A layer of the plan that is not in force and that the profile does not insist on: {0} the layer, {1} why.
        NotEnforced = "not-enforced",
        /// A seal that this kernel can not give and that the profile calls optional: {0} the layer, {1} what it has.
        Lacking = "lacking",
        /// A switch with a value that is not right: {0} the switch, {1} the value, {2} what it takes (a kind of value of
        /// profiles, or one of `policy::switches::WRONG`), {3} what was probably meant or empty.
        BadSwitch = "bad-switch",
        /// A script of ours did not do its work: {0} its name, {1} what it said.
        ScriptFailed = "script-failed",
        /// What happens can not be written into the audit log, so it does not happen: {0} the log's path, then the errno.
        NotRecorded = "not-recorded",
        /// Words that should be a time and are none: {0} the words.
        BadTime = "bad-time",
        /// The home is no folder of the user's, so zones can not be kept in it: {0} the home.
        NoHome = "no-home",
        /// A name that does not cross: {0} the name or path, {1} `dots`, `outside` (of the zone's home), `control`,
        /// `text` (no UTF-8), `long` or `empty`.
        BadName = "bad-name",
        /// What is there is of another kind than is meant: {0} path, {1} its kind (`wire::files::Kind`).
        BadKind = "bad-kind",
        /// Something of that name is there, and is not replaced: {0} path.
        Exists = "exists",
        /// Two names that differ in their Unicode form only: {0} path.
        Twin = "twin",
        /// A file changed while it was read: {0} path.
        Changed = "changed",
        /// More than is taken: {0} path, {1} the limit, {2} `entries` or `depth`.
        TooMany = "too-many",
        /// The user interrupted it.
        Interrupted = "interrupted",
        /// Several files and a destination that is no folder: {0} the destination.
        NotFolder = "not-folder",
        /// A zone that was named does not run: {0} the name.
        NotRunning = "not-running",
        /// A zone that must not run for this does: {0} the zone.
        StillRunning = "still-running",
        /// Nobody can be asked whether this is meant: {0} the command line that says so.
        Unconfirmed = "unconfirmed",
        /// Nothing of this name is in the zone's home: {0} the zone, {1} the name.
        NotInHome = "not-in-home",
        /// The zone has no snapshot of this name: {0} the zone, {1} the name.
        NoSnapshot = "no-snapshot",
        /// The zone has a snapshot of this name: {0} the zone, {1} the name.
        SnapshotExists = "snapshot-exists",
        /// The user's editor did not do its work: {0} the editor, {1} how it ended.
        EditorFailed = "editor-failed",
        /// Somebody may not use this profile: {0} the profile.
        NotAdmitted = "not-admitted",
        /// What the profile does not let anybody say to its zone: {0} `program`, `argument`, `stdio` or
        /// `switch`, {1} the word.
        NotAllowed = "not-allowed",
        /// The broker of the system does not answer: {0} its socket, then the errno.
        NoBroker = "no-broker",
        /// Too many launches: {0} the quota, {1} `once` (of one user under way), `all` (of all users) or `minute`
        /// (of one user in 60 s).
        Crowded = "crowded",
        /// The zone's card has nothing to stand on: {0} the profile, {1} `none` (no uplink of the site), `addresses` (used up)
        /// or `card` (the uplink's own card is not there).
        NoUplink = "no-uplink",
        /// The site names no card of the business network that this PC has, so a guard would close everything.
        NoBusiness = "no-business",
        /// No address from a DHCP server in time: {0} the uplink, {1} its card, {2} the seconds, {3} `silent`, or what was
        /// wrong with what was offered (`network::agent`).
        NoLease = "no-lease",
        /// Nothing is being tried that could be confirmed.
        NoTrial = "no-trial",
        /// No guard of the PC is wanted.
        NoGuard = "no-guard",
        /// A destination that is not open beside the guard: {0} the destination.
        NotOpen = "not-open",
    }
}

/// One error: where, what, and the arguments that fill its sentence. Functions return it or log it, never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The stage that failed.
    pub stage: Stage,
    /// What went wrong.
    pub code: Code,
    /// The arguments of the sentence, in the order that [`Code`] names.
    pub args: Vec<String>,
    /// The kernel's answer, 0 where there was none.
    pub errno: i32,
}

impl Failure {
    /// A failure without an errno.
    pub fn new(stage: Stage, code: Code, args: &[&str]) -> Self {
        Self { stage, code, args: args.iter().map(|a| (*a).to_owned()).collect(), errno: 0 }
    }

    /// A refused system call: `verb` and `object` make the sentence "cannot VERB 'OBJECT': CAUSE".
    pub fn system(stage: Stage, verb: &str, object: impl std::fmt::Display, cause: impl Into<std::io::Error>) -> Self {
        let errno = cause.into().raw_os_error().unwrap_or(libc::EIO);
        Self { stage, code: Code::System, args: vec![verb.to_owned(), object.to_string()], errno }
    }

    /// [`Failure::system`] for `map_err`: the cause comes later.
    pub fn because<E: Into<std::io::Error>>(
        stage: Stage,
        verb: &'static str,
        object: impl std::fmt::Display,
    ) -> impl FnOnce(E) -> Self {
        move |cause| Self::system(stage, verb, object, cause)
    }

    /// The exit status that `sep-run` ends with (125, 126 or 127, as `env` and `docker` do).
    pub fn exit_status(&self) -> u8 {
        match self.code {
            Code::NotFound => 127,
            Code::NotExecutable => 126,
            Code::Interrupted => 130,
            _ => 125,
        }
    }

    /// Appends the fields to a message.
    pub fn write(&self, to: &mut Writer) {
        to.u8(self.stage as u8).u8(self.code as u8).u32(self.errno as u32).list(&self.args);
    }

    /// Reads what [`Failure::write`] wrote. Arguments that are not text are shown lossily: they are only shown.
    pub fn read(from: &mut Reader<'_>) -> Result<Self, Malformed> {
        let stage = Stage::from_wire(from.u8()?)?;
        let code = Code::from_wire(from.u8()?)?;
        let errno = from.u32()? as i32;
        let args = from.list()?.iter().map(|a| a.to_string_lossy().into_owned()).collect();
        Ok(Self { stage, code, args, errno })
    }
}
