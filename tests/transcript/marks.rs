//! What differs from one time to the next, and the mark that stands in its place. These few, and nothing else.

/// A line with marks: `<time>` is a date with its time, `<age>` an age, `<memory>` what programs take, `<pid>` a number of
/// the PC's in a table.
pub fn marked(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut out: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    for at in 0..words.len() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        if is(words[at], "dddd-dd-dd") && (is(next, "dd:dd") || is(next, "dd:dd:dd")) {
            out[at] = "<time>".into();
            out[at + 1].clear();
        }
    }
    let line = out.join(" ").replace("<time> ", "<time>");
    let line = between(&line, "running for ", "", "<age>");
    let line = between(&line, "실행 시간 ", "", "<age>");
    let line = between(&line, "memory: ", " (", "<memory>");
    let line = between(&line, "메모리: ", "(", "<memory>");
    program(&line).unwrap_or(line)
}

/// A status with its mark: a connection that is reset ends curl with 7, 55 or 56, as it had noticed that it was connected, or
/// had said something, or not; `<refused>` is any of them.
pub fn status(line: &str, status: String) -> String {
    let is_reset = line.contains(" curl ") && ["7", "55", "56"].contains(&status.as_str());
    if is_reset { "<refused>".to_owned() } else { status }
}

/// Whether a word has this form, `d` for a digit.
fn is(word: &str, form: &str) -> bool {
    let fits = |(c, f): (char, char)| if f == 'd' { c.is_ascii_digit() } else { c == f };
    word.chars().count() == form.len() && word.chars().zip(form.chars()).all(fits)
}

/// The mark in place of what stands behind some words, up to others or the end.
fn between(line: &str, before: &str, after: &str, mark: &str) -> String {
    let Some((head, rest)) = line.split_once(before) else { return line.to_owned() };
    let tail = if after.is_empty() { Some("") } else { rest.find(after).map(|at| &rest[at..]) };
    tail.map_or_else(|| line.to_owned(), |tail| format!("{head}{before}{mark}{tail}"))
}

/// A row of the table of programs, or its head: its columns are as wide as the longest number.
fn program(line: &str) -> Option<String> {
    if let Some(head) = line.trim_start().strip_prefix("PID  ") {
        return Some(format!("    PID  {head}"));
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let [pid, inside, terminal, age @ .., name] = &words[..] else { return None };
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let seconds = age.concat();
    let is_age = seconds.strip_suffix('s').or_else(|| seconds.strip_suffix('초')).is_some_and(number);
    let is_row = number(pid) && number(inside) && ["yes", "no", "있음", "없음"].contains(terminal) && is_age;
    is_row.then(|| format!("    <pid>  {inside}  {terminal}  <age>  {name}"))
}

/// What a launch says of an older kernel's Landlock is not said on every PC.
pub fn is_of_the_kernel(line: &str) -> bool {
    ["this kernel's Landlock (ABI ", "이 커널의 Landlock(ABI "].iter().any(|said| line.starts_with(said))
}
