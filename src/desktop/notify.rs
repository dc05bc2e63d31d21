//! One desktop notification, for errors of a program that was started without a terminal.
//!
//! It runs as the user on the user's own session bus, as a program run of its own: what serves a zone has no bus.

use std::collections::HashMap;
use std::sync::mpsc;
use std::time::Duration;

use zbus::Variant;

use crate::wire::{Code, Failure, Stage};

/// The most characters of heading and text.
const MAX_TEXT: usize = 1000;

/// How long bus and service may take: whoever asked waits for this process.
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows heading and text as plain words, with the icon for errors. An error when there is no session bus, nobody
/// on it who shows notifications, or no answer within five seconds.
pub fn send(summary: &str, body: &str) -> Result<(), Failure> {
    let (summary, body) = (plain(summary), markup_free(&plain(body)));
    let (tell, told) = mpsc::channel();
    // the library has no limit for the bus's greeting, so the limit is around the whole
    std::thread::spawn(move || {
        let done = zbus::block_on(call(&summary, &body)).map_err(|cause| cause.to_string());
        let _ = tell.send(done);
    });
    let done = told.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("no answer".to_owned()));
    done.map_err(|cause| Failure::new(Stage::Run, Code::Notify, &[&plain(&cause)]))
}

async fn call(summary: &str, body: &str) -> zbus::Result<()> {
    const NAME: &str = "org.freedesktop.Notifications";
    let bus = zbus::Connection::session().await?;
    let (actions, hints) = (Vec::<&str>::new(), HashMap::from([("urgency", Variant::U8(1))]));
    let arguments = ("sep-run", 0u32, "dialog-error", summary, body, actions, hints, -1i32);
    bus.call_method(Some(NAME), "/org/freedesktop/Notifications", Some(NAME), "Notify", &arguments).await?;
    Ok(())
}

/// Line ends stay, other control characters go.
fn plain(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(MAX_TEXT).collect()
}

/// The body of a notification may be markup: what would begin it is written out.
fn markup_free(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(markup_free(&plain("a <b>&\u{1b}[0m\nc")), "a &lt;b&gt;&amp;[0m\nc");
        assert_eq!(plain(&"가".repeat(5000)).chars().count(), MAX_TEXT);
    }
}
