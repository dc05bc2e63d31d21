//! Which test executes which hint. A hint of the catalogue without a row, and a row whose test is not there or does not
//! name the hint, is a failure.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

use crate::hint;
use crate::support::needs;

enum Way {
    /// The file in tests/ and the function that executes it.
    By(&'static str, &'static str),
    /// Why this can not be done on the machines that test.
    Nowhere(&'static str),
}
use Way::{By, Nowhere};

const KERNEL: &str = "hints/kernel.rs";
const TYPING: &str = "hints/typing.rs";
const ZONES: &str = "hints/zones.rs";
const CONTAINERS: &str = "hints/containers.rs";

const DEBIAN: &str = "the switch `kernel.unprivileged_userns_clone` is in Debian's kernels alone";
const APPARMOR: &str = "AppArmor's restriction is in Ubuntu's kernels";
const MODULES: &str = "the kernel of the test machines has no modules, and no driver can be taken from it";
const BOOT: &str = "another kernel or boot parameter needs a restart";
const SYSTEMD: &str = "the test machines have no systemd";

const TABLE: &[(&str, Way)] = &[
    ("code-bad-profile.hint[other]", By(TYPING, "a_key_of_a_profile")),
    ("code-bad-switch.hint[other]", By("switches.rs", "wrong_values_are_told_with_the_switch_and_what_was_meant")),
    ("code-bad-time.hint", By("audit.rs", "the_log_is_read_by_zone_by_time_and_by_kind")),
    ("code-bad-stdio.hint", By(TYPING, "what_can_not_be_passed_to_a_zone")),
    ("code-bad-kind.hint[folder]", By("files.rs", "file_03_folders_go_with_all_that_is_in_them")),
    ("code-busy.hint", By(ZONES, "a_zone_with_too_many_waiting")),
    ("code-changed.hint", By("files/hostile.rs", "file_04_a_file_that_changes_is_an_error_and_leaves_nothing")),
    ("code-exists.hint", By("files.rs", "file_03_nothing_is_replaced_but_by_force")),
    ("code-editor-failed.hint", By("living/edit.rs", "an_editor_that_fails_changes_nothing")),
    ("code-foreign.hint[other]", By(ZONES, "a_folder_that_others_may_write_to")),
    ("code-foreign.hint[owner]", By(ZONES, "a_folder_of_somebody_else")),
    ("code-late-switch.hint[no]", By(TYPING, "a_switch_behind_the_profile")),
    ("code-late-switch.hint[other]", By(TYPING, "a_switch_behind_the_profile")),
    ("code-layer.hint", By(KERNEL, "a_keyring_that_is_refused")),
    ("code-not-enforced.hint[other]", By("managed/limits.rs", "own_11_what_is_proposed_puts_the_limits_in_force")),
    ("code-no-display.hint", By("windows.rs", "without_a_display_it_says_so_and_what_it_proposes_works")),
    ("code-no-home.hint", By("surroundings.rs", "a_home_of_somebody_else_is_named_and_one_of_ones_own_mends_it")),
    ("code-no-lease.hint", By("leases.rs", "lan_05_without_an_answer_a_launch_fails_in_time_and_says_where")),
    ("code-no-profile-named.hint", By("windows.rs", "firefox_opens_one_window_and_then_tabs_in_it")),
    ("code-no-profile.hint[no]", By(TYPING, "the_name_of_a_profile")),
    ("code-no-profile.hint[other]", By(TYPING, "the_name_of_a_profile")),
    ("code-no-tun.hint[missing]", By(KERNEL, "a_tun_that_is_not_there")),
    ("code-no-tun.hint[mode]", By(KERNEL, "a_tun_that_is_closed")),
    ("code-no-tun.hint[module]", Nowhere(MODULES)),
    ("code-no-tun.hint[other]", By(KERNEL, "a_tun_that_is_something_else")),
    ("code-no-userns.hint[apparmor-late]", Nowhere(APPARMOR)),
    ("code-no-userns.hint[apparmor]", Nowhere(APPARMOR)),
    ("code-no-userns.hint[container]", By(CONTAINERS, "a_container_that_forbids_namespaces")),
    ("code-no-userns.hint[limit]", By(KERNEL, "limits_of_namespaces")),
    ("code-no-userns.hint[other]", By(KERNEL, "a_call_that_is_not_there")),
    ("code-no-userns.hint[sysctl]", Nowhere(DEBIAN)),
    ("code-not-found.hint", By(ZONES, "a_program_of_the_home")),
    ("code-not-recorded.hint", By("audit.rs", "audit_03_on_a_full_disk_nothing_is_started_and_what_runs_goes_on")),
    ("code-no-snapshot.hint", By("living/home.rs", "living_06_a_snapshot_has_all_of_a_hostile_home_and_comes_back")),
    ("code-not-running.hint", By("living/status.rs", "without_a_zone_it_says_how_to_begin")),
    ("code-packaged.hint", By(ZONES, "a_program_that_is_a_package")),
    ("code-plan-differs.hint", By(ZONES, "a_running_zone_of_another_plan")),
    ("code-root.hint", By(TYPING, "root_is_nobody_who_works_here")),
    (
        "code-snapshot-exists.hint",
        By("living/home.rs", "living_06_a_snapshot_has_all_of_a_hostile_home_and_comes_back"),
    ),
    ("code-still-running.hint", By("living/home.rs", "living_04_a_zone_that_runs_loses_nothing")),
    ("code-unconfirmed.hint", By("living/home.rs", "living_03_a_hostile_home_is_deleted_and_nothing_outside_of_it")),
    ("code-unknown-switch.hint[no]", By(TYPING, "a_switch_or_verb")),
    ("code-unknown-switch.hint[other]", By(TYPING, "a_switch_or_verb")),
    ("code-usage.hint", By(TYPING, "a_value_that_is_missing")),
    ("code-version.hint", By(ZONES, "a_running_zone_of_another_version")),
    ("why-keyring.mend", By(KERNEL, "a_keyring_that_is_refused")),
    ("why-landlock-off.mend", Nowhere(BOOT)),
    ("why-landlock-old.mend", By(KERNEL, "a_landlock_that_is_too_old")),
    ("why-nat-module.mend", Nowhere(MODULES)),
    ("why-netns.mend", By(KERNEL, "limits_of_namespaces")),
    ("why-ping.mend", By(KERNEL, "ping_without_privilege")),
    ("why-proc-covered.mend", By(CONTAINERS, "a_container_that_covers_proc")),
    ("why-root.mend", By(TYPING, "root_is_nobody_who_works_here")),
    ("why-scope.mend", Nowhere(SYSTEMD)),
    ("why-seccomp.mend", Nowhere(BOOT)),
    ("why-tun-missing.mend", By(KERNEL, "a_tun_that_is_not_there")),
    ("why-tun-mode.mend", By(KERNEL, "a_tun_that_is_closed")),
    ("why-tun-module.mend", Nowhere(MODULES)),
    ("why-userns-apparmor-late.mend", Nowhere(APPARMOR)),
    ("why-userns-apparmor.mend", Nowhere(APPARMOR)),
    ("why-userns-container.mend", By(CONTAINERS, "a_container_that_forbids_namespaces")),
    ("why-userns-limit.mend", By(KERNEL, "limits_of_namespaces")),
    ("why-userns-missing.mend", Nowhere(BOOT)),
    ("why-userns-sysctl.mend", Nowhere(DEBIAN)),
];

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The literals that each test function of a file holds.
#[derive(Default)]
struct Tests(BTreeMap<String, BTreeSet<String>>, Option<String>);

impl<'a> Visit<'a> for Tests {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        if item.attrs.iter().any(|a| a.path().is_ident("test")) {
            self.1 = Some(item.sig.ident.to_string());
            self.0.entry(item.sig.ident.to_string()).or_default();
            visit::visit_item_fn(self, item);
            self.1 = None;
        }
    }

