//! Pictures that browsers made, as grey values, and what tells letters from the boxes that stand for missing ones.
#![allow(dead_code)]

use std::path::Path;

/// A picture; 0 is black.
pub struct Picture {
    width: usize,
    height: usize,
    grey: Vec<u8>,
}

impl Picture {
    /// Reads a PNG file.
    #[track_caller]
    pub fn read(path: &Path) -> Self {
        let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut data).unwrap();
        let samples = info.color_type.samples();
        let colours = if samples < 3 { 1 } else { 3 };
        let grey = |pixel: &[u8]| (pixel[..colours].iter().map(|v| usize::from(*v)).sum::<usize>() / colours) as u8;
        let grey = data[..info.buffer_size()].chunks_exact(samples).map(grey).collect();
        Self { width: info.width as usize, height: info.height as usize, grey }
    }

    /// Width and height.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// How many pixels of a rectangle are dark.
    pub fn ink(&self, x: usize, y: usize, width: usize, height: usize) -> usize {
        self.rows(x, y, width, height).map(|row| row.iter().filter(|v| is_dark(**v)).count()).sum()
    }

    /// Of the first row of a rectangle with anything dark in it, which part between its ends is dark, in percent: a box
    /// begins with a line, a letter hardly does. `None` where nothing is dark.
    pub fn first_line(&self, x: usize, y: usize, width: usize, height: usize) -> Option<usize> {
        let columns = |row: &[u8]| row.iter().map(|v| is_dark(*v)).collect::<Vec<bool>>();
        let rows: Vec<Vec<bool>> = self.rows(x, y, width, height).map(columns).collect();
        let inked = |at: usize| rows.iter().any(|row| row[at]);
        let (left, right) = ((0..width).find(|at| inked(*at))?, (0..width).rfind(|at| inked(*at))?);
        // the very first row of a slanted or smoothed line may be cut: the fullest of three counts
        let first = rows.iter().position(|row| row.contains(&true))?;
        let full = |row: &Vec<bool>| row[left..=right].iter().filter(|dark| **dark).count() * 100 / (right + 1 - left);
        rows[first..].iter().take(3).map(full).max()
    }

    /// The pixels of a rectangle, to compare.
    pub fn part(&self, x: usize, y: usize, width: usize, height: usize) -> Vec<u8> {
        self.rows(x, y, width, height).flatten().copied().collect()
    }

    /// How many different grey values there are.
    pub fn shades(&self) -> usize {
        self.grey.iter().collect::<std::collections::BTreeSet<_>>().len()
    }

    #[track_caller]
    fn rows(&self, x: usize, y: usize, width: usize, height: usize) -> impl Iterator<Item = &[u8]> {
        assert!(x + width <= self.width && y + height <= self.height, "{} x {}", self.width, self.height);
        self.grey.chunks_exact(self.width).skip(y).take(height).map(move |row| &row[x..x + width])
    }
}

fn is_dark(value: u8) -> bool {
    value < 170
}
