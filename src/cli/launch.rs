//! `sep-run PROFILE PROGRAM`: the whole launch, one line a stage.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;

use super::record::Record;
use super::spinner::Spinner;
use super::words::{Locale, Words};
use super::{Request, Shown, farewell, landlock, meant, sep_run};
use crate::broker::Told;
use crate::client::farewell::Hold;
use crate::policy::plan::Card;
use crate::policy::profile::Travelling;
use crate::policy::{Host, Places, Plan, Switches, load, resolve, travelling};
use crate::wire::{Code, Connection, Failure, Stage};
use crate::{broker, client, sandbox, sys};

/// Runs the program of the command line in its zone; the exit status is the program's.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let failed = |failure| Shown::failure("sep-run", &meant::completed(failure, "sep-run", &args));
    let done = sep_run(args.iter().cloned()).and_then(|request| launch(&request).map_err(failed));
    match done {
        Ok(status) => status,
        Err(shown) => {
            let status = shown.write();
            client::notice::show(&shown.err);
            status
        }
    }
}

fn launch(request: &Request) -> Result<u8, Failure> {
    if client::managed::is_here() && !request.dry_run {
        return managed(request);
    }
    let began = Instant::now();
    let host = Host::gather();
    let mut record = Record::new(request, &host);
    let launched = planned(request, &host, &mut record, began);
    if let Err(failure) = &launched
        && !request.dry_run
    {
        record.failed(failure);
    }
    launched
}

/// In managed mode the organisation decides what the zone is, and records what is launched.
fn managed(request: &Request) -> Result<u8, Failure> {
    if request.switches != Switches::default() {
        return Err(Failure::new(Stage::Parse, Code::NotAllowed, &["switch", &request.profile]));
    }
    let host = Host::gather();
    let all = Travelling::ALL.map(|travels| travels.name().to_owned());
    let user = host.uid;
    let compositor = client::display::compositor(|name| std::env::var_os(name));
    let display = compositor.and_then(|path| client::display::name(&path, user)).unwrap_or_default();
    let ended = client::managed::run(words(request, &all, &host), &request.profile, display, &mut |lack| {
        tell(request, Told::Warning(lack))
    })?;
    Ok(ended.status())
}

fn planned(request: &Request, host: &Host, record: &mut Record, began: Instant) -> Result<u8, Failure> {
    let merged = load(&request.profile, &Places::personal(&host.xdg.config))?.switched(&request.switches, host)?;
    let plan = resolve(&merged, host)?;
    record.zone(&plan.zone);
    if request.dry_run {
        return Ok(Shown::answer(plan.to_json() + "\n").write());
    }
    let words = words(request, &plan.travelling, host);
    let compositor = client::display::compositor(|name| std::env::var_os(name)).filter(|_| plan.display);
    client::program::judge(&words.argv, &plan, compositor.is_some())?;
    if !request.quiet {
        hint_at_files_outside(&words.argv, &plan);
    }
    if request.timing {
        time(&[(Stage::Resolve, began.elapsed().as_micros() as u32)]);
    }
    let launch = client::launch::prepare(&words, &plan)?;
    let applications = host.xdg.data.join("applications");
    let spinner = Spinner::new(&plan.zone, request.quiet);
    let mut caller = Caller {
        request,
        plan: &plan,
        words: &words,
        compositor,
        applications,
        launch,
        spinner,
        record,
        made: false,
        hold: None,
    };
    let ended = until_it_stands(&plan, || match caller.attempt()? {
        client::launch::Outcome::Ended(ended) => Ok(Some(ended)),
        client::launch::Outcome::TooLate => Ok(None),
    })?;
    Ok(caller.ended(ended))
}

/// Asks a zone for something until it does not end in that very moment; `None` says that it did.
pub(super) fn until_it_stands<T>(
    plan: &Plan,
    mut attempt: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    for _ in 0..broker::ATTEMPTS {
        match attempt() {
            Ok(Some(done)) => return Ok(done),
            Ok(None) => {}
            Err(failure) if client::launch::before_start(&failure) => {}
            Err(failure) => return Err(broker::with_difference(failure, plan)),
        }
    }
    Err(Failure::new(Stage::Ask, Code::ZoneEnded, &[""]))
}

/// The client as the broker sees it.
struct Caller<'a> {
    request: &'a Request,
    plan: &'a Plan,
    words: &'a client::launch::Words,
    /// Where windows are opened.
    compositor: Option<PathBuf>,
    /// The user's folder of menu entries.
    applications: PathBuf,
    launch: client::launch::Ready,
    spinner: Spinner,
    record: &'a mut Record,
    /// Whether the broker had to make the zone.
    made: bool,
    /// A zone that is gone with its last program, held until the user has heard what is gone with it.
    hold: Option<Hold>,
}

