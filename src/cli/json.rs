//! Answers and failures as JSON, for programs: what every verb gives with `--json`.

use serde_json::{Value, json};

use super::words::{Locale, say_as};
use super::{Shown, log};
use crate::wire::Failure;

/// An answer, a line of JSON. What a zone wrote drives no terminal in it.
pub(super) fn answer(value: &Value) -> Shown {
    Shown::answer(log::json(value.to_string().as_bytes()) + "\n")
}

/// A failure: `error` with its stage, code and arguments, which stay the same in every language, and its sentence.
pub(super) fn failure(failure: &Failure) -> Shown {
    Shown { status: failure.exit_status(), ..answer(&json!({ "error": error(failure) })) }
}

/// What a failure is in an answer.
pub(super) fn error(failure: &Failure) -> Value {
    let said = say_as("sepctl", failure, Locale::from_env());
    json!({
        "stage": failure.stage.name(),
        "code": failure.code.name(),
        "args": failure.args,
        "errno": failure.errno,
        "sentence": said.line,
        "hint": said.hint,
    })
}
