//! How long each stage took: told to the client, who shows it when asked.

use std::time::Instant;

use crate::wire::Stage;

/// A clock that is read at the end of each stage.
#[derive(Debug)]
pub struct Laps {
    last: Instant,
    taken: Vec<(Stage, u32)>,
}

impl Laps {
    /// Starts the clock.
    pub fn start() -> Self {
        Self { last: Instant::now(), taken: Vec::new() }
    }

    /// The stage has ended now; what began with the end of the former one was its own.
    pub fn end(&mut self, stage: Stage) {
        let now = Instant::now();
        self.taken.push((stage, now.duration_since(self.last).as_micros() as u32));
        self.last = now;
    }

    /// A stage that was measured elsewhere and ran beside the others.
    pub fn add(&mut self, stage: Stage, microseconds: u32) {
        self.taken.push((stage, microseconds));
    }

    /// All stages so far, in their order.
    pub fn taken(self) -> Vec<(Stage, u32)> {
        self.taken
    }
}