impl Caller<'_> {
    /// The exit status. That the end is not recorded changes nothing of it, and is said.
    fn ended(&self, ended: client::attach::Ended) -> u8 {
        if let Err(failure) = self.record.ended(ended) {
            Shown { status: 0, ..Shown::failure("sep-run", &failure) }.write();
        }
        if let Some(hold) = &self.hold {
            farewell::say(self.plan, hold);
        }
        ended.status()
    }

    /// A zone, its windows where there is a compositor, the program.
    fn attempt(&mut self) -> Result<client::launch::Outcome, Failure> {
        let zone = broker::zone(self.plan, sandbox::init::run, self)?;
        if self.made && !self.request.quiet && std::io::stderr().is_terminal() {
            greet(self.plan);
        }
        if let Some(compositor) = &self.compositor {
            self.launch.let_signals_go();
            broker::desktop::attach(broker::another(self.plan)?, self.plan, compositor)?;
            client::entry::install(self.plan, &self.words.argv, &self.applications);
            self.launch.say(&zone)?;
        }
        let request = self.request;
        let held = (self.plan.files.memory_home && !request.quiet).then(|| Hold::on(&zone));
        // without a descriptor for it the zone ends as any other
        self.hold = held.and_then(Result::ok);
        self.launch.attach(zone, &mut |lack| tell(request, Told::Warning(lack)))
    }
}

impl broker::Caller for Caller<'_> {
    fn connected(&mut self, zone: &Connection) -> Result<(), Failure> {
        self.record.begin()?;
        // with windows it is said when they can be opened
        if self.compositor.is_some() { Ok(()) } else { self.launch.say(zone) }
    }

    fn wait(&mut self, zone: &Connection) -> Result<(), Failure> {
        self.made = true;
        let waited = self.launch.wait(zone, &mut || self.spinner.turn());
        self.spinner.stop();
        waited
    }

    fn times(&self) -> bool {
        self.request.timing
    }

    fn told(&mut self, told: Told) {
        tell(self.request, told);
    }
}

/// What the broker says on the way. Limits that are not in force are said to a person, not to a file that takes the
/// program's own errors; a seal that is not is said wherever errors go.
fn tell(request: &Request, told: Told) {
    match told {
        Told::Warning(failure)
            if !request.quiet
                && (matches!(failure.code, Code::Lacking | Code::NotAllowed) || std::io::stderr().is_terminal()) =>
        {
            Shown { status: 0, ..Shown::failure("sep-run", &failure) }.write();
        }
        Told::Warning(_) => {}
        Told::Timing(stages) => time(&stages),
    }
}

/// A line for each of the program's words that names a file of the PC which the zone has not, with the command that
/// carries it in. The program is started all the same.
fn hint_at_files_outside(argv: &[OsString], plan: &Plan) {
    let found = client::outside::named(argv, plan);
    if found.is_empty() {
        return;
    }
    let words = Words::new(Locale::from_env());
    let key = if plan.files.memory_home { "outside-of-memory" } else { "outside" };
    let mut lines = String::new();
    for file in found {
        let recursive = if file.is_folder { "-r" } else { "" };
        let put: Vec<OsString> =
            ["put", recursive, &plan.zone].into_iter().filter(|word| !word.is_empty()).map(Into::into).collect();
        let command = meant::command("sepctl", &[put, vec![file.path.clone().into_os_string()]].concat());
        let path = file.path.to_string_lossy();
        lines +=
            &format!("{}: {}\n", words.text("hint", &[]), words.text(key, &[("path", &path), ("command", &command)]));
    }
    Shown { err: lines, ..Shown::default() }.write();
}

/// One line to a person whose launch made the zone: what it is. One more where this kernel's Landlock is not the newest and
/// the zone would have more of a newer one.
fn greet(plan: &Plan) {
    let (card, nic) = match &plan.card {
        Card::None => ("none", ""),
        Card::Relay(relay) => relay.uplink.as_deref().map_or(("relay", ""), |nic| ("uplink", nic)),
        Card::Macvlan(card) => ("uplink", card.uplink.as_str()),
    };
    let words = Words::new(Locale::from_env());
    let line = words.text("zone-made", &[("zone", &plan.zone), ("card", card), ("nic", nic)]);
    let lost = landlock::told(sys::landlock::abi(), plan, &words).map(|line| line + "\n").unwrap_or_default();
    Shown { err: line + "\n" + &lost, ..Shown::default() }.write();
}

/// A line a stage, in microseconds.
fn time(stages: &[(Stage, u32)]) {
    let lines = stages.iter().map(|(stage, took)| format!("{:<10} {took:>7} us\n", stage.name())).collect();
    Shown { err: lines, ..Shown::default() }.write();
}

/// The program, or the shell of the zone where none is named, and what travels with it.
fn words(request: &Request, allowed: &[String], host: &Host) -> client::launch::Words {
    let env = travelling(std::env::vars_os(), allowed, host.time_zone.as_deref());
    let shell = || vec![OsString::from(&host.shell)];
    let argv = if request.argv.is_empty() { shell() } else { request.argv.clone() };
    client::launch::Words { argv, env }
}
