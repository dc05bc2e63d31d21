//! From a list of allowed system calls to a BPF program in `OUT_DIR`.

use std::fs::File;
use std::path::PathBuf;

use libseccomp::{ScmpAction, ScmpArch, ScmpArgCompare, ScmpCompareOp, ScmpFilterContext, ScmpSyscall};

/// An allow list: what is not on it answers `otherwise`.
pub struct Filter {
    /// The answer to everything that is not listed.
    pub otherwise: ScmpAction,
    /// Names of calls allowed with any argument. A name that the library does not know stops the build.
    pub any: Vec<&'static str>,
    /// Calls allowed where all comparisons hold; a call may stand here more than once.
    pub when: Vec<(&'static str, Vec<ScmpArgCompare>)>,
}

/// What the allocator of any program of ours asks for, beside [`no_code`].
pub const MEMORY: &[&str] = &["brk", "futex", "madvise", "mremap", "munmap"];

/// The end of a program, also by a panic, and signals on the way there.
pub const END: &[&str] = &[
    "exit",
    "exit_group",
    "getpid",
    "gettid",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "tgkill",
];

/// Equal on every architecture here.
const PROT_EXEC: u64 = 4;

/// Memory, but none that can be executed.
pub fn no_code() -> Vec<(&'static str, Vec<ScmpArgCompare>)> {
    let no_exec = || vec![ScmpArgCompare::new(2, ScmpCompareOp::MaskedEqual(PROT_EXEC), 0)];
    vec![("mmap", no_exec()), ("mprotect", no_exec())]
}

/// Compiles a filter for the target's architecture and writes it into `OUT_DIR` under the name.
pub fn write(name: &str, filter: &Filter) {
    let context = compile(filter).unwrap_or_else(|e| panic!("filter {name}: {e}"));
    export(name, &context);
}

/// Writes a finished filter into `OUT_DIR` under the name, and says where.
pub fn export(name: &str, context: &ScmpFilterContext) -> PathBuf {
    let path = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join(name);
    let file = File::create(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    context.export_bpf(file).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    path
}

fn compile(filter: &Filter) -> Result<ScmpFilterContext, libseccomp::error::SeccompError> {
    let mut context = ScmpFilterContext::new(filter.otherwise)?;
    for_target(&mut context)?;
    // level 2 sorts the calls into a tree: the kernel evaluates a filter for every call number when it is installed
    context.set_ctl_optimize(2)?;
    context.set_act_badarch(ScmpAction::KillProcess)?;
    for name in &filter.any {
        context.add_rule(ScmpAction::Allow, ScmpSyscall::from_name(name)?)?;
    }
    for (name, comparisons) in &filter.when {
        context.add_rule_conditional(ScmpAction::Allow, ScmpSyscall::from_name(name)?, comparisons)?;
    }
    Ok(context)
}

/// A build script runs on the builder's architecture; the filter belongs to the target's.
pub fn for_target(context: &mut ScmpFilterContext) -> Result<(), libseccomp::error::SeccompError> {
    let target = match std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default().as_str() {
        "x86_64" => ScmpArch::X8664,
        "aarch64" => ScmpArch::Aarch64,
        "riscv64" => ScmpArch::Riscv64,
        other => panic!("no seccomp filter for {other}"),
    };
    if !context.is_arch_present(target)? {
        context.add_arch(target)?;
    }
    if target != ScmpArch::native() {
        context.remove_arch(ScmpArch::native())?;
    }
    Ok(())
}
