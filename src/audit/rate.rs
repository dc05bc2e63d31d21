//! How many lines one zone may cause.

use std::time::Instant;

/// Lines a second.
const PER_SECOND: f64 = 100.0;

/// A bucket of lines that fills with time.
#[derive(Debug)]
pub struct Rate {
    left: f64,
    filled: Instant,
}

impl Rate {
    /// Lines at once.
    pub const BURST: f64 = 400.0;

    /// Full.
    pub fn new(now: Instant) -> Self {
        Self { left: Self::BURST, filled: now }
    }

    /// Whether there is room for one more line, which is then taken.
    pub fn allows(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() * PER_SECOND;
        (self.left, self.filled) = ((self.left + gained).min(Self::BURST), now);
        let allows = self.left >= 1.0;
        self.left -= if allows { 1.0 } else { 0.0 };
        allows
    }
}
