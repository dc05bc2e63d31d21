//! A bounded store whose keys are never taken for another entry that later stands in the same place.

/// Names one entry of a [`Slots`], also after the entry is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    slot: u32,
    generation: u32,
}

impl Key {
    /// Bits of a key as a number: 24 of generation above 32 of place.
    pub fn to_bits(self) -> u64 {
        u64::from(self.generation & GENERATION) << 32 | u64::from(self.slot)
    }

    /// The key of such a number.
    pub fn from_bits(bits: u64) -> Self {
        Self { slot: bits as u32, generation: (bits >> 32) as u32 & GENERATION }
    }
}

const GENERATION: u32 = 0xff_ffff;

/// Entries in numbered places; a place is used again with another generation.
#[derive(Debug)]
pub struct Slots<T> {
    places: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
    most: usize,
}

impl<T> Slots<T> {
    /// An empty store of at most so many entries.
    pub fn new(most: usize) -> Self {
        Self { places: Vec::new(), free: Vec::new(), most }
    }

    fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// How many further entries would be taken.
    pub fn room(&self) -> usize {
        self.most.saturating_sub(self.len())
    }

    /// Whether no further entry would be taken.
    pub fn is_full(&self) -> bool {
        self.room() == 0
    }

    /// Takes an entry that `make` builds for its key; nothing when the store is full.
    pub fn insert(&mut self, make: impl FnOnce(Key) -> T) -> Option<Key> {
        if self.is_full() {
            return None;
        }
        let slot = self.free.pop().unwrap_or(self.places.len() as u32);
        if slot as usize == self.places.len() {
            self.places.push((0, None));
        }
        let (generation, place) = self.places.get_mut(slot as usize)?;
        let key = Key { slot, generation: *generation };
        *place = Some(make(key));
        Some(key)
    }

    /// The entry, while it is there.
    pub fn get(&mut self, key: Key) -> Option<&mut T> {
        let (generation, place) = self.places.get_mut(key.slot as usize)?;
        if *generation == key.generation { place.as_mut() } else { None }
    }

    /// Takes the entry out.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let (generation, place) = self.places.get_mut(key.slot as usize)?;
        if *generation != key.generation {
            return None;
        }
        let entry = place.take()?;
        *generation = (*generation + 1) & GENERATION;
        self.free.push(key.slot);
        Some(entry)
    }

    /// All entries with their keys.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        let key = |slot: usize, generation: u32| Key { slot: slot as u32, generation };
        self.places.iter().enumerate().filter_map(move |(slot, (g, place))| place.as_ref().map(|e| (key(slot, *g), e)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_key_does_not_find_the_next_entry_of_its_place() {
        let mut slots = Slots::new(2);
        let first = slots.insert(|_| "first").unwrap();
        assert_eq!(slots.remove(first), Some("first"));
        let second = slots.insert(|_| "second").unwrap();
        assert_eq!(first.slot, second.slot);
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get(Key::from_bits(second.to_bits())), Some(&mut "second"));
    }

    #[test]
    fn it_is_bounded_and_counts() {
        let mut slots = Slots::new(2);
        let keys: Vec<_> = (0..3).map(|n| slots.insert(|_| n)).collect();
        assert_eq!((keys[2], slots.len(), slots.is_full()), (None, 2, true));
        slots.remove(keys[0].unwrap());
        assert_eq!(slots.iter().map(|(_, n)| *n).collect::<Vec<_>>(), [1]);
        assert!(slots.insert(|_| 9).is_some());
    }
}
