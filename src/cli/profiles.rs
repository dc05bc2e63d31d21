//! What `sep-run` says when nothing else was typed: the profiles there are, and how to begin.

use super::Shown;
use super::words::{Locale, Words};
use crate::policy::{Host, Places, load};

/// Whether there is a profile of this name.
pub(super) fn is_one(name: &str) -> bool {
    Places::personal(&Host::gather().xdg.config).names().iter().any(|known| known == name)
}

/// Lists the profiles. Nothing was run, so it is an error: standard error, status 125.
pub(super) fn listed() -> Shown {
    let (locale, places) = (Locale::from_env(), Places::personal(&Host::gather().xdg.config));
    let words = Words::new(locale);
    let text = |key: &str| words.text(key, &[]);
    let mut err = format!("{}\n\n{}\n", text("profiles-usage"), text("profiles-heading"));
    for name in places.names() {
        // one that is not right says so when it is used
        let description = load(&name, &places).map(|merged| merged.description(locale == Locale::Korean));
        err += &format!("  {name:<10} {}\n", description.unwrap_or_default());
    }
    err += &format!("\n{}\n", text("profiles-examples"));
    for (command, what) in [
        ("sep-run internet firefox", String::new()),
        ("sep-run internet", text("profiles-example-shell")),
        ("sep-run --disposable office evince", text("profiles-example-document")),
    ] {
        err += format!("  {command:<36} {what}").trim_end();
        err += "\n";
    }
    err += &format!("\n{}\n", text("profiles-more"));
    Shown { err, status: 125, ..Shown::default() }
}
