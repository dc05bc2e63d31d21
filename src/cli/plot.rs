//! A picture of a measurement: every round a point, every median a line. Drawn by `plotters`.

use std::path::Path;

use plotters::prelude::*;

use super::bench::{Middle, Round, Taken};
use crate::wire::{Code, Failure, Stage};

/// Width and height in pixels.
const SIZE: (u32, u32) = (720, 420);

/// Writes the picture.
///
/// # Errors
/// The file can not be written.
pub(super) fn write(path: &Path, taken: &Taken) -> Result<(), Failure> {
    let mut picture = String::new();
    draw(&mut picture, taken).map_err(|cause| Failure::new(Stage::Run, Code::ScriptFailed, &["plot", &cause]))?;
    std::fs::write(path, picture).map_err(Failure::because(Stage::Run, "write", path.display()))
}

type Part = (&'static str, fn(Round) -> f64);
const PARTS: [Part; 3] = [("web", |round| round.web), ("office", |round| round.office), ("both", Round::both)];

fn draw(into: &mut String, taken: &Taken) -> Result<(), String> {
    let say = |cause: DrawingAreaErrorKind<_>| cause.to_string();
    let most = taken.zone.iter().chain(&taken.bare).map(|round| round.both()).fold(1.0, f64::max);
    let area = SVGBackend::with_string(into, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(say)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .caption("startall, seconds: zone (blue), bare (grey)", ("sans-serif", 18))
        .x_label_area_size(30)
        .y_label_area_size(50)
        .build_cartesian_2d(-0.5..2.5_f64, 0.0..most * 1.05)
        .map_err(say)?;
    let name = |x: &f64| {
        PARTS.get(x.round().max(0.0) as usize).filter(|_| x.fract().abs() < 0.01).map_or("", |part| part.0).to_owned()
    };
    chart.configure_mesh().disable_x_mesh().x_labels(7).x_label_formatter(&name).y_desc("s").draw().map_err(say)?;
    for (at, (_, of)) in PARTS.iter().enumerate() {
        for (rounds, shift, colour) in [(&taken.zone, -0.15, BLUE), (&taken.bare, 0.15, RGBColor(110, 110, 110))] {
            let x = at as f64 + shift;
            let figures: Vec<f64> = rounds.iter().copied().map(of).collect();
            chart
                .draw_series(figures.iter().map(|y| Circle::new((x, *y), 3, colour.mix(0.5).filled())))
                .map_err(say)?;
            let middle = Middle::of(figures).median;
            chart
                .draw_series(LineSeries::new([(x - 0.1, middle), (x + 0.1, middle)], colour.stroke_width(3)))
                .map_err(say)?;
        }
    }
    area.present().map_err(say)
}