    /// The arguments of `assert_eq!` and the like are tokens for the parser.
    fn visit_macro(&mut self, item: &'a syn::Macro) {
        if let (Some(test), Ok(args)) =
            (&self.1, item.parse_body_with(syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated))
        {
            let test = test.clone();
            args.iter().for_each(|arg| self.visit_expr(arg));
            self.1 = Some(test);
        }
    }

    fn visit_lit_str(&mut self, text: &'a syn::LitStr) {
        if let Some(test) = &self.1 {
            self.0.get_mut(test).unwrap().insert(text.value());
        }
    }
}

#[test]
fn every_hint_has_a_test_that_executes_it() {
    if !needs(&["repository"]) {
        return;
    }
    let known: BTreeSet<String> = hint::all().into_keys().collect();
    let rows: BTreeSet<String> = TABLE.iter().map(|(key, _)| (*key).to_owned()).collect();
    assert_eq!(rows.len(), TABLE.len(), "a hint has two rows");
    assert_eq!(known.difference(&rows).collect::<Vec<_>>(), Vec::<&String>::new(), "hints that nothing executes");
    assert_eq!(rows.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without a hint");
    for (key, way) in TABLE {
        let By(path, name) = way else { continue };
        let mut tests = Tests::default();
        tests.visit_file(&syn::parse_file(&file(&format!("tests/{path}"))).unwrap());
        let literals = tests.0.get(*name).unwrap_or_else(|| panic!("{key}: no test {name} in {path}"));
        assert!(literals.contains(*key), "{key}: {name} does not name it");
    }
}

#[test]
fn what_can_not_be_executed_is_a_known_issue() {
    if !needs(&["repository"]) {
        return;
    }
    let issues = file("docs/known-issues.md").split_whitespace().collect::<Vec<_>>().join(" ");
    for (key, way) in TABLE {
        if let Nowhere(reason) = way {
            assert!(issues.contains(reason), "{key} cannot run here: {reason}; docs/known-issues.md does not say it");
        }
    }
}
