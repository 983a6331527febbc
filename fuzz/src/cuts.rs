/// The input's first byte, as the seed of the cuts, and the stream that follows it.
pub fn seed_and_stream(input: &[u8]) -> Option<(u8, &[u8])> {
    input.split_first().map(|(seed, stream)| (*seed, stream))
}

/// Cuts a stream into chunks: single bytes, short and long runs and empty chunks, as `seed` says.
pub fn chunks(seed: u8, stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut random = Random(u32::from(seed) + 1);
    let mut rest = stream;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (chunk, after) = rest.split_at(random.length().min(rest.len()));
        rest = after;
        Some(chunk)
    })
}

/// Xorshift: enough to scatter cuts, the same for the same seed.
struct Random(u32);

impl Random {
    fn length(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        let longest = [0, 1, 2, 5, 17, 300][(self.0 >> 8) as usize % 6];
        self.0 as usize % (longest + 1)
    }
}
