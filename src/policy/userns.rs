//! Why a kernel refuses user namespaces: the shape of the refusal decides what mends it.

use nix::errno::Errno;

use crate::wire::{Code, Failure, Stage};

/// Where the refusal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Making the namespace: clone, clone3 or unshare.
    Make,
    /// Writing its id maps.
    Map,
}

/// The shapes of a refusal. Each has its sentence and its command in both catalogues, as `userns-NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// EPERM, and `kernel.unprivileged_userns_clone` is 0 (Debian's own switch).
    Sysctl,
    /// EPERM without that switch: the seccomp filter of a container, or a chroot.
    Container,
    /// ENOSPC: `user.max_user_namespaces` is used up or 0.
    Limit,
    /// EACCES: AppArmor denies it to this program.
    AppArmor,
    /// The namespace is made and powerless, so that its maps can not be written: Ubuntu's AppArmor restriction.
    AppArmorLate,
    /// The kernel has none, or is too old for the call.
    Missing,
    /// Anything else.
    Other,
}

impl Refusal {
    /// Every shape.
    pub const ALL: &[Self] =
        &[Self::Sysctl, Self::Container, Self::Limit, Self::AppArmor, Self::AppArmorLate, Self::Missing, Self::Other];

    /// The shape of an answer. `clone_sysctl` is the value of `kernel.unprivileged_userns_clone`, where there is one.
    pub fn of(step: Step, errno: Errno, clone_sysctl: Option<u32>) -> Self {
        match (step, errno, clone_sysctl) {
            (Step::Make, Errno::EPERM, Some(0)) => Self::Sysctl,
            (Step::Make, Errno::EPERM, _) => Self::Container,
            (Step::Make, Errno::ENOSPC | Errno::EUSERS, _) => Self::Limit,
            (Step::Make, Errno::EACCES, _) => Self::AppArmor,
            (Step::Map, Errno::EPERM | Errno::EACCES, _) => Self::AppArmorLate,
            (Step::Make, Errno::EINVAL | Errno::ENOSYS, _) => Self::Missing,
            _ => Self::Other,
        }
    }

    /// The shape of an answer on this PC; it reads Debian's switch.
    pub fn here(step: Step, errno: Errno) -> Self {
        let switch = std::fs::read_to_string("/proc/sys/kernel/unprivileged_userns_clone");
        Self::of(step, errno, switch.ok().and_then(|text| text.trim().parse().ok()))
    }

    /// The failure of a launch: `NoUserns` with the shape and the kernel's answer.
    pub fn failure(step: Step, errno: Errno) -> Failure {
        let shape = Self::here(step, errno).name();
        Failure { errno: errno as i32, ..Failure::new(Stage::Isolate, Code::NoUserns, &[shape]) }
    }

    /// The name in failures and catalogues.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sysctl => "sysctl",
            Self::Container => "container",
            Self::Limit => "limit",
            Self::AppArmor => "apparmor",
            Self::AppArmorLate => "apparmor-late",
            Self::Missing => "missing",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusals_are_told_apart() {
        let of = Refusal::of;
        assert_eq!(of(Step::Make, Errno::EPERM, Some(0)), Refusal::Sysctl);
        assert_eq!(of(Step::Make, Errno::EPERM, Some(1)), Refusal::Container);
        assert_eq!(of(Step::Make, Errno::EPERM, None), Refusal::Container);
        assert_eq!(of(Step::Make, Errno::ENOSPC, Some(1)), Refusal::Limit);
        assert_eq!(of(Step::Make, Errno::EACCES, None), Refusal::AppArmor);
        assert_eq!(of(Step::Map, Errno::EPERM, Some(1)), Refusal::AppArmorLate);
        assert_eq!(of(Step::Make, Errno::ENOSYS, None), Refusal::Missing);
        assert_eq!(of(Step::Map, Errno::EROFS, None), Refusal::Other);
    }
}
