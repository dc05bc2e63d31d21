//! Deny lists: what no rule names is allowed, up to the newest call that was reviewed.

use libseccomp::{ScmpAction, ScmpArgCompare, ScmpFilterContext, ScmpSyscall};

/// The answer to what is refused.
pub const EPERM: i32 = 1;

/// The answer to what shall look as if the kernel did not have it: programs then take another way.
pub const ENOSYS: i32 = 38;

/// The newest system call that was read and judged: `file_setattr`. What a later kernel adds answers ENOSYS.
pub const LAST_REVIEWED: u32 = 469;

const SECCOMP_DATA_NR: u32 = 0;
const LOAD_WORD: u16 = 0x20;
const JUMP_GREATER: u16 = 0x25;
const RETURN: u16 = 0x06;
const RET_ERRNO: u32 = 0x0005_0000;

/// A filter that allows what no rule refuses.
pub fn allow_all() -> ScmpFilterContext {
    let mut context = ScmpFilterContext::new(ScmpAction::Allow).expect("libseccomp");
    crate::seccomp::for_target(&mut context).expect("architecture");
    context.set_act_badarch(ScmpAction::Errno(ENOSYS)).expect("bad architecture");
    context.set_ctl_optimize(2).expect("binary tree");
    context
}

/// The call's number; `None` where this architecture or libseccomp does not have it.
pub fn number(name: &str) -> Option<ScmpSyscall> {
    ScmpSyscall::from_name(name).ok().filter(|call| call.as_raw_syscall() >= 0)
}

/// Refuses a call with an errno, whatever its arguments.
pub fn refuse(context: &mut ScmpFilterContext, call: ScmpSyscall, errno: i32) {
    context.add_rule(ScmpAction::Errno(errno), call).expect("rule");
}

/// Refuses a call with EPERM where all comparisons hold.
pub fn refuse_if(context: &mut ScmpFilterContext, name: &str, comparisons: &[ScmpArgCompare]) {
    let Some(call) = number(name) else { return };
    context.add_rule_conditional(ScmpAction::Errno(EPERM), call, comparisons).expect("conditional rule");
}

/// Writes the filter into `OUT_DIR` under the name. Calls above [`LAST_REVIEWED`] are answered first: libseccomp
/// compares a number for equality only. The x32 calls of x86-64 have a high bit set and end there as well.
pub fn write(name: &str, context: &ScmpFilterContext) {
    let mut bytes = instruction(LOAD_WORD, 0, 0, SECCOMP_DATA_NR);
    bytes.extend(instruction(JUMP_GREATER, 0, 1, LAST_REVIEWED));
    bytes.extend(instruction(RETURN, 0, 0, RET_ERRNO | ENOSYS as u32));
    let path = crate::seccomp::export(name, context);
    bytes.extend(std::fs::read(&path).expect("read the filter back"));
    std::fs::write(&path, bytes).expect("write the filter");
}

fn instruction(code: u16, jump_true: u8, jump_false: u8, value: u32) -> Vec<u8> {
    let mut bytes = code.to_ne_bytes().to_vec();
    bytes.extend([jump_true, jump_false]);
    bytes.extend(value.to_ne_bytes());
    bytes
}
